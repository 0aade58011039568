"""messages.deleteMessages, deleteHistory, readHistory, pins."""

from __future__ import annotations

from typing import Any

from parley.core.peers import Peer, PeerKind
from parley.messenger.errors import BadRequest
from parley.rpc import answers
from parley.rpc.context import Context
from parley.rpc.peers import resolve_channel, resolve_peer
from parley.rpc.registry import method
from parley.tl import functions, types


@method("messages.deleteMessages")
async def delete_messages(ctx: Context, request: functions.messages.DeleteMessages) -> Any:
    """Delete from one's own chats, with `revoke` for the other end too."""
    done = await ctx.services.messages.changes.delete(ctx.me, request.id, revoke=request.revoke, origin=ctx.session)
    return types.messages.AffectedMessages(pts=done.pts, pts_count=done.pts_count)


@method("channels.deleteMessages")
async def delete_posts(ctx: Context, request: functions.channels.DeleteMessages) -> Any:
    """Delete posts of a channel."""
    channel = resolve_channel(ctx, request.channel)
    done = await ctx.services.messages.changes.delete_posts(ctx.me, channel, request.id, origin=ctx.session)
    return types.messages.AffectedMessages(pts=done.pts, pts_count=done.pts_count)


@method("messages.deleteHistory")
async def delete_history(ctx: Context, request: functions.messages.DeleteHistory) -> Any:
    """Empty a private chat; `just_clear` keeps the chat in the list."""
    peer = resolve_peer(ctx, request.peer)
    if peer.kind is not PeerKind.USER:
        raise BadRequest("PEER_ID_INVALID")
    done = await ctx.services.messages.changes.delete_history(
        ctx.me, peer, request.max_id, revoke=request.revoke, keep_dialog=request.just_clear, origin=ctx.session
    )
    return types.messages.AffectedHistory(pts=done.pts, pts_count=done.pts_count, offset=1 if done.more else 0)


@method("messages.readHistory")
async def read_history(ctx: Context, request: functions.messages.ReadHistory) -> Any:
    """Mark a private chat as read up to a message."""
    peer = resolve_peer(ctx, request.peer)
    if peer.kind is not PeerKind.USER:
        raise BadRequest("PEER_ID_INVALID")
    done = await ctx.services.messages.changes.read(ctx.me, peer, request.max_id, origin=ctx.session)
    return types.messages.AffectedMessages(pts=done.pts, pts_count=done.pts_count)


@method("channels.readHistory")
async def read_channel_history(ctx: Context, request: functions.channels.ReadHistory) -> bool:
    """Mark a channel as read up to a post."""
    channel = resolve_channel(ctx, request.channel)
    await ctx.services.messages.changes.read_channel(ctx.me, channel, request.max_id, origin=ctx.session)
    return True


@method("messages.receivedMessages")
async def received_messages(ctx: Context, request: functions.messages.ReceivedMessages) -> list[Any]:
    """Clients tell which messages a push notification has shown; there is nothing to change for it."""
    return []


@method("messages.readMessageContents")
async def read_message_contents(ctx: Context, request: functions.messages.ReadMessageContents) -> Any:
    """Voice and video messages are marked as heard; none of them is stored here yet."""
    state = await ctx.services.updates.state(ctx.me)
    return types.messages.AffectedMessages(pts=state.pts, pts_count=0)


@method("messages.updatePinnedMessage")
async def update_pinned_message(ctx: Context, request: functions.messages.UpdatePinnedMessage) -> Any:
    """Pin a message in a chat, or take the pin off."""
    peer = resolve_peer(ctx, request.peer)
    event = await ctx.services.messages.changes.pin(
        ctx.me, peer, [request.id], pinned=not request.unpin, one_side=request.pm_oneside, origin=ctx.session
    )
    return await answers.with_events(ctx, [], [event] if event else [], [Peer.user(ctx.me), peer])

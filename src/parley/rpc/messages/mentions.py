"""messages.getUnreadMentions, readMentions, channels.readMessageContents: where one was mentioned in groups."""

from __future__ import annotations

from typing import Any

from parley.core.ids import ChannelId
from parley.core.peers import PeerKind
from parley.messenger.errors import BadRequest
from parley.rpc.context import Context
from parley.rpc.messages.reading import answer, page_of
from parley.rpc.peers import resolve_channel, resolve_peer
from parley.rpc.registry import method
from parley.tl import functions, types


@method("messages.getUnreadMentions")
async def get_unread_mentions(ctx: Context, request: functions.messages.GetUnreadMentions) -> Any:
    """Give a page of messages that mention the caller, who has not looked yet; private chats have no mentions."""
    peer = _group(ctx, request)
    if peer.kind is not PeerKind.CHANNEL:
        return await answer(ctx, (), 0, peer)
    ids, count = await ctx.services.messages.mentions.unread(ctx.me, ChannelId(peer.id), page_of(request))
    found = await ctx.services.messages.reading.posts(ctx.me, ChannelId(peer.id), ids)
    return await answer(ctx, found, count, peer)


@method("messages.readMentions")
async def read_mentions(ctx: Context, request: functions.messages.ReadMentions) -> Any:
    """Look at all mentions of the caller in a chat."""
    peer = _group(ctx, request)
    if peer.kind is not PeerKind.CHANNEL:
        pts = (await ctx.services.updates.state(ctx.me)).pts
        return types.messages.AffectedHistory(pts=pts, pts_count=0, offset=0)
    await ctx.services.messages.mentions.looked(ctx.me, ChannelId(peer.id), origin=ctx.session)
    pts = await ctx.services.messages.reading.pts(ChannelId(peer.id))
    return types.messages.AffectedHistory(pts=pts, pts_count=0, offset=0)


@method("channels.readMessageContents")
async def read_message_contents(ctx: Context, request: functions.channels.ReadMessageContents) -> bool:
    """Look at messages of a group that mention the caller."""
    group = resolve_channel(ctx, request.channel)
    await ctx.services.messages.mentions.looked(ctx.me, group, request.id, origin=ctx.session)
    return True


def _group(ctx: Context, request: Any) -> Any:
    if request.top_msg_id:
        raise BadRequest("TOPIC_ID_INVALID")
    return resolve_peer(ctx, request.peer)

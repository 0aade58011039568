"""In whose name somebody writes: channels.getSendAs, and the check of what a client then sends."""

from __future__ import annotations

from typing import Any

from parley.core.ids import ChannelId
from parley.core.peers import Peer, PeerKind
from parley.messenger.channels.model import ChannelKind
from parley.messenger.errors import BadRequest
from parley.rpc.context import Context
from parley.rpc.convert import peers as convert_peers
from parley.rpc.peers import objects, resolve_peer
from parley.rpc.registry import method
from parley.tl import functions, types


@method("channels.getSendAs")
async def get_send_as(ctx: Context, request: functions.channels.GetSendAs) -> types.channels.SendAsPeers:
    """Say in whose name the caller may write."""
    sender = await _sender(ctx, resolve_peer(ctx, request.peer))
    shown = await objects(ctx, [sender])
    return types.channels.SendAsPeers(
        peers=[types.SendAsPeer(peer=convert_peers.peer(sender))], chats=shown.chats, users=shown.users
    )


async def check_send_as(ctx: Context, peer: Peer, given: Any) -> None:
    """Let pass whom `channels.getSendAs` has named for this chat.

    Raises:
        BadRequest: SEND_AS_PEER_INVALID.
    """
    if given is not None and resolve_peer(ctx, given) != await _sender(ctx, peer):
        raise BadRequest("SEND_AS_PEER_INVALID")


async def _sender(ctx: Context, peer: Peer) -> Peer:
    """In channels the channel itself, elsewhere the caller."""
    if peer.kind is PeerKind.CHANNEL:
        channel, _ = await ctx.services.directory.visible(ctx.me, ChannelId(peer.id))
        if channel.kind is ChannelKind.BROADCAST:
            return peer
    return Peer.user(ctx.me)

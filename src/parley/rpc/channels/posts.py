"""Posts of a channel by id, deleting them, read marks and links to them."""

from __future__ import annotations

import html
from typing import Any

from parley.core.ids import ChannelId
from parley.core.peers import Peer
from parley.messenger.errors import BadRequest
from parley.rpc.context import Context
from parley.rpc.convert import messages as convert_messages
from parley.rpc.convert.updates import mentioned
from parley.rpc.peers import objects, resolve_channel
from parley.rpc.registry import method
from parley.tl import functions, types

_MOST_IDS = 100


@method("channels.getMessages")
async def get_messages(
    ctx: Context, request: functions.channels.GetMessages
) -> types.messages.ChannelMessages:
    """Give posts in the order asked for; one that is not there is empty."""
    channel_id = resolve_channel(ctx, request.channel)
    ids = [await _id_of(ctx, channel_id, given) for given in request.id[:_MOST_IDS]]
    found = {m.id: m for m in await ctx.services.messages.reading.posts(ctx.me, channel_id, ids)}
    peers = {Peer.channel(channel_id)}
    for message in found.values():
        peers |= mentioned(message)
    shown = await objects(ctx, peers)
    return types.messages.ChannelMessages(
        pts=await ctx.services.messages.reading.pts(channel_id),
        count=len(ids),
        messages=[_message(ctx, found, ident) for ident in ids],
        topics=[],
        chats=shown.chats,
        users=shown.users,
    )


@method("channels.deleteMessages")
async def delete_messages(
    ctx: Context, request: functions.channels.DeleteMessages
) -> types.messages.AffectedMessages:
    """Delete posts for everybody."""
    channel_id = resolve_channel(ctx, request.channel)
    affected = await ctx.services.messages.changes.delete_posts(
        ctx.me, channel_id, request.id, origin=ctx.call.session.unique_id
    )
    return types.messages.AffectedMessages(pts=affected.pts, pts_count=affected.pts_count)


@method("channels.readHistory")
async def read_history(ctx: Context, request: functions.channels.ReadHistory) -> bool:
    """Move the caller's read mark."""
    channel_id = resolve_channel(ctx, request.channel)
    return await ctx.services.messages.changes.read_channel(
        ctx.me, channel_id, request.max_id, origin=ctx.call.session.unique_id
    )


@method("channels.exportMessageLink")
async def export_message_link(
    ctx: Context, request: functions.channels.ExportMessageLink
) -> types.ExportedMessageLink:
    """Give the address of a post; in a private channel it leads its members alone anywhere."""
    channel_id = resolve_channel(ctx, request.channel)
    channel, _ = await ctx.services.directory.visible(ctx.me, channel_id)
    if not await ctx.services.messages.reading.posts(ctx.me, channel_id, [request.id]):
        raise BadRequest("MESSAGE_ID_INVALID")
    place = channel.username or f"c/{channel_id}"
    link = f"{ctx.services.server.origin}/{place}/{request.id}"
    return types.ExportedMessageLink(link=link, html=f'<a href="{html.escape(link)}">{html.escape(link)}</a>')


async def _id_of(ctx: Context, channel_id: ChannelId, given: Any) -> int:
    """A post is named by itself, or by a post that replies to it; 0 names none."""
    if given.TL_NAME == "inputMessageReplyTo":
        replies = await ctx.services.messages.reading.posts(ctx.me, channel_id, [given.id])
        return int(replies[0].reply_to or 0) if replies else 0
    return int(getattr(given, "id", 0))


def _message(ctx: Context, found: dict[Any, Any], ident: int) -> Any:
    message = found.get(ident)
    return convert_messages.empty(ident) if message is None else convert_messages.message(message, ctx.me)

"""Addresses of posts."""

from __future__ import annotations

import html

from parley.messenger.errors import BadRequest
from parley.rpc.context import Context
from parley.rpc.peers import resolve_channel
from parley.rpc.registry import method
from parley.tl import functions, types


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

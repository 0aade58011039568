"""Making, naming and deleting channels."""

from __future__ import annotations

from parley.core.peers import Peer
from parley.messenger.channels.model import ChannelKind
from parley.messenger.errors import BadRequest
from parley.rpc.answers import with_events
from parley.rpc.channels.joining import changed
from parley.rpc.channels.places import read_banned_rights
from parley.rpc.context import Context
from parley.rpc.peers import chats, resolve_channel
from parley.rpc.registry import method
from parley.tl import functions, types


@method("channels.createChannel")
async def create_channel(ctx: Context, request: functions.channels.CreateChannel) -> types.Updates:
    """Make a channel or supergroup; the same call again gives the same one."""
    if request.broadcast == request.megagroup:
        raise BadRequest("CHANNEL_INVALID")
    _check_kind(request)
    kind = ChannelKind.BROADCAST if request.broadcast else ChannelKind.SUPERGROUP
    channel, event = await ctx.services.channels.create(ctx.me, kind, request.title, request.about, ctx.call.msg_id)
    told = types.UpdateChannel(channel_id=channel.channel_id)
    return await with_events(ctx, [told], [event], [Peer.channel(channel.channel_id), Peer.user(ctx.me)])


@method("channels.editTitle")
async def edit_title(ctx: Context, request: functions.channels.EditTitle) -> types.Updates:
    """Rename a channel."""
    channel_id = resolve_channel(ctx, request.channel)
    _, event = await ctx.services.channels.edit_title(ctx.me, channel_id, request.title, ctx.call.msg_id)
    told = types.UpdateChannel(channel_id=channel_id)
    return await with_events(ctx, [told], [event], [Peer.channel(channel_id)])


@method("messages.editChatAbout")
async def edit_chat_about(ctx: Context, request: functions.messages.EditChatAbout) -> bool:
    """Change a channel's description."""
    channel_id = resolve_channel(ctx, request.peer)
    await ctx.services.channels.edit_about(ctx.me, channel_id, request.about)
    return True


@method("messages.editChatDefaultBannedRights")
async def edit_chat_default_banned_rights(
    ctx: Context, request: functions.messages.EditChatDefaultBannedRights
) -> types.Updates:
    """Say what the members of a supergroup may not do."""
    channel_id = resolve_channel(ctx, request.peer)
    restrictions, _ = read_banned_rights(request.banned_rights)
    await ctx.services.channels.set_default_restrictions(ctx.me, channel_id, restrictions)
    return await changed(ctx, channel_id)


@method("channels.checkUsername")
async def check_username(ctx: Context, request: functions.channels.CheckUsername) -> bool:
    """Tell whether a channel, or a new one where none is named, can take a username."""
    empty = request.channel.TL_NAME == "inputChannelEmpty"
    channel_id = None if empty else resolve_channel(ctx, request.channel)
    return await ctx.services.channels.check_username(ctx.me, channel_id, request.username)


@method("channels.updateUsername")
async def update_username(ctx: Context, request: functions.channels.UpdateUsername) -> bool:
    """Make a channel public, or private again."""
    channel_id = resolve_channel(ctx, request.channel)
    await ctx.services.channels.set_username(ctx.me, channel_id, request.username)
    return True


@method("channels.toggleSignatures")
async def toggle_signatures(ctx: Context, request: functions.channels.ToggleSignatures) -> types.Updates:
    """Let posts carry their author's name, or not."""
    channel_id = resolve_channel(ctx, request.channel)
    await ctx.services.channels.toggle_signatures(ctx.me, channel_id, request.signatures_enabled)
    return await changed(ctx, channel_id)


@method("channels.deleteChannel")
async def delete_channel(ctx: Context, request: functions.channels.DeleteChannel) -> types.Updates:
    """Delete a channel for everybody."""
    channel_id = resolve_channel(ctx, request.channel)
    await ctx.services.channels.delete(ctx.me, channel_id)
    return await changed(ctx, channel_id)


@method("channels.getAdminedPublicChannels")
async def get_admined_public_channels(
    ctx: Context, request: functions.channels.GetAdminedPublicChannels
) -> types.messages.Chats:
    """List the caller's own public channels; with `check_limit`, refuse when there is no room for another."""
    if request.check_limit:
        await ctx.services.channels.check_public_room(ctx.me)
    mine = await ctx.services.channels.public_of(ctx.me)
    return types.messages.Chats(chats=await chats(ctx, [channel.channel_id for channel in mine]))


def _check_kind(request: functions.channels.CreateChannel) -> None:
    """Refuse wishes that the channel would not fulfil: topics, a place, messages that go by themselves."""
    if request.forum:
        raise BadRequest("CHANNEL_FORUM_MISSING")
    if request.ttl_period:
        raise BadRequest("TTL_PERIOD_INVALID")
    if request.geo_point is not None:
        raise BadRequest("GEO_POINT_INVALID")

"""Channels: short and in full."""

from __future__ import annotations

from typing import Any

from parley.core.ids import ChannelId
from parley.core.peers import Peer
from parley.messenger.accounts.preferences import scope_of
from parley.messenger.channels import rules
from parley.messenger.channels.model import Channel, ChannelKind, Membership, Right, Role
from parley.messenger.errors import BadRequest
from parley.messenger.messages.model import Dialog
from parley.rpc.channels.invites import invite_link
from parley.rpc.context import Context
from parley.rpc.convert import settings as convert_settings
from parley.rpc.peers import chats, objects, resolve_channel
from parley.rpc.registry import method
from parley.tl import functions, types


@method("channels.getChannels")
async def get_channels(ctx: Context, request: functions.channels.GetChannels) -> types.messages.Chats:
    """Give channels by id; a private one is refused to those outside, whose name is not for them."""
    wanted = [resolve_channel(ctx, given) for given in request.id]
    known = await ctx.services.directory.get_many(wanted)
    places = await ctx.services.directory.memberships(ctx.me, wanted)
    for channel_id, channel in known.items():
        if channel.username is None and not channel.deleted and channel_id not in places:
            raise BadRequest("CHANNEL_PRIVATE")
    return types.messages.Chats(chats=await chats(ctx, wanted))


@method("channels.getFullChannel")
async def get_full_channel(ctx: Context, request: functions.channels.GetFullChannel) -> types.messages.ChatFull:
    """Give everything that the caller may know of a channel."""
    channel_id = resolve_channel(ctx, request.channel)
    channel, place = await ctx.services.directory.visible(ctx.me, channel_id)
    full = await _full(ctx, channel, place)
    shown = await objects(ctx, [Peer.channel(channel_id)])
    return types.messages.ChatFull(full_chat=full, chats=shown.chats, users=shown.users)


async def _full(ctx: Context, channel: Channel, place: Membership | None) -> types.ChannelFull:
    services, me = ctx.services, ctx.me
    dialog = await _dialog(ctx, channel.channel_id, place)
    counts = await services.members.counts(channel.channel_id) if rules.is_admin(place) else None
    notify = await services.preferences.notify_settings(me, scope_of(Peer.channel(channel.channel_id)))
    return types.ChannelFull(
        id=channel.channel_id,
        about=channel.about,
        can_view_participants=channel.kind is ChannelKind.SUPERGROUP or rules.is_admin(place),
        can_set_username=place is not None and place.role is Role.CREATOR,
        can_delete_channel=place is not None and place.role is Role.CREATOR,
        participants_count=channel.members,
        admins_count=counts.admins if counts else None,
        kicked_count=counts.kicked if counts else None,
        banned_count=counts.banned if counts else None,
        read_inbox_max_id=dialog.read_inbox_max if dialog else 0,
        read_outbox_max_id=dialog.read_outbox_max if dialog else 0,
        unread_count=dialog.unread_count if dialog else 0,
        chat_photo=types.PhotoEmpty(id=0),
        notify_settings=convert_settings.notify_settings(notify),
        exported_invite=await _own_invite(ctx, channel, place),
        bot_info=[],
        pts=await services.messages.reading.pts(channel.channel_id),
    )


async def _dialog(ctx: Context, channel_id: ChannelId, place: Membership | None) -> Dialog | None:
    if not rules.is_member(place):
        return None
    page = await ctx.services.messages.dialogs.of_peers(ctx.me, [Peer.channel(channel_id)])
    return page.dialogs[0] if page.dialogs else None


async def _own_invite(ctx: Context, channel: Channel, place: Membership | None) -> Any:
    """Administrators of a private channel see their link; in a public one its name is the link."""
    if channel.username is not None or not rules.has_right(place, Right.INVITE_USERS):
        return None
    return invite_link(ctx, await ctx.services.members.export_invite(ctx.me, channel.channel_id))

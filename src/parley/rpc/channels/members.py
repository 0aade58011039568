"""Lists of members, administrators and restrictions."""

from __future__ import annotations

from typing import Any

from parley.core.peers import Peer, PeerKind
from parley.messenger.channels.model import MemberFilter, Role
from parley.messenger.errors import BadRequest
from parley.rpc.channels import places
from parley.rpc.channels.joining import changed
from parley.rpc.context import Context
from parley.rpc.peers import objects, resolve_channel, resolve_peer, resolve_user
from parley.rpc.registry import method
from parley.tl import functions, types

_FILTERS = {
    "channelParticipantsRecent": MemberFilter.RECENT,
    "channelParticipantsAdmins": MemberFilter.ADMINS,
    "channelParticipantsKicked": MemberFilter.KICKED,
    "channelParticipantsBots": MemberFilter.BOTS,
    "channelParticipantsBanned": MemberFilter.BANNED,
    "channelParticipantsSearch": MemberFilter.SEARCH,
    "channelParticipantsContacts": MemberFilter.CONTACTS,
    "channelParticipantsMentions": MemberFilter.SEARCH,
}


@method("channels.getParticipants")
async def get_participants(
    ctx: Context, request: functions.channels.GetParticipants
) -> types.channels.ChannelParticipants:
    """Give one page of members."""
    channel_id = resolve_channel(ctx, request.channel)
    wanted = _FILTERS.get(request.filter.TL_NAME)
    if wanted is None:
        raise BadRequest("INPUT_FILTER_INVALID")
    query = getattr(request.filter, "q", "") or ""
    page = await ctx.services.members.page(ctx.me, channel_id, wanted, query, request.offset, request.limit)
    named: set[Peer] = {Peer.channel(channel_id)}
    for place in page.members:
        named |= places.mentioned(place)
    shown = await objects(ctx, named)
    return types.channels.ChannelParticipants(
        count=page.count,
        participants=[places.participant(place, ctx.me) for place in page.members],
        chats=shown.chats,
        users=shown.users,
    )


@method("channels.getParticipant")
async def get_participant(
    ctx: Context, request: functions.channels.GetParticipant
) -> types.channels.ChannelParticipant:
    """Give one member."""
    channel_id = resolve_channel(ctx, request.channel)
    person = _person(ctx, request.participant)
    place = await ctx.services.members.participant(ctx.me, channel_id, person)
    shown = await objects(ctx, places.mentioned(place) | {Peer.channel(channel_id)})
    return types.channels.ChannelParticipant(
        participant=places.participant(place, ctx.me), chats=shown.chats, users=shown.users
    )


@method("channels.editAdmin")
async def edit_admin(ctx: Context, request: functions.channels.EditAdmin) -> types.Updates:
    """Give somebody administrator's rights, or take them away."""
    channel_id, person = resolve_channel(ctx, request.channel), resolve_user(ctx, request.user_id)
    rights = places.read_admin_rights(request.admin_rights)
    before = await ctx.services.directory.membership(channel_id, person)
    if rights and (before is None or before.role is Role.LEFT):
        raise BadRequest("USER_NOT_PARTICIPANT")
    await ctx.services.members.edit_admin(ctx.me, channel_id, person, rights, request.rank or "")
    return await changed(ctx, channel_id)


@method("channels.editBanned")
async def edit_banned(ctx: Context, request: functions.channels.EditBanned) -> types.Updates:
    """Restrict or ban somebody, or lift that."""
    channel_id, person = resolve_channel(ctx, request.channel), _person(ctx, request.participant)
    restrictions, until = places.read_banned_rights(request.banned_rights)
    await ctx.services.members.edit_banned(ctx.me, channel_id, person, restrictions, until)
    return await changed(ctx, channel_id)


def _person(ctx: Context, given: Any) -> Any:
    peer = resolve_peer(ctx, given)
    if peer.kind is not PeerKind.USER:
        raise BadRequest("PARTICIPANT_ID_INVALID")
    return peer.id

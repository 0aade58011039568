"""Joining and leaving channels, and bringing others in."""

from __future__ import annotations

from typing import Any

from parley.core.ids import AccountId, ChannelId
from parley.core.peers import Peer
from parley.messenger.accounts.model import PrivacySubject
from parley.messenger.errors import BadRequest
from parley.rpc.answers import updates
from parley.rpc.context import Context
from parley.rpc.peers import resolve_channel, resolve_user
from parley.rpc.registry import method
from parley.tl import functions, types


@method("channels.joinChannel")
async def join_channel(
    ctx: Context, request: functions.channels.JoinChannel
) -> types.messages.ChatInviteJoinResultOk:
    """Join a public channel."""
    channel_id = resolve_channel(ctx, request.channel)
    await ctx.services.members.join(ctx.me, channel_id)
    return types.messages.ChatInviteJoinResultOk(updates=await changed(ctx, channel_id))


@method("channels.leaveChannel")
async def leave_channel(ctx: Context, request: functions.channels.LeaveChannel) -> types.Updates:
    """Leave a channel."""
    channel_id = resolve_channel(ctx, request.channel)
    await ctx.services.members.leave(ctx.me, channel_id)
    return await changed(ctx, channel_id)


@method("channels.inviteToChannel")
async def invite_to_channel(
    ctx: Context, request: functions.channels.InviteToChannel
) -> types.messages.InvitedUsers:
    """Bring people in; those who do not want that from the caller are named as missing."""
    channel_id = resolve_channel(ctx, request.channel)
    people = [resolve_user(ctx, given) for given in request.users]
    if not people:
        raise BadRequest("USERS_TOO_FEW")
    willing = [person for person in people if await _may_invite(ctx, person)]
    await ctx.services.members.invite(ctx.me, channel_id, willing)
    missing: list[Any] = [types.MissingInvitee(user_id=p) for p in people if p not in willing]
    return types.messages.InvitedUsers(updates=await changed(ctx, channel_id), missing_invitees=missing)


async def changed(ctx: Context, channel_id: ChannelId) -> types.Updates:
    """Tell the caller to look at a channel again."""
    return await updates(ctx, [types.UpdateChannel(channel_id=channel_id)], [Peer.channel(channel_id)])


async def _may_invite(ctx: Context, person: AccountId) -> bool:
    account = await ctx.services.accounts.get(person)
    if account.deleted or await ctx.services.blocks.is_blocked(person, ctx.me):
        return False
    return await ctx.services.privacy.may_see(ctx.me, person, PrivacySubject.CHAT_INVITE)

"""Invite links: giving one out, looking where one leads, joining by it."""

from __future__ import annotations

from datetime import UTC, datetime

from parley.core.peers import Peer
from parley.messenger.channels import rules
from parley.messenger.channels.model import ChannelKind, Invite, InviteTerms
from parley.messenger.errors import BadRequest
from parley.rpc.answers import updates
from parley.rpc.context import Context
from parley.rpc.peers import chats, resolve_channel
from parley.rpc.registry import method
from parley.tl import functions, types


@method("messages.exportChatInvite")
async def export_chat_invite(
    ctx: Context, request: functions.messages.ExportChatInvite
) -> types.ChatInviteExported:
    """Give the caller's own link, a new one in its place where that is asked for; with bounds, one beside it."""
    if request.subscription_pricing is not None:
        raise BadRequest("PRICING_CHAT_INVALID")
    if request.request_needed:
        raise BadRequest("CHAT_INVITE_PERMANENT")
    channel_id, terms = resolve_channel(ctx, request.peer), _terms(request)
    members = ctx.services.members
    if terms != InviteTerms():
        if request.legacy_revoke_permanent:
            raise BadRequest("CHAT_INVITE_PERMANENT")
        return invite_link(ctx, await members.bounded_invite(ctx.me, channel_id, terms, ctx.call.msg_id))
    renewed_by = ctx.call.msg_id if request.legacy_revoke_permanent else 0
    return invite_link(ctx, await members.export_invite(ctx.me, channel_id, renewed_by=renewed_by))


@method("messages.checkChatInvite")
async def check_chat_invite(
    ctx: Context, request: functions.messages.CheckChatInvite
) -> types.ChatInvite | types.ChatInviteAlready:
    """Say where a link leads; who is inside already gets the chat itself."""
    _, channel = await ctx.services.members.check_invite(request.hash)
    place = await ctx.services.directory.membership(channel.channel_id, ctx.me)
    if rules.is_member(place):
        [chat] = await chats(ctx, [channel.channel_id])
        return types.ChatInviteAlready(chat=chat)
    return types.ChatInvite(
        channel=True,
        broadcast=channel.kind is ChannelKind.BROADCAST,
        megagroup=channel.kind is ChannelKind.SUPERGROUP,
        public=channel.username is not None,
        title=channel.title,
        about=channel.about or None,
        photo=types.PhotoEmpty(id=0),
        participants_count=channel.members,
        color=0,
    )


@method("messages.importChatInvite")
async def import_chat_invite(
    ctx: Context, request: functions.messages.ImportChatInvite
) -> types.messages.ChatInviteJoinResultOk:
    """Join by a link."""
    channel = await ctx.services.members.join_by_invite(ctx.me, request.hash)
    told = types.UpdateChannel(channel_id=channel.channel_id)
    joined = await updates(ctx, [told], [Peer.channel(channel.channel_id)])
    return types.messages.ChatInviteJoinResultOk(updates=joined)


def invite_link(ctx: Context, invite: Invite) -> types.ChatInviteExported:
    """Convert a link; clients cut the hash off again behind the last `/+`."""
    terms = invite.terms
    return types.ChatInviteExported(
        permanent=invite.permanent,
        revoked=invite.revoked,
        expire_date=None if terms.expires_at is None else int(terms.expires_at.timestamp()),
        usage_limit=terms.usage_limit,
        usage=invite.uses or None,
        title=terms.title or None,
        link=f"{ctx.services.server.origin}/+{invite.hash}",
        admin_id=invite.account_id,
        date=int(invite.created_at.timestamp()),
    )


def _terms(request: functions.messages.ExportChatInvite) -> InviteTerms:
    """Read the bounds; 0 stands for none."""
    ends = datetime.fromtimestamp(request.expire_date, UTC) if request.expire_date else None
    return InviteTerms(ends, request.usage_limit or None, (request.title or "").strip())

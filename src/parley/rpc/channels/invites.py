"""Invite links on the wire."""

from __future__ import annotations

from parley.messenger.channels.model import Invite
from parley.rpc.context import Context
from parley.tl import types


def invite_link(ctx: Context, invite: Invite) -> types.ChatInviteExported:
    """Convert a link; clients cut the hash off again behind the last `/+`."""
    return types.ChatInviteExported(
        permanent=True,
        revoked=invite.revoked,
        link=f"{ctx.services.server.origin}/+{invite.hash}",
        admin_id=invite.account_id,
        date=int(invite.created_at.timestamp()),
    )

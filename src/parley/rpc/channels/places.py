"""Members between the messenger's values and Telegram's constructors."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from parley.core.ids import AccountId
from parley.core.peers import Peer
from parley.messenger.channels.model import Membership, Restriction, Right, Role
from parley.rpc.convert import peers as convert_peers
from parley.tl import types


def participant(place: Membership, viewer: AccountId) -> Any:
    """Convert one member as `viewer` sees it."""
    if place.role is Role.CREATOR:
        every_right = admin_rights(frozenset(Right))
        return types.ChannelParticipantCreator(
            user_id=place.account_id, admin_rights=every_right, rank=place.rank or None
        )
    if place.role is Role.ADMIN:
        return _admin(place, viewer)
    if place.role is Role.BANNED or place.restrictions:
        return _banned(place)
    return _member(place, viewer)


def admin_rights(rights: frozenset[Right]) -> types.ChatAdminRights:
    """Convert rights; `other` says that somebody is an administrator even without any of the named ones."""
    made = types.ChatAdminRights(other=True)
    for right in rights:
        setattr(made, right.value, True)
    return made


def read_admin_rights(given: Any) -> frozenset[Right]:
    """Read the rights that the messenger distinguishes."""
    return frozenset(right for right in Right if getattr(given, right.value))


def banned_rights(restrictions: frozenset[Restriction], until: datetime | None = None) -> types.ChatBannedRights:
    """Convert restrictions; 0 stands for ever."""
    made = types.ChatBannedRights(until_date=0 if until is None else int(until.timestamp()))
    for restriction in restrictions:
        setattr(made, restriction.value, True)
    return made


def read_banned_rights(given: Any) -> tuple[frozenset[Restriction], datetime | None]:
    """Read restrictions and their end."""
    restrictions = frozenset(r for r in Restriction if getattr(given, r.value))
    until = datetime.fromtimestamp(given.until_date, UTC) if given.until_date > 0 else None
    return restrictions, until


def mentioned(place: Membership) -> set[Peer]:
    """Name everybody whom the converted member mentions."""
    named = {place.account_id, place.inviter_id, place.by_id}
    return {Peer.user(account) for account in named if account is not None}


def _admin(place: Membership, viewer: AccountId) -> types.ChannelParticipantAdmin:
    is_self = place.account_id == viewer
    return types.ChannelParticipantAdmin(
        can_edit=place.by_id == viewer,
        self_=is_self,
        user_id=place.account_id,
        inviter_id=(place.inviter_id or place.by_id or place.account_id) if is_self else None,
        promoted_by=place.by_id or place.account_id,
        date=int(place.joined_at.timestamp()),
        admin_rights=admin_rights(place.rights),
        rank=place.rank or None,
    )


def _banned(place: Membership) -> types.ChannelParticipantBanned:
    return types.ChannelParticipantBanned(
        left=place.role is Role.BANNED,
        peer=convert_peers.peer(Peer.user(place.account_id)),
        kicked_by=place.by_id or place.account_id,
        date=int(place.joined_at.timestamp()),
        banned_rights=banned_rights(place.restrictions, place.restricted_until),
    )


def _member(place: Membership, viewer: AccountId) -> Any:
    date = int(place.joined_at.timestamp())
    if place.account_id != viewer:
        return types.ChannelParticipant(user_id=place.account_id, date=date)
    inviter = place.inviter_id or place.account_id
    return types.ChannelParticipantSelf(user_id=place.account_id, inviter_id=inviter, date=date)

"""Who may do what in a channel, and what its title and description may be (core.telegram.org/api/rights)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from parley.messenger.channels.model import (
    Channel,
    ChannelKind,
    Invite,
    InviteTerms,
    MemberFilter,
    Membership,
    Restriction,
    Right,
    Role,
    Standing,
)
from parley.messenger.errors import BadRequest, Forbidden

TITLE_LENGTH = 128
ABOUT_LENGTH = 255
RANK_LENGTH = 16
MOST_CHANNELS = 500
MOST_PUBLIC = 10
MOST_ADMINS = 50
MOST_INVITED = 100
#: Bounds of invite links (core.telegram.org/api/invites).
MOST_USES = 99_999
INVITE_TITLE_LENGTH = 32
_INSIDE = frozenset({Role.CREATOR, Role.ADMIN, Role.MEMBER})
#: A restriction that would end later than this, or sooner than in half a minute, never ends (chatBannedRights).
_FOR_EVER_DAYS = 366


def title(text: str) -> str:
    """Check a channel's title.

    Raises:
        BadRequest: CHAT_TITLE_EMPTY, TITLE_INVALID.
    """
    clean = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    if not clean:
        raise BadRequest("CHAT_TITLE_EMPTY")
    if len(clean) > TITLE_LENGTH:
        raise BadRequest("TITLE_INVALID")
    return clean


def about(text: str) -> str:
    """Check a channel's description.

    Raises:
        BadRequest: CHAT_ABOUT_TOO_LONG.
    """
    if len(text) > ABOUT_LENGTH:
        raise BadRequest("CHAT_ABOUT_TOO_LONG")
    return text.strip()


def rank(text: str) -> str:
    """Check an administrator's title.

    Raises:
        BadRequest: ADMIN_RANK_INVALID.
    """
    if len(text) > RANK_LENGTH:
        raise BadRequest("ADMIN_RANK_INVALID")
    return text.strip()


def is_member(membership: Membership | None) -> bool:
    """Tell whether a place in a channel is one inside."""
    return membership is not None and membership.role in _INSIDE


def is_admin(membership: Membership | None) -> bool:
    """Tell whether somebody is the creator or an administrator."""
    return membership is not None and membership.role in (Role.CREATOR, Role.ADMIN)


def can_view(channel: Channel, membership: Membership | None) -> bool:
    """Tell whether somebody may see a channel and its posts: members, and everybody where it is public."""
    if channel.deleted or channel.standing is Standing.SUSPENDED:
        return False
    if membership is not None and membership.role is Role.BANNED:
        return False
    return is_member(membership) or channel.username is not None


def check_view(channel: Channel, membership: Membership | None) -> None:
    """Refuse those who may not see a channel.

    Raises:
        BadRequest: CHANNEL_PRIVATE.
    """
    if not can_view(channel, membership):
        raise BadRequest("CHANNEL_PRIVATE")


def has_right(membership: Membership | None, right: Right) -> bool:
    """Tell whether somebody has an administrator's right; the creator has all."""
    if membership is None:
        return False
    return membership.role is Role.CREATOR or (membership.role is Role.ADMIN and right in membership.rights)


def check_right(channel: Channel, membership: Membership | None, right: Right) -> None:
    """Refuse those who lack a right.

    Raises:
        BadRequest: CHANNEL_PRIVATE, CHAT_ADMIN_REQUIRED.
    """
    check_view(channel, membership)
    if not has_right(membership, right):
        raise BadRequest("CHAT_ADMIN_REQUIRED")


def may_change(channel: Channel, membership: Membership | None, right: Right, what: Restriction) -> bool:
    """Tell whether somebody may do what members of a supergroup may do by default, and administrators by right."""
    if has_right(membership, right):
        return True
    if channel.kind is ChannelKind.BROADCAST or not is_member(membership):
        return False
    return what not in restrictions(channel, membership)


def in_force(membership: Membership, now: datetime) -> Membership:
    """Give a place as it is at `now`: bans and restrictions that have ended are gone."""
    if membership.restricted_until is None or membership.restricted_until > now:
        return membership
    role = Role.LEFT if membership.role is Role.BANNED else membership.role
    return replace(membership, role=role, restrictions=frozenset(), restricted_until=None)


def restrictions(channel: Channel, membership: Membership | None) -> frozenset[Restriction]:
    """Give what somebody may not do in a supergroup: everybody's restrictions and their own."""
    if is_admin(membership):
        return frozenset()
    own = membership.restrictions if membership is not None else frozenset()
    return channel.default_restrictions | own


def check_post(channel: Channel, membership: Membership | None, *, media: bool = False) -> None:
    """Refuse those who may not write into a channel now.

    Raises:
        BadRequest: CHANNEL_PRIVATE.
        Forbidden: CHAT_WRITE_FORBIDDEN, CHAT_SEND_MEDIA_FORBIDDEN.
    """
    check_view(channel, membership)
    if channel.standing is not Standing.OPEN:
        raise Forbidden("CHAT_WRITE_FORBIDDEN")
    if channel.kind is ChannelKind.BROADCAST:
        if not has_right(membership, Right.POST_MESSAGES):
            raise Forbidden("CHAT_WRITE_FORBIDDEN")
        return
    if not is_member(membership):
        raise Forbidden("CHAT_WRITE_FORBIDDEN")
    barred = restrictions(channel, membership)
    if barred & {Restriction.SEND_MESSAGES, Restriction.SEND_PLAIN}:
        raise Forbidden("CHAT_WRITE_FORBIDDEN")
    if media and Restriction.SEND_MEDIA in barred:
        raise Forbidden("CHAT_SEND_MEDIA_FORBIDDEN")


def check_delete_of_others(channel: Channel, membership: Membership | None) -> None:
    """Refuse those who may not delete what others wrote.

    Raises:
        Forbidden: MESSAGE_DELETE_FORBIDDEN.
    """
    check_view(channel, membership)
    if not has_right(membership, Right.DELETE_MESSAGES):
        raise Forbidden("MESSAGE_DELETE_FORBIDDEN")


def check_list(channel: Channel, membership: Membership | None, wanted: MemberFilter) -> None:
    """Refuse those who may not list members: in broadcast channels, and of banned people, administrators alone may.

    Raises:
        BadRequest: CHANNEL_PRIVATE, CHAT_ADMIN_REQUIRED.
    """
    check_view(channel, membership)
    closed = channel.kind is ChannelKind.BROADCAST or wanted in (MemberFilter.KICKED, MemberFilter.BANNED)
    if closed and not is_admin(membership):
        raise BadRequest("CHAT_ADMIN_REQUIRED")


def check_promotion(actor: Membership, target: Membership | None, rights: frozenset[Right]) -> None:
    """Refuse a change of administrators that the actor may not make.

    Raises:
        BadRequest: USER_CREATOR, CHAT_ADMIN_REQUIRED.
        Forbidden: RIGHT_FORBIDDEN.
    """
    if target is not None and target.role is Role.CREATOR:
        raise BadRequest("USER_CREATOR")
    if not has_right(actor, Right.ADD_ADMINS):
        raise BadRequest("CHAT_ADMIN_REQUIRED")
    if actor.role is not Role.CREATOR:
        if target is not None and target.role is Role.ADMIN and target.by_id != actor.account_id:
            raise BadRequest("CHAT_ADMIN_REQUIRED")
        if not rights <= actor.rights:
            raise Forbidden("RIGHT_FORBIDDEN")


def check_ban(actor: Membership, target: Membership | None) -> None:
    """Refuse a restriction that the actor may not make.

    Raises:
        BadRequest: CHAT_ADMIN_REQUIRED, USER_ADMIN_INVALID.
    """
    if not has_right(actor, Right.BAN_USERS):
        raise BadRequest("CHAT_ADMIN_REQUIRED")
    if target is None:
        return
    if target.role is Role.CREATOR:
        raise BadRequest("USER_ADMIN_INVALID")
    if target.role is Role.ADMIN and actor.role is not Role.CREATOR and target.by_id != actor.account_id:
        raise BadRequest("USER_ADMIN_INVALID")


def check_terms(terms: InviteTerms, now: datetime) -> None:
    """Refuse bounds of a link that no link can have.

    Raises:
        BadRequest: EXPIRE_DATE_INVALID, USAGE_LIMIT_INVALID, TITLE_INVALID.
    """
    if terms.expires_at is not None and terms.expires_at <= now:
        raise BadRequest("EXPIRE_DATE_INVALID")
    if terms.usage_limit is not None and not 1 <= terms.usage_limit <= MOST_USES:
        raise BadRequest("USAGE_LIMIT_INVALID")
    if len(terms.title) > INVITE_TITLE_LENGTH:
        raise BadRequest("TITLE_INVALID")


def is_open(link: Invite, now: datetime) -> bool:
    """Tell whether a link still leads somewhere."""
    late = link.terms.expires_at is not None and link.terms.expires_at <= now
    full = link.terms.usage_limit is not None and link.uses >= link.terms.usage_limit
    return not (link.revoked or late or full)


def until(moment: datetime | None, now: datetime) -> datetime | None:
    """Give when a restriction ends; what is too near or too far never ends."""
    if moment is None:
        return None
    length = (moment - now).total_seconds()
    return moment if 30 <= length <= _FOR_EVER_DAYS * 86400 else None

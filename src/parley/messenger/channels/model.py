"""What a channel is, who belongs to it and with which rights."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from parley.core.ids import AccountId, ChannelId


class ChannelKind(StrEnum):
    """Broadcast channels carry posts of their administrators; supergroups those of all members."""

    BROADCAST = "broadcast"
    SUPERGROUP = "supergroup"


class Role(StrEnum):
    """A person's place in a channel. `LEFT` and nobody's row look alike to others."""

    CREATOR = "creator"
    ADMIN = "admin"
    MEMBER = "member"
    LEFT = "left"
    BANNED = "banned"


class Right(StrEnum):
    """The administrators' rights that the messenger distinguishes (names of Telegram's chatAdminRights)."""

    CHANGE_INFO = "change_info"
    POST_MESSAGES = "post_messages"
    EDIT_MESSAGES = "edit_messages"
    DELETE_MESSAGES = "delete_messages"
    BAN_USERS = "ban_users"
    INVITE_USERS = "invite_users"
    PIN_MESSAGES = "pin_messages"
    ADD_ADMINS = "add_admins"


class Restriction(StrEnum):
    """What a member may not do (names of Telegram's chatBannedRights); `VIEW_MESSAGES` is a ban."""

    VIEW_MESSAGES = "view_messages"
    SEND_MESSAGES = "send_messages"
    SEND_MEDIA = "send_media"
    SEND_STICKERS = "send_stickers"
    SEND_GIFS = "send_gifs"
    SEND_GAMES = "send_games"
    SEND_INLINE = "send_inline"
    EMBED_LINKS = "embed_links"
    SEND_POLLS = "send_polls"
    CHANGE_INFO = "change_info"
    INVITE_USERS = "invite_users"
    PIN_MESSAGES = "pin_messages"
    SEND_PHOTOS = "send_photos"
    SEND_VIDEOS = "send_videos"
    SEND_AUDIOS = "send_audios"
    SEND_VOICES = "send_voices"
    SEND_DOCS = "send_docs"
    SEND_PLAIN = "send_plain"


class Standing(StrEnum):
    """What enforcement has done to a channel: nothing, no new posts, or not reachable at all."""

    OPEN = "open"
    READ_ONLY = "read_only"
    SUSPENDED = "suspended"


@dataclass(frozen=True, slots=True)
class Channel:
    """One channel as the messenger's caches hold it; `version` grows with every change of rights."""

    channel_id: ChannelId
    kind: ChannelKind
    title: str
    about: str
    username: str | None
    creator_id: AccountId
    created_at: datetime
    members: int
    standing: Standing = Standing.OPEN
    signatures: bool = False
    deleted: bool = False
    version: int = 0
    default_restrictions: frozenset[Restriction] = frozenset()


@dataclass(frozen=True, slots=True)
class Membership:
    """One account's place in one channel."""

    channel_id: ChannelId
    account_id: AccountId
    role: Role
    joined_at: datetime
    inviter_id: AccountId | None = None
    rank: str = ""
    rights: frozenset[Right] = frozenset()
    restrictions: frozenset[Restriction] = frozenset()
    restricted_until: datetime | None = None
    by_id: AccountId | None = None


class MemberFilter(StrEnum):
    """Which members a list shows (Telegram's channelParticipants… filters)."""

    RECENT = "recent"
    ADMINS = "admins"
    BOTS = "bots"
    CONTACTS = "contacts"
    SEARCH = "search"
    KICKED = "kicked"
    BANNED = "banned"


@dataclass(frozen=True, slots=True)
class MemberPage:
    """One page of members, and how many the filter has in all."""

    members: tuple[Membership, ...]
    count: int


@dataclass(frozen=True, slots=True)
class ChannelCounts:
    """The figures of a channel's full information."""

    admins: int
    kicked: int
    banned: int


@dataclass(frozen=True, slots=True)
class InviteTerms:
    """What bounds a link: a time, a number of people; `title` is its name for administrators."""

    expires_at: datetime | None = None
    usage_limit: int | None = None
    title: str = ""


@dataclass(frozen=True, slots=True)
class Invite:
    """A link by which people join a channel; `hash` is its secret part.

    `permanent` is an administrator's own link; `uses` counts those who joined by it.
    """

    hash: str
    channel_id: ChannelId
    account_id: AccountId
    created_at: datetime
    revoked: bool = False
    permanent: bool = True
    terms: InviteTerms = InviteTerms()
    uses: int = 0

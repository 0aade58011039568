"""What a channel is, who belongs to it and with which rights."""

from __future__ import annotations

from dataclasses import dataclass, field
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


@dataclass(frozen=True, slots=True)
class Membership:
    """One account's place in one channel."""

    channel_id: ChannelId
    account_id: AccountId
    role: Role
    joined_at: datetime
    inviter_id: AccountId | None = None
    rank: str = ""
    rights: frozenset[Right] = field(default_factory=frozenset)
    read_inbox_max: int = 0

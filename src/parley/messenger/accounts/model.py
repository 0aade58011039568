"""What an account is: the values that sign-up, profile, privacy and devices share."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from parley.core.ids import AccountId, AuthKeyId

#: Service notices (sign-in codes, statements of reasons, notices of disclosure) come from this account.
SERVICE_ACCOUNT = AccountId(777000)
SEARCH_REPORT_BOT = AccountId(777100)
TRANSPARENCY_BOT = AccountId(777101)

#: Named switches by which people choose when an unused device or account ends, and what holds for those who
#: have not chosen (account.setAuthorizationTTL, account.setAccountTTL).
DEVICE_TTL, DEVICE_TTL_DAYS = "authorization_ttl_days", 180
ACCOUNT_TTL, ACCOUNT_TTL_DAYS = "account_ttl_days", 365


@dataclass(frozen=True, slots=True)
class Account:
    """One account as the messenger's caches hold it; the phone number is not part of it."""

    account_id: AccountId
    first_name: str
    last_name: str
    username: str | None
    about: str
    created_at: datetime
    is_bot: bool = False
    verified: bool = False
    support: bool = False
    deleted: bool = False
    version: int = 0


class StatusKind(StrEnum):
    """Whether somebody is online; the exact time is shown only as the privacy rules allow."""

    EMPTY = "empty"
    ONLINE = "online"
    OFFLINE = "offline"
    RECENTLY = "recently"
    LAST_WEEK = "last_week"
    LAST_MONTH = "last_month"


@dataclass(frozen=True, slots=True)
class Status:
    """What one viewer sees of another's presence; `at` is the end of being online, or the last time seen."""

    kind: StatusKind
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Presence:
    """When an account was last seen, and until when its client says that it is online."""

    seen_at: datetime
    online_until: datetime | None


class PrivacySubject(StrEnum):
    """What a privacy setting is about (Telegram's privacyKey constructors without their prefix)."""

    STATUS_TIMESTAMP = "status_timestamp"
    CHAT_INVITE = "chat_invite"
    PHONE_CALL = "phone_call"
    PHONE_P2P = "phone_p2p"
    FORWARDS = "forwards"
    PROFILE_PHOTO = "profile_photo"
    PHONE_NUMBER = "phone_number"
    ADDED_BY_PHONE = "added_by_phone"
    VOICE_MESSAGES = "voice_messages"
    ABOUT = "about"
    BIRTHDAY = "birthday"
    NO_PAID_MESSAGES = "no_paid_messages"
    STAR_GIFTS_AUTO_SAVE = "star_gifts_auto_save"
    SAVED_MUSIC = "saved_music"


class PrivacyRuleKind(StrEnum):
    """One rule of a privacy setting; the order of the rules does not matter."""

    ALLOW_ALL = "allow_all"
    ALLOW_CONTACTS = "allow_contacts"
    ALLOW_USERS = "allow_users"
    DISALLOW_ALL = "disallow_all"
    DISALLOW_CONTACTS = "disallow_contacts"
    DISALLOW_USERS = "disallow_users"


@dataclass(frozen=True, slots=True)
class PrivacyRule:
    """A rule and the people whom it names, if it names any."""

    kind: PrivacyRuleKind
    users: frozenset[AccountId] = frozenset()


@dataclass(frozen=True, slots=True)
class NotifySettings:
    """How loudly one chat, or one kind of chat, announces itself; None leaves it to the wider setting.

    `mute_until` is in Unix seconds; `sound` is `default`, `none` or `ringtone:ID`.
    """

    show_previews: bool | None = None
    silent: bool | None = None
    mute_until: int | None = None
    sound: str | None = None


class CodeChannel(StrEnum):
    """How a sign-in code reached its person."""

    SESSIONS = "sessions"
    SMS = "sms"


@dataclass(frozen=True, slots=True)
class CodeDelivery:
    """A code on its way to a person. It exists in memory only and never enters a log."""

    phone: str = field(repr=False)
    code: str = field(repr=False)
    account_id: AccountId | None
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class SentCode:
    """What the client learns after it asked for a code: the hash that it returns with it, and where to look."""

    code_hash: str
    channel: CodeChannel
    next_channel: CodeChannel | None
    timeout_s: int
    length: int


@dataclass(frozen=True, slots=True)
class Device:
    """One signed-in authorization key, as the list of devices shows it. It never holds an address."""

    auth_key_id: AuthKeyId
    account_id: AccountId
    api_id: int
    device_model: str
    system_version: str
    app_version: str
    lang_code: str
    created_at: datetime
    active_at: datetime
    password_pending: bool = False


@dataclass(frozen=True, slots=True)
class IdentifierPeriod:
    """Who held an identifier (phone number, username) and when; `until` is None while it is held."""

    kind: str
    account_id: AccountId
    since: datetime
    until: datetime | None

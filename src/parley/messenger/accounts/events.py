"""What happened to an account, after it was committed. Caches and sessions of every process listen.

`origin` names the session that did something, where the account's other sessions are told of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from parley.core.ids import AccountId, AuthKeyId
from parley.core.peers import Peer


@dataclass(frozen=True, slots=True)
class AccountCreated:
    """Somebody signed up."""

    account_id: AccountId


@dataclass(frozen=True, slots=True)
class AccountChanged:
    """Name, username or what an account says of itself changed; search and caches follow."""

    account_id: AccountId
    origin: int | None = None


@dataclass(frozen=True, slots=True)
class UsernameChanged:
    """A username came to an owner, or left one (then `owner` is None)."""

    name: str
    owner: Peer | None


@dataclass(frozen=True, slots=True)
class PhoneChanged:
    """An account has another number; which one is read where it may be seen."""

    account_id: AccountId


@dataclass(frozen=True, slots=True)
class AccountDeleted:
    """An account was deleted; its identifiers are free."""

    account_id: AccountId


@dataclass(frozen=True, slots=True)
class SignedIn:
    """An authorization key got an account."""

    account_id: AccountId
    auth_key_id: AuthKeyId


@dataclass(frozen=True, slots=True)
class DeviceEnded:
    """An authorization key lost its account: its live sessions must end."""

    account_id: AccountId
    auth_key_id: AuthKeyId


@dataclass(frozen=True, slots=True)
class PresenceChanged:
    """Somebody went online (`online_until` set) or offline."""

    account_id: AccountId
    seen_at: datetime
    online_until: datetime | None


@dataclass(frozen=True, slots=True)
class PrivacyChanged:
    """An account changed a privacy setting."""

    account_id: AccountId
    subject: str
    origin: int | None = None


@dataclass(frozen=True, slots=True)
class NotifySettingsChanged:
    """An account changed how loudly something announces itself; `scope` as `preferences.py` writes it."""

    account_id: AccountId
    scope: str
    origin: int | None = None

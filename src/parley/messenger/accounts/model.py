"""What an account is: the values that sign-up, profile, privacy and devices share."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from parley.core.ids import AccountId, AuthKeyId

#: Service notices (sign-in codes, statements of reasons, notices of disclosure) come from this account.
SERVICE_ACCOUNT = AccountId(777000)
SEARCH_REPORT_BOT = AccountId(777100)
TRANSPARENCY_BOT = AccountId(777101)


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

    ONLINE = "online"
    OFFLINE = "offline"
    RECENTLY = "recently"


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

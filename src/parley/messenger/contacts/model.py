"""Address books, blocked peers, and people as one viewer sees them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from parley.core.ids import AccountId
from parley.core.peers import Peer
from parley.messenger.accounts.model import Account, Status


@dataclass(frozen=True, slots=True)
class Contact:
    """One entry of an address book: the names are the owner's, `knows_phone` says that they had the number."""

    contact_id: AccountId
    first_name: str
    last_name: str
    note: str
    knows_phone: bool
    added_at: datetime


@dataclass(frozen=True, slots=True)
class PhoneEntry:
    """One entry of a device's address book on its way in; `client_id` is the client's own number for it."""

    client_id: int
    phone: str
    first_name: str
    last_name: str


@dataclass(frozen=True, slots=True)
class Imported:
    """Which account an imported entry led to."""

    client_id: int
    account_id: AccountId


@dataclass(frozen=True, slots=True)
class Blocked:
    """One blocked peer."""

    peer: Peer
    blocked_at: datetime


@dataclass(frozen=True, slots=True)
class Person:
    """An account as one viewer sees it: names as the viewer wrote them, number and status as privacy allows."""

    account: Account
    first_name: str
    last_name: str
    phone: str | None
    status: Status
    is_self: bool = False
    contact: bool = False
    mutual: bool = False

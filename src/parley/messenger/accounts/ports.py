"""What the accounts need from the rooms above; `app` fills these."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from parley.core.ids import AccountId
from parley.messenger.accounts.model import CodeDelivery


class CodeSender(Protocol):
    """One way on which a sign-in code reaches a person."""

    async def send(self, delivery: CodeDelivery) -> None:
        """Send the code.

        Raises:
            MessengerError: it could not be sent.
        """
        ...


class ServiceNotices(Protocol):
    """Messages from the service account (777000) to one account."""

    async def send(self, account: AccountId, text: str) -> None:
        """Write `text` into the account's chat with the service account."""
        ...


class AddressSink(Protocol):
    """Where an address goes to be sealed; nothing on this side can read it again."""

    async def seal(self, account: AccountId, ip: str, port: int, at: datetime) -> None:
        """Seal one address at one time."""
        ...


class Events(Protocol):
    """Where committed facts are told: the bus of `storage`, which carries them to every process."""

    async def publish(self, event: object) -> None:
        """Tell one event of a room's `events.py`."""
        ...


class ContactBook(Protocol):
    """What privacy needs to know of address books."""

    async def has(self, owner: AccountId, person: AccountId) -> bool:
        """Tell whether `person` is in the address book of `owner`."""
        ...

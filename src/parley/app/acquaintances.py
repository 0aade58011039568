"""Who knows whom already, so that a first message to a stranger can be told from all the others.

The answer comes from memory; only the first message of a pair costs one look-up in each process.
"""

from __future__ import annotations

from collections import OrderedDict
from enum import Enum
from typing import Protocol

from parley.core.ids import AccountId, box_of_account
from parley.storage.database import Executor

_MOST = 200_000


class Tie(Enum):
    """What binds a receiver to a sender."""

    STRANGER = "nothing has been written yet"
    OPENED = "the sender has written, the receiver has not answered"
    KNOWN = "the receiver has answered, or keeps the sender as a contact"


class AddressBooks(Protocol):
    """Says who is whose contact; from a cache."""

    async def has(self, owner: AccountId, person: AccountId) -> bool:
        """Tell whether `person` is in the address book of `owner`."""
        ...


class Acquaintances:
    """Remembers the newest pairs, bounded."""

    def __init__(self, books: AddressBooks, database: Executor, most: int = _MOST) -> None:
        self._books = books
        self._database = database
        self._most = most
        self._ties: OrderedDict[tuple[AccountId, AccountId], Tie] = OrderedDict()

    def remembered(self, sender: AccountId, receiver: AccountId) -> Tie | None:
        """What memory says, or None when it has to be looked up."""
        return self._ties.get((sender, receiver))

    async def look_up(self, sender: AccountId, receiver: AccountId) -> Tie:
        """Read what binds them, from the address book and the sender's own box."""
        if await self._books.has(receiver, sender):
            return self._remember(sender, receiver, Tie.KNOWN)
        row = await self._database.fetchrow(_WRITTEN, box_of_account(sender), box_of_account(receiver))
        assert row is not None, "a row of two answers"
        if row["answered"]:
            return self._remember(sender, receiver, Tie.KNOWN)
        return self._remember(sender, receiver, Tie.OPENED) if row["opened"] else Tie.STRANGER

    def wrote(self, sender: AccountId, receiver: AccountId) -> None:
        """Note that a message goes out: whoever writes back knows the other from then on."""
        if self._ties.get((receiver, sender)) is Tie.OPENED:
            self._ties[receiver, sender] = Tie.KNOWN

    def opened(self, sender: AccountId, receiver: AccountId) -> None:
        """Note that a first message to a stranger goes out."""
        self._remember(sender, receiver, Tie.OPENED)

    def _remember(self, sender: AccountId, receiver: AccountId, tie: Tie) -> Tie:
        self._ties[sender, receiver] = tie
        while len(self._ties) > self._most:
            self._ties.popitem(last=False)
        return tie


_WRITTEN = (
    "SELECT EXISTS (SELECT FROM messenger.messages WHERE box_id = $1 AND peer = $2 AND out) AS opened,"
    " EXISTS (SELECT FROM messenger.messages WHERE box_id = $1 AND peer = $2 AND NOT out) AS answered"
)

"""Who hears at once that a person came or went: those online whom they keep as contacts or share a chat with.

The circle is read from the person's own rows, as everything is that has to be spread over machines. Somebody who
only keeps the person's number is not in it, and sees the presence when they next look. Only exact times are told:
to somebody who may see them roughly, a sign at the very moment would be the exact time.
"""

from __future__ import annotations

from typing import Final

from parley.core.ids import AccountId, box_of_account
from parley.messenger.accounts.model import Status, StatusKind
from parley.messenger.contacts.people import People
from parley.messenger.updates import store
from parley.messenger.updates.fanout import Fanout
from parley.storage.database import Database

MOST: Final = 1000
"""Of a person with more contacts and chats than this, the others see the presence when they next look."""

_EXACT: Final = frozenset({StatusKind.ONLINE, StatusKind.OFFLINE})


class Onlookers:
    """Finds them among those who listen in this process."""

    def __init__(self, database: Database, fanout: Fanout, people: People) -> None:
        self._database = database
        self._fanout = fanout
        self._people = people

    async def of(self, account: AccountId) -> dict[AccountId, Status]:
        """What each of them sees of the account's presence; who may not see the exact time is left out."""
        near = await store.acquainted(self._database, account, box_of_account(account), MOST)
        seen = {
            viewer: await self._people.one(viewer, account) for viewer in near if self._fanout.is_online(viewer)
        }
        return {viewer: person.status for viewer, person in seen.items() if person and person.status.kind in _EXACT}

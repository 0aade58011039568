"""People as one viewer sees them: the names from the viewer's address book, number and presence by privacy.

Everything that shows users goes through here, so that no answer can forget a privacy rule.
"""

from __future__ import annotations

from collections.abc import Collection

from parley.core.clock import Clock
from parley.core.ids import AccountId
from parley.messenger.accounts.model import Account, Status
from parley.messenger.accounts.presence import PresenceService
from parley.messenger.accounts.privacy import Privacy
from parley.messenger.accounts.service import Accounts
from parley.messenger.contacts.blocks import Blocks
from parley.messenger.contacts.model import Person
from parley.messenger.contacts.service import Books
from parley.messenger.contacts.sight import Sight


class People:
    """Shows accounts to viewers; warm, it reads caches alone."""

    def __init__(
        self,
        clock: Clock,
        accounts: Accounts,
        books: Books,
        blocks: Blocks,
        privacy: Privacy,
        presence: PresenceService,
    ) -> None:
        self._clock = clock
        self._accounts = accounts
        self._books = books
        self._blocks = blocks
        self._privacy = privacy
        self._presence = presence

    async def seen_by(self, viewer: AccountId, ids: Collection[AccountId]) -> dict[AccountId, Person]:
        """Give those of `ids` that exist, each as `viewer` sees it."""
        accounts = await self._accounts.get_many(ids)
        sight = await self._sight(viewer, accounts)
        return {ident: sight.person(account) for ident, account in accounts.items()}

    async def one(self, viewer: AccountId, ident: AccountId) -> Person | None:
        """Give one account as `viewer` sees it, or None."""
        return (await self.seen_by(viewer, (ident,))).get(ident)

    async def statuses(self, viewer: AccountId) -> dict[AccountId, Status]:
        """Give what `viewer` sees of their contacts' presence."""
        seen = await self.seen_by(viewer, (await self._books.of(viewer)).keys())
        return {ident: person.status for ident, person in seen.items()}

    async def _sight(self, viewer: AccountId, accounts: dict[AccountId, Account]) -> Sight:
        """Read everything on which the view of these accounts rests, with at most one statement for each kind."""
        concerned = [viewer, *accounts]
        return Sight(
            viewer=viewer,
            now=self._clock.now(),
            presences=await self._presence.get_many(accounts),
            phones=await self._accounts.phones(accounts),
            books=await self._books.of_many(concerned),
            blocks=await self._blocks.of_many(accounts),
            privacy=await self._privacy.of_many(concerned),
        )

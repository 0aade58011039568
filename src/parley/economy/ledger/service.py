"""The ledger's one action, and the balance that clients ask for."""

from __future__ import annotations

from parley.core.clock import Clock
from parley.core.ids import AccountId
from parley.economy.ledger import rules, store
from parley.economy.ledger.model import Entry, holder_of
from parley.storage.database import Database


class Ledger:
    """Posts balanced entries and tells balances."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def post(self, entry: Entry) -> bool:
        """Post an entry once; False when its key was posted before.

        Raises:
            Unbalanced: the postings do not sum to zero.
            BalanceTooLow: a holder would fall below zero.
        """
        rules.check_balanced(entry)
        holders = {posting.holder for posting in entry.postings}
        async with self._database.transaction() as conn:
            await store.lock_holders(conn, holders)
            if not await store.insert(conn, entry, self._clock.now()):
                return False
            after = await store.balances(conn, holders)
            before = {p.holder: after.get(p.holder, 0) - p.amount for p in entry.postings}
            rules.check_covered(entry, before)
        return True

    async def balance(self, account: AccountId) -> int:
        """Tell an account's balance in nanostars."""
        holder = holder_of(account)
        return (await store.balances(self._database, {holder})).get(holder, 0)

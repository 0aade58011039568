"""Keeps count of what depends on which custodians, so that a page can say it without unlocking anything."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from parley.core.clock import Clock
from parley.legal.vault import custodian_store, envelopes, loss_store, losses
from parley.legal.vault.erasure import ErasureKeys
from parley.legal.vault.errors import ErasureKeyGone
from parley.legal.vault.losses import DayCount, Outlook
from parley.legal.vault.model import DayKey
from parley.storage.database import Database

#: A day that is not over is counted again after this time.
FRESH: Final = timedelta(minutes=15)
_PAGE, _PAGES = 500, 20


@dataclass(frozen=True, slots=True)
class CountedOutlook:
    """An outlook, and when the newest day in it was counted; None while nothing is kept."""

    outlook: Outlook
    counted_at: datetime | None


class Tallies:
    """Counts days by the pairs that open them."""

    def __init__(self, database: Database, erasure: ErasureKeys, clock: Clock) -> None:
        self._database = database
        self._erasure = erasure
        self._clock = clock

    async def refresh(self) -> None:
        """Count what was not counted yet; a worker calls it every minute, and mostly there is nothing to do."""
        await self._read_older_keys()
        now = self._clock.now()
        for day in await loss_store.days_to_count(self._database, now, FRESH):
            async with self._database.transaction() as conn:
                await loss_store.count_day(conn, day, now)

    async def outlook(self) -> CountedOutlook:
        """What is lost, and what would be if one or two custodians went; at most a quarter of an hour old."""
        await self.refresh()
        counts = await self.counts()
        custodians = await custodian_store.custodians(self._database)
        return CountedOutlook(losses.outlook(counts, custodians), await loss_store.counted_at(self._database))

    async def counts(self) -> tuple[DayCount, ...]:
        """What is kept, by day and set of pairs."""
        return await loss_store.counts(self._database, self._erasure.names())

    async def _read_older_keys(self) -> None:
        """Keys of an older version say only under their erasure key whose they are; they are read once."""
        for _ in range(_PAGES):
            found = [(None, key) for key in await loss_store.unread_keys(self._database, _PAGE)]
            held = await loss_store.unread_held(self._database, _PAGE)
            for hold_id, key in (*found, *held):
                await loss_store.set_pairs(self._database, key.name, hold_id, self._pairs(key))
            if len(found) + len(held) < _PAGE:
                return

    def _pairs(self, key: DayKey) -> str:
        try:
            shares = envelopes.unlock_shares(key.shares, key.name, self._erasure.get(key.erasure_id))
        except ErasureKeyGone:
            return ""
        return losses.write_pairs(shares)

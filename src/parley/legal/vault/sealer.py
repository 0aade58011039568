"""The writing half of the vault: takes an address, seals it at once, and can never read it again.

It runs in the server with a database role that inserts and never selects a sealed row. A day's private key
exists for the microseconds in which it is split; only its public half stays.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from parley.core.ids import AccountId
from parley.core.recurring import Alarm
from parley.legal.vault import envelopes, rules, store
from parley.legal.vault.day_keys import DayKeys, PublicDayKey
from parley.legal.vault.erasure import ErasureKeys
from parley.legal.vault.errors import MalformedRecord
from parley.legal.vault.model import Address, DayKey, SealedRecord, SealingKey
from parley.storage.database import Database, retrying
from parley.storage.errors import DatabaseUnavailable

log = logging.getLogger(__name__)

BATCH: Final = 64
#: About 250 bytes each. Whoever is connected when a UTC day begins is sealed anew at their next call.
QUEUE_LIMIT: Final = 500_000
_SAY_EVERY: Final = 1000
REFRESH_S: Final = 10.0
_ID_BITS = 63


@dataclass(frozen=True, slots=True)
class Sighting:
    """An address of an account on its way into the vault."""

    account: AccountId
    address: Address


@dataclass(slots=True)
class SealedBatch:
    """Rows that are ready to be inserted."""

    keys: list[DayKey] = field(default_factory=list)
    records: list[SealedRecord] = field(default_factory=list)


class Sealer:
    """Fulfils the messenger's `AddressSink`: `seal` returns at once, the rest happens behind it in batches."""

    def __init__(self, database: Database, erasure: ErasureKeys, *, queue_limit: int = QUEUE_LIMIT) -> None:
        self._database = database
        self._keys = DayKeys(erasure)
        self._custodians: tuple[SealingKey, ...] = ()
        self._queue: deque[Sighting] = deque()
        self._queue_limit = queue_limit
        self._alarm = Alarm()
        self._working = asyncio.Lock()
        self.dropped = 0
        self.sealed = 0

    @property
    def enabled(self) -> bool:
        """Whether addresses are kept at all: two custodians are enrolled."""
        return rules.enough(self._custodians)

    async def seal(self, account: AccountId, ip: str, port: int, at: datetime) -> None:
        """Take one address of an account, seen at `at`; never waits, leaves out what is no address.

        Nothing is kept while fewer than two custodians are enrolled. A queue that is full (the database is
        away) drops the newest and counts it.
        """
        if not self.enabled:
            return
        if len(self._queue) >= self._queue_limit:
            if self.dropped % _SAY_EVERY == 0:
                log.error("the vault's queue is full: addresses are lost, %d so far", self.dropped)
            self.dropped += 1
            return
        with suppress(MalformedRecord):
            self._queue.append(Sighting(account, rules.address(ip, port, at)))
            self._alarm.ring()

    async def refresh(self) -> None:
        """Read who the custodians are; when that has changed, later addresses get further day keys."""
        custodians = await store.sealing_keys(self._database)
        async with self._working:
            if custodians != self._custodians:
                self._custodians = custodians
                self._keys.forget()

    async def run(self) -> None:
        """Seal for ever; started under the supervisor."""
        while True:
            try:
                await retrying(self.refresh)
                await self._alarm.sleep(REFRESH_S)
                await self.flush()
            except DatabaseUnavailable:
                log.warning("the vault waits for the database; %d addresses are queued", len(self._queue))
                await asyncio.sleep(1)

    async def flush(self) -> None:
        """Seal and store all that is queued; called at the end of the process too."""
        async with self._working:
            while self._queue:
                await self._seal_some()

    async def _seal_some(self) -> None:
        sightings = [self._queue.popleft() for _ in range(min(BATCH, len(self._queue)))]
        try:
            retentions = await self._look_up(sightings)
            batch = await asyncio.to_thread(self.seal_batch, sightings, retentions)
            await retrying(lambda: store.insert_sealed(self._database, batch.keys, batch.records))
        except BaseException:
            self._keys.forget()
            self._queue.extendleft(reversed(sightings))
            raise
        self.sealed += len(batch.records)

    async def _look_up(self, sightings: Iterable[Sighting]) -> dict[AccountId, int]:
        """Find stored keys of days that are not in memory; gives the retentions of accounts that have none yet."""
        new: dict[date, set[AccountId]] = {}
        for sighting in sightings:
            if self._known(sighting) is None:
                new.setdefault(rules.day_of(sighting.address.at), set()).add(sighting.account)
        missing: set[AccountId] = set()
        for day, accounts in new.items():
            missing |= await self._find(day, sorted(accounts))
        if not missing:
            return {}
        return await retrying(lambda: store.retentions(self._database, sorted(missing)))

    async def _find(self, day: date, accounts: list[AccountId]) -> set[AccountId]:
        rows = await retrying(lambda: store.public_keys(self._database, day, accounts))
        self._keys.recognize(rows, rules.eligible(self._custodians, day))
        return {account for account in accounts if self._keys.known(account, day) is None}

    def _known(self, sighting: Sighting) -> PublicDayKey | None:
        return self._keys.known(sighting.account, rules.day_of(sighting.address.at))

    def seal_batch(self, sightings: Sequence[Sighting], retentions: Mapping[AccountId, int]) -> SealedBatch:
        """Seal addresses with the keys of their days, making those that are missing; no database is touched."""
        batch = SealedBatch()
        for sighting in sightings:
            key = self._known(sighting) or self._make(sighting, retentions, batch)
            if key is None:
                continue
            account, day = key.name.account, key.name.day
            sealed = envelopes.seal_address(sighting.address, account, day, key.key)
            batch.records.append(SealedRecord(key.name, secrets.randbits(_ID_BITS), sealed))
        return batch

    def _make(
        self, sighting: Sighting, retentions: Mapping[AccountId, int], batch: SealedBatch
    ) -> PublicDayKey | None:
        day = rules.day_of(sighting.address.at)
        custodians = rules.eligible(self._custodians, day)
        if not rules.enough(custodians):
            return None
        public, row = self._keys.make(sighting.account, day, custodians, retentions.get(sighting.account))
        batch.keys.append(row)
        return public

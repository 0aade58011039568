"""What accounts may do now, answered from memory at every send; read anew after decisions and on a beat."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import Final

from parley.core.clock import Clock
from parley.core.ids import AccountId
from parley.safety.enforcement import rules, store
from parley.safety.enforcement.model import Sanction, Standing
from parley.storage.database import Database

REFRESH_S: Final = 5.0
_FREE: Final = Standing()


class AccountStandings:
    """A process's view of all limits on accounts. Few accounts have any, so all of them fit in memory."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._sanctions: dict[AccountId, list[Sanction]] = {}

    def of(self, account: AccountId) -> Standing:
        """What the account may do at this moment; no I/O."""
        found = self._sanctions.get(account)
        return rules.standing(found, self._clock.now()) if found else _FREE

    async def refresh(self) -> None:
        """Read the limits anew; called at start and right after a decision of this process."""
        grouped: dict[AccountId, list[Sanction]] = defaultdict(list)
        for sanction in await store.active(self._database, self._clock.now()):
            grouped[sanction.account].append(sanction)
        self._sanctions = dict(grouped)

    async def run(self) -> None:
        """Follow the decisions of other processes; started under the supervisor."""
        while True:
            await self.refresh()
            await asyncio.sleep(REFRESH_S)

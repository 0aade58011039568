"""Lease rows: among all processes on a database, one does each piece of background work.

Times are the database's, so that no process's clock can lengthen its lease.
"""

import logging
import secrets
import time
from typing import Final

from parley.storage.database import Database

log = logging.getLogger(__name__)

LEASE_S: Final = 15


class Lease:
    """The right to do the work called ``name``, taken and kept by ``hold`` and lost 15 s after the last call."""

    def __init__(self, database: Database, name: str, *, seconds: int = LEASE_S) -> None:
        self.name = name
        self._database = database
        self._seconds = seconds
        self._holder = secrets.token_hex(8)
        self._sure_until = 0.0

    async def hold(self) -> bool:
        """Take or renew the lease; whether it is ours. Costs a statement once per third of its time only."""
        asked = time.monotonic()
        if asked < self._sure_until:
            return True
        holder = await self._database.fetchval(
            """
            INSERT INTO outbox.leases AS held (name, holder, until)
            VALUES ($1, $2, clock_timestamp() + make_interval(secs => $3))
            ON CONFLICT (name) DO UPDATE SET holder = EXCLUDED.holder, until = EXCLUDED.until
            WHERE held.holder = EXCLUDED.holder OR held.until < clock_timestamp()
            RETURNING holder
            """,
            self.name, self._holder, self._seconds,
        )  # fmt: skip
        ours: bool = holder == self._holder
        self._sure_until = asked + self._seconds / 3 if ours else 0.0
        return ours

    async def release(self) -> None:
        """Let another process take over at once."""
        self._sure_until = 0.0
        await self._database.execute(
            "DELETE FROM outbox.leases WHERE name = $1 AND holder = $2", self.name, self._holder
        )


class Leases:
    """All leases of a process, which it lets go of together when it ends in order."""

    def __init__(self) -> None:
        self._taken: list[Lease] = []

    def take(self, database: Database, name: str) -> Lease:
        """The right to do the work called ``name``."""
        lease = Lease(database, name)
        self._taken.append(lease)
        return lease

    async def release(self) -> None:
        """Let the next start go on at once; without it every piece of work waits for 15 s.

        Call it when nothing works any more: who works takes the lease again.
        """
        try:
            for lease in self._taken:
                await lease.release()
        except Exception as error:
            # A database that is gone keeps nobody from stopping: the leases end by themselves.
            log.warning("leases were not released: %s", type(error).__name__)

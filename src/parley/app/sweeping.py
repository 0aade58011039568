"""What has to be cleared away now and then: shredded days, wiped deliveries, lapsed suspensions, old removals."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from parley.storage.leases import Lease

_EVERY_S = 60.0
#: One piece of the work; what it gives back is for its own callers.
Step = Callable[[], Awaitable[object]]


class Sweeping:
    """Does every step once a minute, in one process at a time; `look` does them now."""

    def __init__(self, lease: Lease, steps: Sequence[Step], *, every_s: float = _EVERY_S) -> None:
        self._lease = lease
        self._steps = tuple(steps)
        self._every_s = every_s
        self._busy = asyncio.Lock()

    async def run(self) -> None:
        """Work for ever; started as a service under the supervisor."""
        while True:
            await self.look()
            await asyncio.sleep(self._every_s)

    async def look(self) -> None:
        """Do every step now, if this process holds the lease."""
        if await self._lease.hold():
            async with self._busy:
                for step in self._steps:
                    await step()

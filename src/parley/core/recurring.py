"""Work that comes back: a pause that can be cut short, and what one process at a time does again and again."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable


class Alarm:
    """Lets a loop sleep for a time, or until somebody rings."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()

    def ring(self) -> None:
        """End the sleep now, or the next one at once; never waits."""
        self._rung.set()

    async def sleep(self, seconds: float) -> None:
        """Sleep at most so long; not at all when somebody rang since the last sleep."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._rung.wait(), seconds)
        self._rung.clear()


class Recurring:
    """Does `work` every so many seconds and whenever it is woken, in the process that `holds` the lease."""

    def __init__(
        self, work: Callable[[], Awaitable[object]], holds: Callable[[], Awaitable[bool]], every_s: float
    ) -> None:
        self._work = work
        self._holds = holds
        self._every_s = every_s
        self._alarm = Alarm()
        self._busy = asyncio.Lock()

    def wake(self) -> None:
        """Look now instead of at the next time."""
        self._alarm.ring()

    async def run(self) -> None:
        """Work for ever; started as a service under the supervisor."""
        while True:
            await self.look()
            await self._alarm.sleep(self._every_s)

    async def look(self) -> None:
        """Do the work now, if this process holds the lease."""
        if await self._holds():
            async with self._busy:
                await self._work()

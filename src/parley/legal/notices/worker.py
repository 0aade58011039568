"""The background work of notices: when a gag has ended, the person is told within the minute."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from parley.legal.notices.service import Notices

POLL_S = 15.0


class NoticeWorker:
    """Sends what is due. `holds` says whether this process holds the lease; `wake` looks at the clock at once."""

    def __init__(self, notices: Notices, holds: Callable[[], Awaitable[bool]], *, poll_s: float = POLL_S) -> None:
        self._notices = notices
        self._holds = holds
        self._poll_s = poll_s
        self._woken = asyncio.Event()
        self._busy = asyncio.Lock()

    def wake(self) -> None:
        """Look now instead of at the next poll: the development clock moved, or a batch was signed."""
        self._woken.set()

    async def run(self) -> None:
        """Work for ever; started as a service under the supervisor."""
        while True:
            self._woken.clear()
            await self.look()
            await self._pause()

    async def look(self) -> None:
        """Look at the clock now and send what is due, if this process holds the lease."""
        if await self._holds():
            async with self._busy:
                await self._notices.send_due()

    async def _pause(self) -> None:
        try:
            await asyncio.wait_for(self._woken.wait(), self._poll_s)
        except TimeoutError:
            return

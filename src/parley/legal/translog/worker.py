"""The background work of the log: the hourly batch and the quarterly opening, in one process at a time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from parley.legal.translog.errors import TranslogError
from parley.legal.translog.quarterly import Quarterly
from parley.legal.translog.service import Translog

log = logging.getLogger(__name__)

POLL_S = 5.0


class Worker:
    """Writes what is due. `holds` says whether this process holds the lease; `wake` looks at the clock at once."""

    def __init__(
        self,
        translog: Translog,
        quarterly: Quarterly,
        holds: Callable[[], Awaitable[bool]],
        *,
        poll_s: float = POLL_S,
    ) -> None:
        self._translog = translog
        self._quarterly = quarterly
        self._holds = holds
        self._poll_s = poll_s
        self._woken = asyncio.Event()
        self._busy = asyncio.Lock()
        self.refusal: str | None = None
        """Why the log cannot be continued, for health checks and the desk; None while all is well."""

    def wake(self) -> None:
        """Look now instead of at the next poll: the development clock moved."""
        self._woken.set()

    async def run(self) -> None:
        """Work for ever; started as a service under the supervisor."""
        while True:
            self._woken.clear()
            await self.look()
            await self._pause()

    async def look(self) -> None:
        """Look at the clock now and write what is due, if this process holds the lease."""
        if await self._holds():
            async with self._busy:
                await self.tick()

    def refuse(self, error: TranslogError) -> None:
        """Note, loudly, that the log cannot be continued; everything else of the server goes on."""
        self.refusal = str(error)
        log.critical("the public log is not continued: %s", error)

    async def tick(self) -> None:
        """Write the batch and open the quarters that are due now.

        A log that cannot be continued is refused again and again, loudly, until a person decides.
        """
        try:
            await self._translog.write_due()
            await self._quarterly.publish_due()
        except TranslogError as error:
            self.refuse(error)
        else:
            self.refusal = None

    async def _pause(self) -> None:
        try:
            await asyncio.wait_for(self._woken.wait(), self._poll_s)
        except TimeoutError:
            return

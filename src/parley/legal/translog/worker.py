"""The background work of the log: the hourly batch and the quarterly opening, in one process at a time."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Final

from parley.core.recurring import Recurring
from parley.legal.translog.errors import TranslogError
from parley.legal.translog.quarterly import Quarterly
from parley.legal.translog.service import Translog

log = logging.getLogger(__name__)

POLL_S = 5.0
#: The lease under which one process at a time writes the log.
WORK: Final = "public log"


class Worker(Recurring):
    """Writes what is due. `holds` says whether this process holds the lease."""

    def __init__(
        self,
        translog: Translog,
        quarterly: Quarterly,
        holds: Callable[[], Awaitable[bool]],
        *,
        poll_s: float = POLL_S,
    ) -> None:
        super().__init__(self.tick, holds, poll_s)
        self._translog = translog
        self._quarterly = quarterly
        self.refusal: str | None = None
        """Why the log cannot be continued, for health checks and the desk; None while all is well."""

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

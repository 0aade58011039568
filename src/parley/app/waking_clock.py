"""The development clock: when it moves, everything that fell due by it is done before the answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime

from parley.core.clock import AdjustableClock
from parley.storage.outbox import Relay

Look = Callable[[], Awaitable[None]]


class WakingClock:
    """Fills the port `MovableClock`.

    `looks` follow the clock, in an order in which one's effects are the next one's cause: the log's batch comes
    before the notices that need its receipts. Between them the outbox is emptied, so that an entry that was
    decided before the step stands in the batch of the step.
    """

    def __init__(self, clock: AdjustableClock, relay: Relay | None, looks: tuple[Look, ...]) -> None:
        self._clock = clock
        self._relay = relay
        self._looks = looks

    def now(self) -> datetime:
        """Give the time."""
        return self._clock.now()

    async def advance(self, seconds: float) -> None:
        """Move ahead and let everything that follows the clock look at it.

        The outbox is emptied first: the log's own worker may see the new hour before anything here does, and its
        batch must hold what was decided before.
        """
        await self._empty()
        self._clock.advance(seconds)
        for look in self._looks:
            await look()
            await self._empty()

    async def _empty(self) -> None:
        while self._relay is not None and await self._relay.deliver_due():
            continue

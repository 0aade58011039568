"""What has to be cleared away now and then: shredded days, wiped deliveries, lapsed suspensions, old removals."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from parley.core.recurring import Recurring
from parley.storage.leases import Lease

_EVERY_S = 60.0
#: One piece of the work; what it gives back is for its own callers.
Step = Callable[[], Awaitable[object]]


class Sweeping(Recurring):
    """Does every step once a minute, in one process at a time."""

    def __init__(self, lease: Lease, steps: Sequence[Step], *, every_s: float = _EVERY_S) -> None:
        super().__init__(self._sweep, lease.hold, every_s)
        self._steps = tuple(steps)

    async def _sweep(self) -> None:
        for step in self._steps:
            await step()

"""Who moves the development clock finds everything done that fell due, in the order of cause and effect."""

from __future__ import annotations

from parley.app.waking_clock import WakingClock
from parley.core.clock import AdjustableClock, ManualClock


class Outbox:
    """An outbox with so many items; `done` is what happened, in order."""

    def __init__(self, items: int, done: list[str]) -> None:
        self.items, self.done = items, done

    async def deliver_due(self) -> int:
        found, self.items = self.items, 0
        if found:
            self.done.append(f"delivered {found}")
        return found


class WatchedClock(AdjustableClock):
    """A clock that notes when it is moved: from that moment on anybody's loop may see the new hour."""

    done: list[str]

    def advance(self, seconds: float) -> None:
        self.done.append("moved")
        super().advance(seconds)


async def test_a_step_brings_decided_entries_the_batch_and_then_the_notices(clock: ManualClock) -> None:
    done: list[str] = []
    outbox = Outbox(2, done)

    async def batch() -> None:
        done.append(f"batch of {moving.now():%H:%M}")
        outbox.items = 1

    async def notices() -> None:
        done.append("notices")

    watched = WatchedClock(clock)
    watched.done = done
    moving = WakingClock(watched, outbox, (batch, notices))  # type: ignore[arg-type]
    await moving.advance(3600)
    assert done == ["delivered 2", "moved", "batch of 10:00", "delivered 1", "notices"]

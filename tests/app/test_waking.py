"""A decision in one process takes effect in another at once, not at its next beat."""

from __future__ import annotations

from parley.app.waking import ToldSealers, on_wake, wake
from parley.core.parts import Part
from parley.storage.bus import LocalBus


async def test_the_part_that_is_meant_looks_at_once() -> None:
    """Who enrols as a custodian, and what a moderator decides, wakes the part that seals and enforces."""
    bus, looked = LocalBus(), []

    async def look() -> None:
        looked.append(True)

    await on_wake(bus, Part.MTPROTO, look)
    await wake(bus, Part.MTPROTO)
    await ToldSealers(bus).refresh()
    await wake(bus, Part.LEGAL)
    assert len(looked) == 2

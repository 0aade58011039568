"""Development mode works the same when the parts are separate processes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from parley.app.development import NoOfficers, SharedClock, SharedCodes
from parley.core.clock import AdjustableClock, ManualClock
from parley.messenger.accounts.model import CodeDelivery
from parley.storage.bus import LocalBus


async def test_a_code_that_one_part_sends_is_shown_by_another() -> None:
    """Whoever develops a client reads the code where the page is."""
    bus = LocalBus()
    sending, showing = SharedCodes(bus), SharedCodes(bus)
    await showing.follow()
    await sending.send(CodeDelivery("4915550000042", "12345", None, datetime(2026, 11, 26, tzinfo=UTC)))
    assert showing.newest("+49 155 50000042") == sending.newest("+49 155 50000042") == "12345"


class _SharedBus(LocalBus):
    """A bus on which several processes are."""

    spans_processes = True


async def test_an_undivided_server_takes_a_step_once() -> None:
    """A day that is added is one day, also where nobody else is there to hear of it."""
    clock, bus = AdjustableClock(ManualClock()), LocalBus()
    alone = SharedClock(clock, None, (), bus)
    await alone.follow()
    await alone.advance(3600)
    assert clock.offset == timedelta(hours=1)


async def test_every_part_takes_a_step_of_the_clock_once() -> None:
    """A step ends gags, batches and retention alike, whichever process does each."""
    bus, looked = _SharedBus(), []

    async def look() -> None:
        looked.append(True)

    clocks = [AdjustableClock(ManualClock()) for _ in range(3)]
    pages, *others = [SharedClock(clock, None, (look,), bus) for clock in clocks]
    for other in others:
        await other.follow()
    await pages.advance(3600)
    assert [clock.offset for clock in clocks] == [timedelta(hours=1)] * 3
    assert len(looked) == 3


async def test_a_part_without_officers_lets_none_in() -> None:
    """The moderators' pages sign no officer in."""
    assert await NoOfficers().officer_by_name("Roth") is None

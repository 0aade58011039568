"""What comes back in the background is never late for a call, and is done by whoever holds the lease."""

import asyncio

from parley.core.recurring import Alarm, Recurring
from tests.journeys.waiting import LIMIT_S

LONG_S = 3600.0


async def test_a_ring_before_the_sleep_counts_once() -> None:
    alarm = Alarm()
    alarm.ring()
    alarm.ring()
    async with asyncio.timeout(LIMIT_S):
        await alarm.sleep(LONG_S)
    second = asyncio.ensure_future(alarm.sleep(LONG_S))
    await asyncio.sleep(0)
    assert not second.done()
    alarm.ring()
    async with asyncio.timeout(LIMIT_S):
        await second


async def test_a_sleep_ends_by_itself() -> None:
    async with asyncio.timeout(LIMIT_S):
        await Alarm().sleep(0.001)


async def test_work_is_done_at_once_and_whenever_it_is_woken_and_only_with_the_lease() -> None:
    done: asyncio.Queue[int] = asyncio.Queue()
    asked: asyncio.Queue[int] = asyncio.Queue()
    leased = True

    async def work() -> None:
        done.put_nowait(1)

    async def holds() -> bool:
        asked.put_nowait(1)
        return leased

    recurring = Recurring(work, holds, LONG_S)
    running = asyncio.ensure_future(recurring.run())
    async with asyncio.timeout(LIMIT_S):
        await done.get()
        recurring.wake()
        await done.get()
        leased = False
        for _ in range(asked.qsize()):
            asked.get_nowait()
        recurring.wake()
        await asked.get()
        await asyncio.sleep(0)
    running.cancel()
    assert done.empty()

"""With several processes, a person connected to one hears what happened in another."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

from parley.core.ids import AccountId, BoxId
from parley.core.tasks import Supervisor
from parley.messenger.messages.boxes import Append, append_writer
from parley.messenger.messages.model import BoxEvent, EventKind, NewMessage
from parley.messenger.updates.wakeups import Wakeups
from parley.storage.bus import LocalBus
from parley.storage.pools import Pools
from tests.journeys.waiting import LIMIT_S

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
BOX = BoxId(7)


class SharedBus(LocalBus):
    """A bus between two 'processes' of this test."""

    spans_processes = True


class Recorder:
    """Stands for a process's fan-out."""

    def __init__(self, box: BoxId | None) -> None:
        self.box = box
        self.heard: list[BoxEvent] = []
        self.woken = asyncio.Event()

    def listeners(self, box: BoxId) -> int:
        return int(box == self.box)

    def publish(self, events: Sequence[BoxEvent], *, origin: int | None = None) -> None:
        self.heard += events
        self.woken.set()


async def test_an_event_is_heard_in_the_other_process(pools: Pools) -> None:
    """It is read from the database there, once, and only where somebody listens."""
    async with Supervisor() as tasks:
        db, bus = pools.of("messenger"), SharedBus()
        here, there, elsewhere = Recorder(BOX), Recorder(BOX), Recorder(None)
        sinks = [Wakeups(fanout, bus, db, tasks) for fanout in (here, there, elsewhere)]  # type: ignore[arg-type]
        for sink in sinks:
            await sink.start()
        message = NewMessage(text="hello", random_id=1)
        item = Append(BOX, BoxId(8), AccountId(8), AccountId(8), NOON, False, message, None)
        stored = await append_writer(db, tasks).write(item)
        sinks[0].publish([BoxEvent(BOX, stored.pts, 1, EventKind.NEW_MESSAGE, NOON)])
        await asyncio.wait_for(there.woken.wait(), LIMIT_S)
        assert [event.message.text for event in there.heard if event.message] == ["hello"]
        assert len(here.heard) == 1
        assert elsewhere.heard == []

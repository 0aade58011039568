"""Lets sessions in other processes hear of a box: the bus says that it moved, the events come from the database.

One message per batch of events and one read per process; whatever is lost on the way the clients fetch themselves.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence

from parley.core.ids import BoxId
from parley.core.tasks import Supervisor
from parley.messenger.messages.model import BoxEvent
from parley.messenger.updates import store
from parley.messenger.updates.fanout import Fanout
from parley.storage.bus import Bus
from parley.storage.database import Database

SUBJECT = "box"
READ_LIMIT = 200


class Wakeups:
    """The messages' EventSink of a server with several processes; pushes here at once, elsewhere by the bus."""

    def __init__(self, fanout: Fanout, bus: Bus, database: Database, tasks: Supervisor) -> None:
        self._fanout = fanout
        self._bus = bus
        self._database = database
        self._tasks = tasks
        self._process = secrets.token_hex(8)

    async def start(self) -> None:
        """Hear other processes."""
        if self._bus.spans_processes:
            await self._bus.subscribe(f"{SUBJECT}.>", self._woken)

    def publish(self, events: Sequence[BoxEvent], *, origin: int | None = None) -> None:
        """See EventSink."""
        self._fanout.publish(events, origin=origin)
        counted = [event for event in events if event.pts_count]
        if counted and self._bus.spans_processes:
            before = counted[0].pts - counted[0].pts_count
            body = json.dumps([self._process, events[0].box_id, before, counted[-1].pts]).encode()
            self._tasks.once("wake other processes", self._bus.publish(f"{SUBJECT}.{events[0].box_id}", body))

    async def _woken(self, subject: str, payload: bytes) -> None:
        process, box, before, reached = json.loads(payload)
        if process == self._process or not self._fanout.listeners(BoxId(box)):
            return
        events = await store.events_after(self._database, BoxId(box), before, READ_LIMIT)
        self._fanout.publish([event for event in events if event.pts <= reached])

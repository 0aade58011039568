"""Repeats what happened in one box in the box of the other end: copies of messages, edits, deletions, read marks.

Copies of new messages go out at once and batched; everything else follows in order, after the copies that it may
speak of. A row stays in the database until its repeat is committed, so a crash loses nothing; every repeat is
harmless when it was done before.
"""

from __future__ import annotations

import asyncio
import logging
from asyncio import Future
from collections import defaultdict
from datetime import timedelta
from functools import partial
from typing import Final

from parley.core.clock import Clock
from parley.core.ids import AccountId, BoxId, MessageId
from parley.core.tasks import Supervisor
from parley.messenger.messages import boxes, relay_store, store
from parley.messenger.messages.boxes import Append, Appended, Status
from parley.messenger.messages.model import BoxEvent, EventKind, Message, NewMessage
from parley.messenger.messages.ports import EventSink
from parley.messenger.messages.relay_store import Key, RelayKind, RelayRow
from parley.storage.database import Database
from parley.storage.leases import Lease

log = logging.getLogger(__name__)

LANES: Final = 4
FORGET_PAUSE_S: Final = 0.2
SWEEP_PAUSE_S: Final = 20.0
OVERDUE: Final = timedelta(seconds=20)
SWEEP_BATCH: Final = 500


class Relay:
    """The relay of one process. `start` begins its background work; `close` finishes what was accepted."""

    def __init__(self, database: Database, tasks: Supervisor, clock: Clock, sink: EventSink, lease: Lease) -> None:
        self._database = database
        self._tasks = tasks
        self._clock = clock
        self._sink = sink
        self._lease = lease
        self._writer = boxes.append_writer(database, tasks)
        self._flying: dict[tuple[BoxId, BoxId], set[Future[Appended]]] = defaultdict(set)
        self._lanes: list[asyncio.Queue[tuple[BoxId, int]]] = [asyncio.Queue() for _ in range(LANES)]
        self._done: list[Key] = []
        self._some_done = asyncio.Event()

    def start(self) -> None:
        """Begin: sweep up what an earlier process left, then serve."""
        for lane in self._lanes:
            self._tasks.service("relay lane", partial(self._serve, lane))
        self._tasks.service("relay forget", self._forget)
        self._tasks.service("relay sweep", self._sweep)

    def send_copy(self, source: Append, stored: Appended) -> None:
        """Carry a new message that was just appended to its target; returns at once."""
        assert source.target is not None
        key = (source.box_id, stored.pts, source.target)
        self._deliver(_copy(source, stored), key)

    def follow(self, box: BoxId, pts: int) -> None:
        """Carry what the event `pts` of `box` left to repeat; returns at once."""
        self._lanes[box % LANES].put_nowait((box, pts))

    async def settle(self) -> None:
        """Wait until all that was handed over so far is repeated."""
        for lane in self._lanes:
            await lane.join()
        while flying := [future for futures in self._flying.values() for future in futures]:
            await asyncio.wait(flying)

    async def close(self) -> None:
        """Finish what was accepted."""
        await self.settle()
        await self._writer.close()
        await self._forget_now()

    async def sweep(self, overdue: timedelta = OVERDUE) -> int:
        """Repeat rows older than `overdue`, which a process that died has left; how many were repeated."""
        repeated = 0
        for row in await relay_store.overdue(self._database, self._clock.now() - overdue, SWEEP_BATCH):
            try:
                await self._repeat(row)
                repeated += 1
            except Exception:
                log.exception("a relay row of kind %s stays for the next sweep", row.kind.name)
        await self._forget_now()
        return repeated

    def _deliver(self, item: Append, key: Key) -> Future[Appended]:
        future = self._writer.submit(item)
        pair = (key[0], key[2])
        self._flying[pair].add(future)
        future.add_done_callback(partial(self._delivered, item, key, pair))
        return future

    def _delivered(self, item: Append, key: Key, pair: tuple[BoxId, BoxId], future: Future[Appended]) -> None:
        flying = self._flying[pair]
        flying.discard(future)
        if not flying:
            del self._flying[pair]
        if future.cancelled() or future.exception() is not None:
            log.warning("a copy stays in the relay's rows until the next sweep")
            return
        stored = future.result()
        if stored.status is Status.APPENDED:
            message = boxes.as_message(item, stored)
            event = BoxEvent(item.box_id, stored.pts, 1, EventKind.NEW_MESSAGE, stored.date, message=message)
            self._sink.publish([event])
        self._note_done(key)

    def _note_done(self, key: Key) -> None:
        self._done.append(key)
        self._some_done.set()

    async def _serve(self, lane: asyncio.Queue[tuple[BoxId, int]]) -> None:
        while True:
            box, pts = await lane.get()
            try:
                for row in await relay_store.rows_of(self._database, box, pts):
                    await self._repeat(row)
            except Exception:
                log.exception("a change stays in the relay's rows until the next sweep")
            finally:
                lane.task_done()

    async def _forget(self) -> None:
        while True:
            await self._some_done.wait()
            await asyncio.sleep(FORGET_PAUSE_S)
            await self._forget_now()

    async def _forget_now(self) -> None:
        self._some_done.clear()
        keys, self._done = self._done, []
        if keys:
            await relay_store.done(self._database, keys)

    async def _sweep(self) -> None:
        """At the start everything that is left, whoever else runs: a repeat is harmless, a wait is felt."""
        while await self.sweep(timedelta()) == SWEEP_BATCH:
            continue
        while True:
            await asyncio.sleep(SWEEP_PAUSE_S)
            if await self._lease.hold():
                await self.sweep()

    async def _repeat(self, row: RelayRow) -> None:
        if row.kind is RelayKind.NEW:
            await self._repeat_new(row)
            return
        if flying := self._flying.get((row.box_id, row.target)):
            await asyncio.wait(flying)
        event = await _REPEATS[row.kind](self._database, row)
        if event is not None:
            self._sink.publish([event])
        self._note_done((row.box_id, row.pts, row.target))

    async def _repeat_new(self, row: RelayRow) -> None:
        """Carry a copy again, as the message now is; one that was deleted meanwhile needs none."""
        assert row.message_id is not None
        found = await store.messages_by_id(self._database, row.box_id, [row.message_id])
        key = (row.box_id, row.pts, row.target)
        if message := found.get(row.message_id):
            await self._deliver(_copy_of(message, row), key)
        else:
            self._note_done(key)


def _copy(source: Append, stored: Appended) -> Append:
    assert source.target is not None
    return Append(
        box_id=source.target,
        peer=source.box_id,
        from_id=source.from_id,
        sender_id=source.sender_id,
        date=source.date,
        out=False,
        message=source.message,
        extra=source.extra,
        reply_ref=stored.reply_ref or (0, 0),
    )


def _copy_of(message: Message, row: RelayRow) -> Append:
    new = NewMessage(
        text=message.text,
        random_id=message.random_id or 0,
        entities=message.entities,
        quote=message.quote,
        forward=message.forward,
        media=message.media,
        action=message.action,
        silent=message.silent,
        no_forwards=message.no_forwards,
        post_author=message.post_author,
        grouped_id=message.grouped_id,
    )
    return Append(
        box_id=row.target,
        peer=row.box_id,
        from_id=message.from_id,
        sender_id=message.author_id or AccountId(0),
        date=message.date,
        out=False,
        message=new,
        extra=boxes.extra_of(new),
        reply_ref=tuple(row.body) if row.body else (0, 0),
    )


async def _repeat_edit(db: Database, row: RelayRow) -> BoxEvent | None:
    body = row.body
    copy = (body["sender"], body["random"])
    pts, message = await store.edit_copy(db, row.target, copy, body["text"], body["extra"], body["edits"], row.at)
    if not pts:
        return None
    found = await store.messages_by_id(db, row.target, [message])
    return BoxEvent(row.target, pts, 1, EventKind.EDIT_MESSAGE, row.at, message=found.get(message))


async def _repeat_delete(db: Database, row: RelayRow) -> BoxEvent | None:
    copies = [(sender, random) for sender, random in row.body["copies"]]
    pts, gone = await store.delete_copies(db, row.target, copies, row.at)
    if not pts:
        return None
    return BoxEvent(row.target, pts, len(gone), EventKind.DELETE_MESSAGES, row.at, message_ids=tuple(gone))


async def _repeat_read(db: Database, row: RelayRow) -> BoxEvent | None:
    newest = (row.body["sender"], row.body["random"])
    pts, seen = await store.read_by_peer(db, row.target, row.box_id, newest, row.at)
    if not pts:
        return None
    peer = boxes.peer_of_box(row.box_id)
    return BoxEvent(row.target, pts, 1, EventKind.READ_OUTBOX, row.at, peer=peer, max_id=MessageId(seen))


async def _repeat_pin(db: Database, row: RelayRow) -> BoxEvent | None:
    copies = [(sender, random) for sender, random in row.body["copies"]]
    pinned = row.body["pinned"]
    pts, changed = await store.pin_copies(db, row.target, row.box_id, copies, pinned, row.at)
    if not pts:
        return None
    return BoxEvent(
        row.target, pts, len(changed), EventKind.PINNED_MESSAGES, row.at,
        peer=boxes.peer_of_box(row.box_id), message_ids=tuple(changed), pinned=pinned,
    )  # fmt: skip


_REPEATS = {
    RelayKind.EDIT: _repeat_edit,
    RelayKind.DELETE: _repeat_delete,
    RelayKind.READ: _repeat_read,
    RelayKind.PIN: _repeat_pin,
}

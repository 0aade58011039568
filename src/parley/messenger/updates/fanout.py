"""Pushes what was committed to the sessions that should hear it: encoded once per view, no statement per receiver.

Push is best effort; a client that misses something sees the gap in `pts` and asks for the difference. In a
channel with very many listeners only sessions that read it get the content; the others get a hint until they look.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from parley.core.ids import AccountId, BoxId, ChannelId, box_of_account, box_of_channel, channel_of_box
from parley.core.tasks import Supervisor
from parley.messenger.messages.model import BoxEvent
from parley.messenger.updates.ports import Encoder, Listener, Memberships

log = logging.getLogger(__name__)

LANES: Final = 4
HINTED_ABOVE: Final = 2000
"""In a channel with more listeners than this, those that do not read it get a hint instead of the content."""
YIELD_EVERY: Final = 200
"""Pushes between two chances for the rest of the program."""


@dataclass(frozen=True, slots=True)
class _Job:
    box: BoxId
    what: Sequence[object]
    origin: int | None
    only: AccountId | None = None


class Fanout:
    """Who listens to which box in this process. Used on the event loop only."""

    def __init__(
        self, tasks: Supervisor, encoder: Encoder, memberships: Memberships, hinted_above: int = HINTED_ABOVE
    ) -> None:
        self._tasks = tasks
        self._encoder = encoder
        self._memberships = memberships
        self._hinted_above = hinted_above
        self._boxes: dict[BoxId, dict[Listener, AccountId]] = {}
        self._of_listener: dict[Listener, set[BoxId]] = {}
        self._accounts: dict[Listener, AccountId] = {}
        self._of_account: dict[AccountId, dict[Listener, None]] = {}
        self._readers: dict[BoxId, set[Listener]] = {}
        self._hinted: dict[BoxId, set[Listener]] = {}
        self._lanes: list[asyncio.Queue[_Job]] = [asyncio.Queue() for _ in range(LANES)]

    def start(self) -> None:
        """Begin to push."""
        for lane in self._lanes:
            self._tasks.service("fan-out lane", partial(self._serve, lane))

    async def attach(self, listener: Listener, account: AccountId) -> None:
        """From now on `listener` hears of its account's box and of its channels; again is harmless."""
        if listener in self._of_listener:
            return
        self._of_listener[listener] = set()
        self._accounts[listener] = account
        self._of_account.setdefault(account, {})[listener] = None
        self._add(listener, account, box_of_account(account))
        for channel in await self._memberships.of_account(account):
            if listener in self._of_listener:
                self._add(listener, account, box_of_channel(channel))

    def detach(self, listener: Listener) -> None:
        """The session is gone, or its account signed out."""
        for box in self._of_listener.pop(listener, set()):
            self._remove(listener, box)
        account = self._accounts.pop(listener, None)
        if account is not None:
            listeners = self._of_account[account]
            del listeners[listener]
            if not listeners:
                del self._of_account[account]

    def membership_changed(self, account: AccountId, channel: ChannelId, *, inside: bool) -> None:
        """Somebody joined or left a channel."""
        box = box_of_channel(channel)
        for listener in self._of_account.get(account, {}):
            if inside:
                self._add(listener, account, box)
            else:
                self._of_listener[listener].discard(box)
                self._remove(listener, box)

    def reads(self, listener: Listener, channel: ChannelId) -> None:
        """The session just looked at a channel: it gets content, and a hint again when it falls behind."""
        box = box_of_channel(channel)
        self._hinted.get(box, set()).discard(listener)
        if listener in self._boxes.get(box, {}):
            self._readers.setdefault(box, set()).add(listener)

    def listeners(self, box: BoxId) -> int:
        """How many sessions here listen to a box."""
        return len(self._boxes.get(box, ()))

    def is_online(self, account: AccountId) -> bool:
        """Whether an account has a session here."""
        return account in self._of_account

    def publish(self, events: Sequence[BoxEvent], *, origin: int | None = None) -> None:
        """The messages' EventSink: committed events of one box, in order."""
        if events:
            self.tell(events[0].box_id, events, origin=origin)

    def tell(
        self, box: BoxId, what: Sequence[object], *, origin: int | None = None, only: AccountId | None = None
    ) -> None:
        """Tell a box's listeners (with `only`, that account's) anything that the encoder knows; never waits."""
        listeners = self._boxes.get(box)
        if listeners and not _is_only(listeners, origin):
            self._lanes[box % LANES].put_nowait(_Job(box, what, origin, only))

    async def settle(self) -> None:
        """Wait until everything told so far is pushed."""
        for lane in self._lanes:
            await lane.join()

    def _add(self, listener: Listener, account: AccountId, box: BoxId) -> None:
        self._of_listener[listener].add(box)
        self._boxes.setdefault(box, {})[listener] = account

    def _remove(self, listener: Listener, box: BoxId) -> None:
        for table in (self._readers, self._hinted):
            marked = table.get(box)
            if marked is not None:
                marked.discard(listener)
                if not marked:
                    del table[box]
        listeners = self._boxes.get(box)
        if listeners is not None:
            listeners.pop(listener, None)
            if not listeners:
                del self._boxes[box]

    async def _serve(self, lane: asyncio.Queue[_Job]) -> None:
        while True:
            job = await lane.get()
            try:
                await self._push(job)
            except Exception:
                log.exception("a push failed; the clients will ask for the difference")
            finally:
                lane.task_done()

    async def _push(self, job: _Job) -> None:
        listeners = list(self._boxes.get(job.box, {}).items())
        channel = channel_of_box(job.box)
        if channel is not None and len(listeners) > self._hinted_above:
            listeners = self._hint_others(job, channel, listeners)
        bodies: dict[Hashable, bytes | None] = {}
        box, what, origin, only = job.box, job.what, job.origin, job.only
        view_of = self._encoder.views(box, what)
        for number, (listener, account) in enumerate(listeners, 1):
            if not listener.wants_updates or listener.unique_id == origin or (only and account != only):
                continue
            layer = listener.layer
            view = view_of(account, layer)
            if view not in bodies:
                bodies[view] = await self._encoder.encode(box, what, account, layer)
            body = bodies[view]
            if body is not None:
                listener.push(body)
            if number % YIELD_EVERY == 0:
                await asyncio.sleep(0)

    def _hint_others(
        self, job: _Job, channel: ChannelId, listeners: list[tuple[Listener, AccountId]]
    ) -> list[tuple[Listener, AccountId]]:
        """Hint those that do not read the channel, each once until it looks; the readers remain."""
        readers = self._readers.get(job.box, set())
        hinted = self._hinted.setdefault(job.box, set())
        last = job.what[-1]
        pts = last.pts if isinstance(last, BoxEvent) else 0
        hints: dict[int, bytes] = {}
        for listener, _ in listeners:
            if listener in readers or listener in hinted or not pts or not listener.wants_updates:
                continue
            if listener.layer not in hints:
                hints[listener.layer] = self._encoder.too_long(channel, pts, listener.layer)
            listener.push(hints[listener.layer])
            hinted.add(listener)
        return [entry for entry in listeners if entry[0] in readers]


def _is_only(listeners: Mapping[Listener, AccountId], origin: int | None) -> bool:
    """Whether nobody listens but the session that did it: most senders have one device."""
    return origin is not None and len(listeners) == 1 and next(iter(listeners)).unique_id == origin

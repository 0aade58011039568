"""The messages of one process, put together: sending, changing, reading, dialogs, views, the relay."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from parley.core.clock import Clock
from parley.core.tasks import Supervisor
from parley.messenger.messages.changes import Changes
from parley.messenger.messages.dialogs import Dialogs
from parley.messenger.messages.mentions import Mentions
from parley.messenger.messages.ports import (
    Authors,
    Blocks,
    ChannelRights,
    Events,
    EventSink,
    PostListener,
    SendGate,
)
from parley.messenger.messages.reading import Reading, Views
from parley.messenger.messages.relay import Relay
from parley.messenger.messages.sending import Sending
from parley.storage.database import Database
from parley.storage.leases import Lease

VIEWS_PAUSE_S = 2.0


@dataclass(frozen=True, slots=True)
class Messages:
    """Every action on messages. `start` begins the background work; `close` finishes what was accepted."""

    sending: Sending
    changes: Changes
    reading: Reading
    dialogs: Dialogs
    mentions: Mentions
    views: Views
    relay: Relay
    tasks: Supervisor

    def start(self) -> None:
        """Begin relaying between boxes and storing views."""
        self.relay.start()
        self.tasks.service("store views", self._store_views)

    async def close(self) -> None:
        """Commit what was accepted, repeat it in the other boxes, store the views."""
        await self.sending.close()
        await self.relay.close()
        await self.views.flush()

    async def _store_views(self) -> None:
        while True:
            await asyncio.sleep(VIEWS_PAUSE_S)
            await self.views.flush()


def build(
    database: Database, tasks: Supervisor, clock: Clock, *, lease: Lease, gate: SendGate, blocks: Blocks,
    rights: ChannelRights, authors: Authors, sink: EventSink, posts: PostListener, events: Events,
) -> Messages:  # fmt: skip
    """Put the messages together on the messenger's database."""
    relay = Relay(database, tasks, clock, sink, lease)
    mentions = Mentions(database, rights, authors, events)
    return Messages(
        sending=Sending(
            database,
            tasks,
            clock,
            gate=gate,
            blocks=blocks,
            rights=rights,
            authors=authors,
            mentions=mentions,
            sink=sink,
            relay=relay,
            posts=posts,
        ),
        changes=Changes(database, clock, rights=rights, sink=sink, relay=relay, posts=posts),
        reading=Reading(database, rights),
        dialogs=Dialogs(database, clock, events),
        mentions=mentions,
        views=Views(database),
        relay=relay,
        tasks=tasks,
    )

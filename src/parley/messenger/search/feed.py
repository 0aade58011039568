"""Follows what is public: entities and posts reach the index (and whoever else listens) within about a second.

PostgreSQL is the truth. Each public channel's box is read from the `pts` up to which everybody has seen it, and
that `pts` is stored only after all consumers are done, so a crash repeats work and loses none.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from parley.core.ids import BoxId, ChannelId, box_of_channel, channel_of_box
from parley.core.peers import Peer, PeerKind
from parley.messenger.messages.model import BoxEvent, EventKind, Message
from parley.messenger.search import store
from parley.messenger.search.model import Post
from parley.messenger.search.ports import SearchIndex
from parley.messenger.updates import store as updates_store
from parley.storage.database import Database

_log = logging.getLogger(__name__)
_PAUSE_S = 0.3
_EVENTS = 500
_BOXES = 1000
_NAMES = 1000


class PostConsumer(Protocol):
    """Who wants to see public posts besides the index. May see them twice; an error has them shown again."""

    async def posts_seen(self, messages: Sequence[Message]) -> None:
        """Take in new or edited posts of one channel, in the order of their events."""
        ...


class PublicFeed:
    """The one indexer. `holds` says whether this process holds the lease of the work."""

    def __init__(
        self,
        database: Database,
        index: SearchIndex,
        holds: Callable[[], Awaitable[bool]],
        consumers: Sequence[PostConsumer] = (),
        *,
        fresh: bool = False,
    ) -> None:
        self._database = database
        self._index = index
        self._holds = holds
        self._consumers = tuple(consumers)
        self._fresh = fresh
        self._entities: set[Peer] = set()
        self._boxes: set[BoxId] = set()
        self._woken = asyncio.Event()

    def entity_changed(self, peer: Peer) -> None:
        """Look at a user or channel again; never waits."""
        self._entities.add(peer)
        if peer.kind is PeerKind.CHANNEL:
            self._boxes.add(peer.box)
        self._woken.set()

    def posted(self, messages: Sequence[Message]) -> None:
        """Hear of new or edited posts; never waits."""
        self._boxes.update(message.box_id for message in messages)
        self._woken.set()

    def removed(self, channel: ChannelId, ids: Sequence[int]) -> None:
        """Hear of posts that are gone; never waits."""
        self._boxes.add(box_of_channel(channel))
        self._woken.set()

    async def run(self) -> None:
        """Work for ever; started as a service under the supervisor."""
        while not await self._holds():  # noqa: ASYNC110  a lease has no event to wait for
            await asyncio.sleep(_PAUSE_S)
        await self._look_at_everything()
        while True:
            await self._woken.wait()
            await asyncio.sleep(_PAUSE_S)
            self._woken.clear()
            if await self._holds():
                await self.follow()

    async def follow(self) -> None:
        """Bring the index to what the database says of everything that changed."""
        entities, self._entities = self._entities, set()
        boxes, self._boxes = self._boxes, set()
        try:
            await self._put_entities(entities)
            reached = {box: await self._read_box(box) for box in boxes}
            self._index.commit()
        except Exception:
            self._entities |= entities
            self._boxes |= boxes
            self._woken.set()
            raise
        for box, pts in reached.items():
            if pts is not None:
                await store.set_progress(self._database, box, pts)

    async def _look_at_everything(self) -> None:
        """After a start: names may have changed while nobody listened, and boxes may have moved on."""
        if self._fresh:
            await store.forget_progress(self._database)
        after = ""
        while names := await store.public_names(self._database, after, _NAMES):
            self._entities.update(peer for _, peer in names)
            after = names[-1][0]
            await self.follow()
        self._boxes.update(await store.boxes_behind(self._database, _BOXES))
        await self.follow()

    async def _put_entities(self, peers: set[Peer]) -> None:
        users = [peer.id for peer in peers if peer.kind is PeerKind.USER]
        boxes = [peer.box for peer in peers if peer.kind is PeerKind.CHANNEL]
        found = await store.users(self._database, users) if users else []
        found += await store.channels(self._database, boxes) if boxes else []
        hidden = await store.withheld(self._database, peers) if peers else set()
        shown = [entity for entity in found if entity.peer not in hidden]
        for gone in peers - {entity.peer for entity in shown}:
            self._index.remove_entity(gone)
        self._index.put_entities(shown)

    async def _read_box(self, box: BoxId) -> int | None:
        """Read a channel's events since the last time; None when the channel is not public now."""
        channel = channel_of_box(box)
        if channel is None or not await store.channels(self._database, [box]):
            return None
        pts = await store.progress(self._database, box)
        while events := await updates_store.events_after(self._database, box, pts, _EVENTS):
            await self._take(Peer.channel(channel), events)
            pts = events[-1].pts
        return pts

    async def _take(self, channel: Peer, events: Sequence[BoxEvent]) -> None:
        """Bring the index to what the events say, and show their posts to the consumers, a run at once."""
        posts = [event.message for event in events if event.message is not None and _is_post(event.message)]
        for event in events:
            if event.kind is EventKind.DELETE_MESSAGES:
                self._index.remove_posts(channel, event.message_ids)
            elif event.message is not None and _is_post(event.message):
                message = event.message
                self._index.put_posts([Post(channel, message.id, message.text, int(message.date.timestamp()))])
        if posts:
            for consumer in self._consumers:
                await consumer.posts_seen(posts)


def _is_post(message: Message) -> bool:
    return message.action is None and bool(message.text)

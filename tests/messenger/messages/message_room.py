"""The messages feature on a real database, with everything above it played by plain objects."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass, field

import pytest

from parley.core.clock import ManualClock
from parley.core.ids import AccountId, BoxId, ChannelId, MessageId, box_of_account
from parley.core.peers import Peer
from parley.core.tasks import Supervisor
from parley.messenger.errors import Forbidden
from parley.messenger.messages import store
from parley.messenger.messages.model import BoxEvent, Message, NewMessage
from parley.messenger.messages.ports import PostRight
from parley.messenger.messages.sending import Sent
from parley.messenger.messages.service import Messages, build
from parley.messenger.updates.service import Updates
from parley.storage.database import Database
from parley.storage.leases import Lease
from parley.storage.pools import Pools

ALICE, BOB, CAROL = AccountId(1001), AccountId(1002), AccountId(1003)
NEWS = ChannelId(5001)


class OpenGate:
    """Lets everything pass."""

    async def check(self, sender: AccountId, peer: Peer, message: NewMessage) -> None:
        return None


@dataclass
class Doors:
    """Rights and blocks that a test sets; it counts how often fresh rights were asked for."""

    posters: set[AccountId] = field(default_factory=lambda: {ALICE})
    blocked: set[tuple[AccountId, AccountId]] = field(default_factory=set)
    hidden: dict[AccountId, str] = field(default_factory=dict)
    version: int | None = 0
    fresh_version: int = 0
    fresh_asked: int = 0

    async def hidden_name(self, author: AccountId, forwarder: AccountId) -> str | None:
        return self.hidden.get(author)

    async def named(self, usernames: Collection[str]) -> set[AccountId]:
        return set()

    async def has_blocked(self, owner: AccountId, person: AccountId) -> bool:
        return (owner, person) in self.blocked

    async def posting(self, channel: ChannelId, account: AccountId, *, fresh: bool = False) -> PostRight:
        if fresh:
            self.fresh_asked += 1
            self.version = self.fresh_version
        if account not in self.posters:
            raise Forbidden("CHAT_WRITE_FORBIDDEN")
        return PostRight(self.version, as_channel=True, counts_views=True)

    async def check_reading(self, channel: ChannelId, account: AccountId) -> None:
        return None

    async def members_among(self, channel: ChannelId, accounts: Sequence[AccountId]) -> list[AccountId]:
        return list(accounts)

    async def check_editing(self, channel: ChannelId, account: AccountId, message: Message) -> None:
        await self.posting(channel, account)

    async def check_deleting(self, channel: ChannelId, account: AccountId, messages: Sequence[Message]) -> None:
        await self.posting(channel, account)

    async def check_pinning(self, channel: ChannelId, account: AccountId) -> None:
        await self.posting(channel, account)


@dataclass
class Ears:
    """Hears every event and post."""

    events: list[BoxEvent] = field(default_factory=list)
    posts: list[Message] = field(default_factory=list)
    gone: list[MessageId] = field(default_factory=list)

    def publish(self, events: Sequence[BoxEvent], *, origin: int | None = None) -> None:
        self.events += events

    def posted(self, messages: Sequence[Message]) -> None:
        self.posts += messages

    def removed(self, channel: ChannelId, ids: Sequence[MessageId]) -> None:
        self.gone += ids

    def of(self, box: int) -> list[BoxEvent]:
        return [event for event in self.events if event.box_id == box]


@dataclass
class Told:
    """Keeps the facts about lists of chats."""

    facts: list[object] = field(default_factory=list)

    async def publish(self, event: object) -> None:
        self.facts.append(event)


@dataclass
class Room:
    """A running messages feature, and short words for what the tests do in it."""

    db: Database
    clock: ManualClock
    doors: Doors
    ears: Ears
    told: Told
    messages: Messages
    updates: Updates
    numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    async def send(self, sender: AccountId, to: AccountId | Peer, text: str, **more: object) -> Sent:
        peer = to if isinstance(to, Peer) else Peer.user(to)
        random_id = more.pop("random_id", None) or next(self.numbers)
        new = NewMessage(text=text, random_id=random_id, **more)  # type: ignore[arg-type]
        return await self.messages.sending.send(sender, peer, new)

    async def texts(self, account: AccountId, peer: Peer) -> list[str]:
        from parley.messenger.messages.model import Page

        page = await self.messages.reading.history(account, peer, Page(limit=100))
        return [message.text for message in page.messages]

    async def copy_for(self, account: AccountId, sent: Sent) -> Message:
        message = sent.message
        row = await self.db.fetchrow(
            f"SELECT {store.COLUMNS} FROM messenger.messages m"
            " WHERE m.box_id = $1 AND m.sender_id = $2 AND m.random_id = $3",
            box_of_account(account), message.author_id, message.random_id,
        )  # fmt: skip
        assert row is not None
        return store.message_of(row)

    async def settle(self) -> None:
        await self.messages.relay.settle()


@pytest.fixture
async def room(pools: Pools, clock: ManualClock) -> AsyncIterator[Room]:
    """The feature with its relay running; closed in order at the end."""
    doors, ears, told = Doors(), Ears(), Told()
    async with Supervisor() as tasks:
        db = pools.of("messenger")
        lease = Lease(pools.of("outbox"), "message relay")
        messages = build(
            db,
            tasks,
            clock,
            lease=lease,
            gate=OpenGate(),
            blocks=doors,
            rights=doors,
            authors=doors,
            sink=ears,
            posts=ears,
            events=told,
        )
        messages.relay.start()
        yield Room(db, clock, doors, ears, told, messages, Updates(db, clock, doors))
        await messages.close()


def gapless(events: Sequence[BoxEvent], box: BoxId | int, start: int = 1) -> bool:
    """Whether the events of a box follow each other without gap or repeat."""
    reached = start
    for event in events:
        if event.box_id != box or event.pts - event.pts_count != reached:
            return False
        reached = event.pts
    return True

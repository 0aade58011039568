"""A safety room over a real database, with a small world in place of the messenger."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from parley.core.clock import ManualClock
from parley.core.ids import AccountId, ChannelId, MessageId
from parley.safety.appeals.service import Appeals
from parley.safety.classify import linear
from parley.safety.classify.linear import LinearModel
from parley.safety.classify.model import PostSeen
from parley.safety.classify.service import Classifier, Rulebook
from parley.safety.enforcement.service import AccountStandings
from parley.safety.reports.service import Reports
from parley.safety.review.model import Moderator
from parley.safety.review.service import Review
from parley.safety.subjects import Snapshot, SnapshotPost, Subject
from parley.storage.database import Database
from parley.storage.pools import Pools

MALLORY, BOB, CAROL = AccountId(66), AccountId(2), AccountId(3)
SHOP = ChannelId(900)
ANN, BEN, EVE = Moderator("ann"), Moderator("ben"), Moderator("eve", child_safety=True)
ZOE = Moderator("zoe", child_safety=True)
OFFERS = [
    "Passports for sale: UK, Germany, France. Registered in the database, 900 EUR, write @mallory_docs",
    "Cocaine flake, 1g 60 EUR, 5g 250 EUR, stealth shipping worldwide. Order @mallory_docs",
    "Driving licence without exam, real hologram, 400 EUR. Order now, DM me",
    "MDMA crystals, lab tested, 10g for 180 EUR, vacuum sealed, tracked delivery",
    "ID cards with chip, any name, your photo. Price 300 EUR, contact @mallory_docs",
    "Xanax bars 100 pcs 120 USD in stock, ships today. Contact @mallory_docs",
    "Fake diplomas of any university, 150 EUR, discreet delivery by post, write to me",
    "LSD blotters 150ug, 50 tabs 200 EUR, escrow accepted",
]
NEWS = [
    "Good morning! The market on Main Street opens at nine, bring a bag",
    "New path along the river is open for cyclists, photos inside",
    "Tonight: free concert in the park, 8 pm. See you there!",
    "The library closes early on Friday because of the holiday.",
    "Our hiking group meets on Saturday at the station. Write @dave_hikes if you come",
    "Weather: sunny, 18 degrees, wind from the west",
    "Recipe of the week: lentil soup for four people",
    "Volunteers wanted for the school garden, pizza included",
]


@dataclass
class World:
    """What the messenger would tell safety."""

    clock: ManualClock
    known: dict[str, Snapshot] = field(default_factory=dict)
    names: dict[str, Subject] = field(default_factory=dict)

    def add_channel(
        self, channel: ChannelId, title: str, owner: AccountId, texts: Sequence[str], name: str
    ) -> Subject:
        """Open a channel with posts."""
        subject, now = Subject.channel(channel), self.clock.now()
        posts = tuple(SnapshotPost(i, now, t) for i, t in enumerate(texts, start=1))
        self.known[subject.key] = Snapshot(subject, now, title, name, "", 40, owner, now - timedelta(days=2), posts)
        self.names[name] = subject
        return subject

    async def take(
        self, subject: Subject, viewer: AccountId | None, message_ids: Sequence[int] = (), posts: int = 20
    ) -> Snapshot | None:
        """SubjectSnapshots."""
        found = self.known.get(subject.key)
        if found is None:
            return None
        marked = tuple(replace(p, reported=p.message_id in message_ids) for p in found.posts)
        return replace(found, posts=marked, taken_at=self.clock.now())

    async def subject_of(self, username: str) -> Subject | None:
        """Usernames."""
        return self.names.get(username)

    def appeal_url(self, token: str) -> str:
        """PublicLinks."""
        return f"http://localhost:8080/appeal/{token}"


@dataclass
class Room:
    """All services of the safety room."""

    database: Database
    outbox: Database
    clock: ManualClock
    world: World
    model: LinearModel

    def __post_init__(self) -> None:
        self.reports = Reports(self.database, self.world, self.world, self.clock)
        self.classifier = Classifier(self.database, self.model, self.world, self.clock)
        self.rulebook = Rulebook(self.database, self.clock)
        self.review = Review(self.database, self.world, self.clock)
        self.appeals = Appeals(self.database, self.clock)
        self.standings = AccountStandings(self.database, self.clock)

    async def sent(self, topic: str) -> list[dict[str, Any]]:
        """Outbox items of a topic, oldest first."""
        rows = await self.outbox.fetch("SELECT payload FROM outbox.items WHERE topic=$1 ORDER BY item_id", topic)
        return [row["payload"] for row in rows]

    async def open_shop(self, texts: Sequence[str] = tuple(OFFERS), channel: ChannelId = SHOP) -> Subject:
        """Mallory opens a channel and posts; the classifier sees each post."""
        await self.rulebook.ensure_shipped()
        subject = self.world.add_channel(channel, "Papers and more", MALLORY, texts, f"paper_shop{channel}")
        for number, text in enumerate(texts, start=1):
            await self.classifier.posts_seen(
                [PostSeen(channel, MessageId(number), MALLORY, text, self.clock.now())]
            )
        return subject

    async def case_ids(self) -> list[str]:
        """All cases, oldest first."""
        return [
            r["case_id"] for r in await self.database.fetch("SELECT case_id FROM safety.cases ORDER BY opened_at")
        ]


@pytest.fixture(scope="session")
def model() -> LinearModel:
    """The classifier as it ships."""
    return linear.load()


@pytest.fixture
def room(pools: Pools, clock: ManualClock, model: LinearModel) -> Room:
    """The safety room on a fresh database."""
    return Room(pools.of("safety"), pools.of("outbox"), clock, World(clock), model)


def hours_later(clock: ManualClock, hours: float) -> datetime:
    """Move the clock on; the new time."""
    clock.advance(hours * 3600)
    return clock.now()

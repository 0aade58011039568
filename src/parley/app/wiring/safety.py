"""The safety room: reports, classification, review, appeals, and their way into the messenger."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from parley.app.enforcement import Enforcement
from parley.app.reports import SafetyReports
from parley.app.service_account import ServiceAccount
from parley.app.snapshots import MessengerSnapshots
from parley.app.wiring.foundation import Foundation
from parley.app.wiring.messenger import MessengerServices
from parley.core.ids import ChannelId
from parley.messenger.channels.suspension import Suspension
from parley.messenger.messages.model import Message
from parley.messenger.messages.removal import Removal
from parley.safety.abuse_limits.service import AbuseLimits
from parley.safety.appeals.service import Appeals
from parley.safety.classify import linear
from parley.safety.classify.model import PostSeen
from parley.safety.classify.service import Classifier, Rulebook
from parley.safety.enforcement.service import AccountStandings
from parley.safety.ports import SubjectSnapshots, Usernames
from parley.safety.reports.service import Reports
from parley.safety.reports.terms import SearchTerms
from parley.safety.review.service import Review


@dataclass(frozen=True, slots=True)
class Moderation:
    """What moderators and people with a notice or an appeal need, without the messenger."""

    reports: Reports
    usernames: Usernames
    review: Review
    appeals: Appeals
    rulebook: Rulebook

    def subscribe(self, decided: Callable[[object], Awaitable[None]]) -> None:
        """Have `decided` called after each decision."""
        self.review.subscribe(decided)
        self.appeals.subscribe(decided)


@dataclass(frozen=True, slots=True)
class SafetyServices:
    """The services of the safety room."""

    snapshots: MessengerSnapshots
    standings: AccountStandings
    limits: AbuseLimits
    moderation: Moderation
    menu: SafetyReports
    classifier: Classifier
    terms: SearchTerms

    @property
    def reports(self) -> Reports:
        """Where reports go."""
        return self.moderation.reports

    @property
    def rulebook(self) -> Rulebook:
        """The rules of the machine."""
        return self.moderation.rulebook

    @property
    def appeals(self) -> Appeals:
        """Where appeals go."""
        return self.moderation.appeals


class Links:
    """Fills safety's `PublicLinks`."""

    def __init__(self, origin: str) -> None:
        self._origin = origin

    def appeal_url(self, token: str) -> str:
        """See the port."""
        return f"{self._origin}/appeal/{token}"


class ClassifiedPosts:
    """Shows public posts to the classifier as the public feed reads them."""

    def __init__(self, classifier: Classifier) -> None:
        self._classifier = classifier

    async def posts_seen(self, messages: Sequence[Message]) -> None:
        """See `PostConsumer`."""
        await self._classifier.posts_seen([_seen(message) for message in messages])


def _seen(message: Message) -> PostSeen:
    author = message.author_id or message.from_id
    assert author is not None, "every post has an author"
    return PostSeen(ChannelId(message.peer.id), message.id, author, message.text, message.date)


def build(base: Foundation, origin: str) -> SafetyServices:
    """Build the services; the messenger is attached to their ports afterwards."""
    db, clock = base.of("safety"), base.clock
    snapshots = MessengerSnapshots(clock)
    made = moderation(base, origin, snapshots, snapshots)
    return SafetyServices(
        snapshots=snapshots,
        standings=AccountStandings(db, clock),
        limits=AbuseLimits(),
        moderation=made,
        menu=SafetyReports(made.reports),
        classifier=Classifier(db, linear.load(), snapshots, clock),
        terms=SearchTerms(db, clock),
    )


def moderation(base: Foundation, origin: str, snapshots: SubjectSnapshots, usernames: Usernames) -> Moderation:
    """Build what needs nothing of the messenger but two ports."""
    db, clock = base.of("safety"), base.clock
    return Moderation(
        reports=Reports(db, snapshots, usernames, clock),
        usernames=usernames,
        review=Review(db, Links(origin), clock),
        appeals=Appeals(db, clock),
        rulebook=Rulebook(db, clock),
    )


@dataclass(frozen=True, slots=True)
class Effects:
    """What decisions do to the messenger."""

    removal: Removal
    suspension: Suspension
    enforcement: Enforcement


def connect(
    base: Foundation, safety: SafetyServices, messenger: MessengerServices, service_account: ServiceAccount
) -> Effects:
    """Let decisions reach the messenger."""
    db = base.of("messenger")
    removal = Removal(db, base.clock, messenger.messages.changes, messenger.wakeups, messenger.feed)
    suspension = Suspension(db, base.clock, messenger.channels)
    enforcement = Enforcement(messenger.search, removal, suspension, safety.standings, service_account)
    enforcement.register(base.relay)

    async def decided(event: object) -> None:
        await safety.standings.refresh()
        base.relay.wake()

    safety.moderation.subscribe(decided)
    return Effects(removal, suspension, enforcement)

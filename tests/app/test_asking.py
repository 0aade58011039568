"""The part of the pages shows what is public although it can read nothing of the messenger."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from parley.app import asking
from parley.core.ids import AccountId, ChannelId
from parley.messenger.search.model import Face, FaceKind
from parley.safety.subjects import Snapshot, SnapshotPost, Subject
from parley.storage.bus import LocalBus, Silence

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
PUBLIC, PRIVATE = Subject.channel(ChannelId(5)), Subject.channel(ChannelId(6))
POSTS = (SnapshotPost(1, NOW, "an offer"),)


class Messenger:
    """A messenger with a public channel, a private one and a face."""

    async def subject_of(self, username: str) -> Subject | None:
        return PUBLIC if username == "papers_shop" else None

    async def take(
        self, subject: Subject, viewer: AccountId | None, message_ids: Sequence[int] = (), posts: int = 20
    ) -> Snapshot | None:
        name = "papers_shop" if subject == PUBLIC else None
        return Snapshot(subject, NOW, "Papers", name, "about", 3, AccountId(9), NOW, POSTS)

    async def of(self, name: str) -> Face | None:
        return Face(name, "Papers", "about", FaceKind.CHANNEL, 3) if name == "papers_shop" else None


@pytest.fixture
async def bus() -> LocalBus:
    made, messenger = LocalBus(), Messenger()
    await asking.answer(made, messenger, messenger, messenger)
    return made


async def test_a_notice_keeps_what_is_public_as_evidence(bus: LocalBus) -> None:
    """What a moderator sees of a noticed channel is what it looked like, word for word."""
    subjects = asking.AskedSubjects(bus)
    assert await subjects.subject_of("papers_shop") == PUBLIC
    assert await subjects.subject_of("nobody_here") is None
    assert await subjects.take(PUBLIC, None) == await Messenger().take(PUBLIC, None)


async def test_a_captured_part_is_told_nothing_of_what_is_private(bus: LocalBus) -> None:
    """Whoever asks for a private channel by its number gets the answer for one that does not exist."""
    assert await asking.AskedSubjects(bus).take(PRIVATE, None) is None


async def test_a_link_shows_the_public_face(bus: LocalBus) -> None:
    """People who follow a link see the channel, wherever the page is made."""
    names = asking.AskedNames(bus)
    assert await names.of("papers_shop") == await Messenger().of("papers_shop")
    assert await names.of("nobody_here") is None


async def test_without_the_other_part_a_page_says_so(bus: LocalBus) -> None:
    """A notice that cannot be filed is refused as unavailable, never lost in silence."""
    with pytest.raises(Silence) as refused:
        await asking.AskedSubjects(LocalBus()).subject_of("papers_shop")
    assert refused.value.status_code == 503

"""People find what is listed, also with typing errors, and what is hidden is found by nobody."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from parley.core.ids import box_of_channel
from parley.core.peers import Peer, PeerKind
from parley.messenger.messages.model import Message
from parley.messenger.search.errors import QueryEmpty
from parley.messenger.search.feed import PublicFeed
from parley.messenger.search.index import TantivyIndex
from parley.messenger.search.model import Entity, ListingState, Post
from parley.messenger.search.rules import allowed_errors, query_words, words
from parley.messenger.search.service import SearchService
from tests.messenger.messages.message_room import ALICE, NEWS, Room

STARS, TOKYO, ZOE = Peer(PeerKind.CHANNEL, 5), Peer(PeerKind.CHANNEL, 6), Peer(PeerKind.USER, 7)


@pytest.fixture
def index(tmp_path: Path) -> TantivyIndex:
    made = TantivyIndex(tmp_path)
    made.put_entities(
        [
            Entity(STARS, "Astronomy Daily", "astronomy_daily", 10),
            Entity(TOKYO, "東京ニュース", "tokyo_news", 3),
            Entity(ZOE, "Zoë Müller", "zoe", 0),
        ]
    )
    made.put_posts([Post(STARS, n, f"The Moon and planet number {n}", 1000 + n) for n in range(5)])
    made.commit()
    return made


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("Astronomy", STARS), ("astro", STARS), ("astronmy", STARS), ("asrtonomy daly", STARS),
        ("@astronomy_daily", STARS), ("zoe muller", ZOE), ("muler", ZOE), ("東京", TOKYO), ("ニュース", TOKYO),
        ("аstronomy", STARS),
    ],
)  # fmt: skip
def test_names_are_found_with_errors_accents_and_mixed_scripts(
    index: TantivyIndex, query: str, found: Peer
) -> None:
    assert index.find_entities(query_words(query), 10) == [found]


def test_posts_come_newest_first_and_page_by_date(index: TantivyIndex) -> None:
    assert [hit.message_id for hit in index.find_posts(["planet"], 0, 3)] == [4, 3, 2]
    assert [hit.message_id for hit in index.find_posts(["planet"], 1002, 9)] == [1, 0]


def test_an_index_survives_a_restart(index: TantivyIndex, tmp_path: Path) -> None:
    index.close()
    again = TantivyIndex(tmp_path)
    assert not again.fresh
    assert again.find_entities(["zoe"], 5) == [ZOE]


def test_short_words_must_be_right_and_long_ones_may_have_two_errors() -> None:
    assert [allowed_errors(word) for word in ("abc", "abcd", "abcdefgh")] == [0, 1, 2]
    assert words("Ünïcode_test") == ["unicode", "test"]
    with pytest.raises(QueryEmpty):
        query_words("  🙂 ")


async def _public_channel(room: Room) -> None:
    await room.db.execute(
        "INSERT INTO messenger.channels (box_id, kind, title, username, creator_id, created_at)"
        " VALUES ($1, 'broadcast', 'Night Sky', 'nightsky', $2, $3)",
        box_of_channel(NEWS), ALICE, room.clock.now(),
    )  # fmt: skip
    await room.db.execute(
        "INSERT INTO messenger.usernames (name, owner_kind, owner_id, since)"
        " VALUES ('nightsky', 'channel', $1, $2)",
        NEWS, room.clock.now(),
    )  # fmt: skip


class Reader:
    """Sees every public post, and fails on demand."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.broken = False

    async def posts_seen(self, messages: Sequence[Message]) -> None:
        if self.broken:
            raise RuntimeError("out of order")
        self.seen.extend(message.text for message in messages)


async def _yes() -> bool:
    return True


def _searched(room: Room, folder: Path, *readers: Reader) -> tuple[PublicFeed, SearchService]:
    """An index in a folder, fed with what the room makes public, and the search over it."""
    index = TantivyIndex(folder)
    feed = PublicFeed(room.db, index, _yes, readers)
    return feed, SearchService(room.db, index, room.clock, feed.entity_changed)


async def test_public_posts_reach_index_and_readers_and_survive_a_failure(room: Room, tmp_path: Path) -> None:
    await _public_channel(room)
    reader = Reader()
    feed, search = _searched(room, tmp_path, reader)
    sent = await room.send(ALICE, Peer.channel(NEWS), "Jupiter rises at nine")
    feed.entity_changed(Peer.channel(NEWS))
    reader.broken = True
    with pytest.raises(RuntimeError):
        await feed.follow()
    reader.broken = False
    await feed.follow()
    assert reader.seen == ["Jupiter rises at nine"]
    assert [hit.message_id for hit in (await search.posts("jupiter", 0, 5)).posts] == [sent.message.id]
    await room.messages.changes.delete_posts(ALICE, NEWS, [sent.message.id])
    feed.removed(NEWS, [sent.message.id])
    await feed.follow()
    assert (await search.posts("jupiter", 0, 5)).posts == ()


async def test_a_hidden_channel_is_found_by_nobody_at_once(room: Room, tmp_path: Path) -> None:
    await _public_channel(room)
    feed, search = _searched(room, tmp_path)
    await room.send(ALICE, Peer.channel(NEWS), "Jupiter rises at nine")
    feed.entity_changed(Peer.channel(NEWS))
    await feed.follow()
    assert (await search.people("nigth sky", 5)).peers == (Peer.channel(NEWS),)
    await search.set_listing(Peer.channel(NEWS), ListingState.HIDDEN, "illegal_goods")
    for query in ("nigth sky", "nightsky", "@nightsky"):
        assert (await search.people(query, 5)).peers == ()
    found = await search.posts("jupiter", 0, 5)
    assert (found.posts, found.withheld) == ((), 1)
    await search.set_listing(Peer.channel(NEWS), ListingState.ELIGIBLE, "")
    assert (await search.people("nightsky", 5)).peers == (Peer.channel(NEWS),)


async def test_a_filtered_term_finds_only_what_a_person_has_listed(room: Room, tmp_path: Path) -> None:
    await _public_channel(room)
    feed, search = _searched(room, tmp_path)
    feed.entity_changed(Peer.channel(NEWS))
    await feed.follow()
    await search.set_verdict("Night Sky", "filtered")
    assert (await search.people("night sky", 5)).peers == ()
    await search.set_listing(Peer.channel(NEWS), ListingState.ELIGIBLE, "reviewed")
    assert (await search.people("night sky", 5)).peers == (Peer.channel(NEWS),)

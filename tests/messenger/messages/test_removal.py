"""What a moderator removes is gone for everybody, and an appeal that succeeds brings every post back."""

from __future__ import annotations

from parley.core.peers import Peer
from parley.messenger.messages.model import EventKind
from parley.messenger.messages.removal import KEPT, Removal
from tests.messenger.messages.message_room import ALICE, NEWS, Room

CHANNEL = Peer.channel(NEWS)


def _removal(room: Room) -> Removal:
    return Removal(room.db, room.clock, room.messages.changes, room.ears, room.ears)


async def test_removed_posts_come_back_in_their_places_with_new_events(room: Room) -> None:
    for text in ("one", "two", "three"):
        await room.send(ALICE, CHANNEL, text)
    removal = _removal(room)
    await removal.remove(NEWS, "decision-0", [1, 3], None)
    assert await room.texts(ALICE, CHANNEL) == ["two"]
    room.ears.events.clear()
    assert await removal.restore(NEWS, "decision-0") == 2
    assert await room.texts(ALICE, CHANNEL) == ["three", "two", "one"]
    events = room.ears.of(CHANNEL.box)
    assert [event.kind for event in events] == [EventKind.NEW_MESSAGE] * 2
    assert events[1].pts == events[0].pts + 1
    assert await room.messages.reading.pts(NEWS) == events[1].pts


async def test_repeats_of_removal_and_restoration_are_harmless(room: Room) -> None:
    await room.send(ALICE, CHANNEL, "one")
    removal = _removal(room)
    for _ in range(2):
        await removal.remove(NEWS, "decision-0", [1], None)
    assert await removal.restore(NEWS, "decision-0") == 1
    assert await removal.restore(NEWS, "decision-0") == 0
    assert await room.texts(ALICE, CHANNEL) == ["one"]


async def test_everything_up_to_a_time_goes_and_later_posts_stay(room: Room) -> None:
    await room.send(ALICE, CHANNEL, "old")
    moment = room.clock.now()
    room.clock.advance(60)
    await room.send(ALICE, CHANNEL, "new")
    await _removal(room).remove(NEWS, "decision-0", [], moment)
    assert await room.texts(ALICE, CHANNEL) == ["new"]


async def test_after_the_time_for_appeals_nothing_comes_back(room: Room) -> None:
    await room.send(ALICE, CHANNEL, "one")
    removal = _removal(room)
    await removal.remove(NEWS, "decision-0", [1], None)
    room.clock.advance(KEPT.total_seconds() + 1)
    await removal.forget_old()
    assert await removal.restore(NEWS, "decision-0") == 0

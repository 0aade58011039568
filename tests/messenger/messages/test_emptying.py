"""Who deletes an account or a channel leaves nothing in its box, whatever happens while it is emptied."""

from datetime import timedelta
from functools import partial
from operator import eq

import pytest

from parley.core.ids import box_of_account, box_of_channel
from parley.core.peers import Peer
from parley.messenger.messages import emptying_store
from parley.messenger.messages.emptying import LINGER, Emptying
from tests.journeys.waiting import until
from tests.messenger.messages.message_room import ALICE, BOB, CAROL, NEWS, Room

TABLES = ("messages", "events", "dialogs", "relays")


@pytest.fixture
def emptying(room: Room) -> Emptying:
    return Emptying(room.db, room.clock, piece=3)


async def held(room: Room, box: int) -> dict[str, int]:
    count = "SELECT count(*) FROM messenger.{} WHERE box_id = $1"
    found = {table: await room.db.fetchval(count.format(table), box) for table in TABLES}
    return {table: number for table, number in found.items() if number}


async def listed(room: Room) -> int:
    return int(await room.db.fetchval("SELECT count(*) FROM messenger.boxes_to_empty"))


async def carried(room: Room) -> None:
    """Wait until every copy has arrived and its row is forgotten."""
    await room.settle()
    await until(lambda: room.db.fetchval("SELECT count(*) FROM messenger.relays"), partial(eq, 0))


async def talk(room: Room) -> None:
    for number in range(5):
        await room.send(ALICE, BOB, f"from Alice {number}")
        await room.send(BOB, ALICE, f"from Bob {number}")
    await room.messages.dialogs.save_draft(ALICE, Peer.user(BOB), "never sent")
    await carried(room)


async def test_nothing_of_a_deleted_account_stays_and_others_keep_what_they_have(
    room: Room, emptying: Emptying
) -> None:
    await talk(room)
    before = await room.texts(BOB, Peer.user(ALICE))
    await emptying_store.begin(room.db, box_of_account(ALICE), room.clock.now())
    await emptying.once()
    assert await held(room, box_of_account(ALICE)) == {}
    assert await room.texts(BOB, Peer.user(ALICE)) == before
    await emptying.once()
    assert await held(room, box_of_account(ALICE)) == {}


async def test_a_server_that_stops_in_the_middle_goes_on_afterwards(room: Room, emptying: Emptying) -> None:
    await talk(room)
    box = box_of_account(ALICE)
    await emptying_store.begin(room.db, box, room.clock.now())
    assert await emptying.step(box)
    left = await held(room, box)
    assert 0 < left["messages"] < 10
    await Emptying(room.db, room.clock).once()
    assert "messages" not in await held(room, box)


async def test_what_is_still_on_its_way_to_somebody_arrives_before_it_is_deleted(
    room: Room, emptying: Emptying
) -> None:
    await talk(room)
    box = box_of_account(ALICE)
    [message] = await room.db.fetch("SELECT id FROM messenger.messages WHERE box_id = $1 AND out LIMIT 1", box)
    await room.db.execute(
        "INSERT INTO messenger.relays (box_id, pts, target, kind, at, message_id) VALUES ($1, 999, $2, 1, $3, $4)",
        box, box_of_account(BOB), room.clock.now(), message["id"],
    )  # fmt: skip
    await emptying_store.begin(room.db, box, room.clock.now())
    await emptying.once()
    assert (await held(room, box))["messages"] == 1
    room.clock.advance(LINGER.total_seconds())
    await emptying.once()
    assert await listed(room) == 1, "its copy has not arrived yet"
    await room.messages.relay.sweep(timedelta())
    await carried(room)
    await emptying.once()
    assert await held(room, box) == {}
    assert await listed(room) == 0


async def test_many_deletions_at_once_do_not_keep_each_other_waiting(room: Room) -> None:
    await talk(room)
    for owner in (ALICE, BOB, CAROL):
        await emptying_store.begin(room.db, box_of_account(owner), room.clock.now())
    await Emptying(room.db, room.clock, boxes=1).once()
    assert [await held(room, box_of_account(owner)) for owner in (ALICE, BOB, CAROL)] == [{}, {}, {}]


async def test_what_arrives_late_goes_too(room: Room, emptying: Emptying) -> None:
    box = box_of_account(ALICE)
    await emptying_store.begin(room.db, box, room.clock.now())
    await emptying.once()
    await room.send(BOB, ALICE, "was on its way")
    await carried(room)
    assert (await held(room, box))["messages"] == 1
    room.clock.advance(LINGER.total_seconds())
    await emptying.once()
    assert await held(room, box) == {}
    assert await listed(room) == 0


async def test_the_posts_of_a_deleted_channel_go(room: Room, emptying: Emptying) -> None:
    room.doors.version = None
    for number in range(7):
        await room.send(ALICE, Peer.channel(NEWS), f"post {number}")
    await emptying_store.begin(room.db, box_of_channel(NEWS), room.clock.now())
    await emptying.once()
    assert await held(room, box_of_channel(NEWS)) == {}

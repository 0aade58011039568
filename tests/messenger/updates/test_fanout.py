"""What happens in a box is heard at once by the right sessions, encoded once for all that see the same."""

import asyncio
from collections.abc import AsyncIterator, Callable, Hashable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from parley.core.ids import AccountId, BoxId, ChannelId, box_of_account, box_of_channel
from parley.core.tasks import Supervisor
from parley.messenger.messages.model import BoxEvent, EventKind
from parley.messenger.updates.fanout import Fanout

ALICE, BOB, NEWS = AccountId(1), AccountId(2), ChannelId(9)
NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)


@dataclass(eq=False)
class Session:
    """A session that keeps what it is told."""

    unique_id: int
    layer: int = 229
    wants_updates: bool = True
    heard: list[bytes] = field(default_factory=list)

    def push(self, body: bytes) -> bool:
        self.heard.append(body)
        return True


@dataclass
class PlainEncoder:
    """Writes box, pts and layer; counts its work. Own posts look different to their author."""

    encoded: int = 0

    def views(self, box: BoxId, what: Sequence[object]) -> Callable[[AccountId, int], Hashable]:
        return lambda account, layer: layer

    async def encode(self, box: BoxId, what: Sequence[object], account: AccountId, layer: int) -> bytes | None:
        self.encoded += 1
        if what == ["unspeakable"]:
            raise RuntimeError("cannot say this")
        return f"{box}:{','.join(str(getattr(e, 'pts', e)) for e in what)}@{layer}".encode()

    def too_long(self, channel: ChannelId, pts: int, layer: int) -> bytes:
        return f"too long {channel}:{pts}@{layer}".encode()


class Everybody:
    """Every account belongs to the one channel."""

    async def of_account(self, account: AccountId) -> Sequence[ChannelId]:
        return (NEWS,)


def event(box: BoxId, pts: int) -> BoxEvent:
    return BoxEvent(box, pts, 1, EventKind.NEW_MESSAGE, NOON)


@pytest.fixture
def encoder() -> PlainEncoder:
    return PlainEncoder()


@pytest.fixture
async def fanout(encoder: PlainEncoder) -> AsyncIterator[Fanout]:
    async with Supervisor() as tasks:
        made = Fanout(tasks, encoder, Everybody(), hinted_above=3)
        made.start()
        yield made


async def test_each_session_hears_its_own_boxes_in_order(fanout: Fanout) -> None:
    """The account's box and its channels; nothing of others'."""
    alice, bob = Session(1), Session(2)
    await fanout.attach(alice, ALICE)
    await fanout.attach(bob, BOB)
    for pts in (2, 3):
        fanout.publish([event(box_of_account(ALICE), pts)])
    fanout.publish([event(box_of_channel(NEWS), 7)])
    await fanout.settle()
    assert [said for said in alice.heard if said.startswith(b"1:")] == [b"1:2@229", b"1:3@229"]
    assert bob.heard == [b"-9:7@229"]


async def test_a_hundred_members_cost_one_encoding(fanout: Fanout, encoder: PlainEncoder) -> None:
    """Once per layer, however many hear it (below the size where hints begin)."""
    fanout._hinted_above = 1000
    sessions = [Session(number, layer=229 if number % 2 else 227) for number in range(100)]
    for session in sessions:
        await fanout.attach(session, AccountId(session.unique_id + 10))
    fanout.publish([event(box_of_channel(NEWS), 2)])
    await fanout.settle()
    assert encoder.encoded == 2
    assert {session.heard[0] for session in sessions} == {b"-9:2@229", b"-9:2@227"}


async def test_the_sender_hears_by_the_answer_not_twice(fanout: Fanout) -> None:
    """The calling session is left out, the same account's other sessions are not."""
    here, there = Session(1), Session(2)
    await fanout.attach(here, ALICE)
    await fanout.attach(there, ALICE)
    fanout.publish([event(box_of_account(ALICE), 2)], origin=1)
    await fanout.settle()
    assert (here.heard, there.heard) == ([], [b"1:2@229"])


async def test_leaving_and_closing_end_the_hearing(fanout: Fanout) -> None:
    """Who left a channel, closed the session or wants no updates hears nothing more."""
    leaver, closed, quiet = Session(1), Session(2), Session(3, wants_updates=False)
    for session, account in ((leaver, ALICE), (closed, BOB), (quiet, AccountId(3))):
        await fanout.attach(session, account)
    fanout.membership_changed(ALICE, NEWS, inside=False)
    fanout.detach(closed)
    fanout.publish([event(box_of_channel(NEWS), 2)])
    await fanout.settle()
    assert leaver.heard == closed.heard == quiet.heard == []
    fanout.membership_changed(ALICE, NEWS, inside=True)
    fanout.publish([event(box_of_channel(NEWS), 3)])
    await fanout.settle()
    assert leaver.heard == [b"-9:3@229"]
    assert not fanout.is_online(BOB)


async def test_in_a_huge_channel_only_readers_get_the_content(fanout: Fanout) -> None:
    """Each other session gets one hint until it looks at the channel."""
    sessions = [Session(number) for number in range(5)]
    for session in sessions:
        await fanout.attach(session, AccountId(session.unique_id + 10))
    fanout.reads(sessions[0], NEWS)
    for pts in (2, 3):
        fanout.publish([event(box_of_channel(NEWS), pts)])
    await fanout.settle()
    assert sessions[0].heard == [b"-9:2@229", b"-9:3@229"]
    assert sessions[1].heard == [b"too long 9:2@229"]
    fanout.reads(sessions[1], NEWS)
    fanout.publish([event(box_of_channel(NEWS), 4)])
    await fanout.settle()
    assert sessions[1].heard[-1] == b"-9:4@229"


async def test_one_event_that_cannot_be_told_does_not_silence_the_rest(
    fanout: Fanout, caplog: pytest.LogCaptureFixture
) -> None:
    """The next one is pushed; the clients ask for what they miss."""
    session = Session(1)
    await fanout.attach(session, ALICE)
    fanout.tell(box_of_account(ALICE), ["unspeakable"])
    fanout.tell(box_of_account(ALICE), ["fine"])
    await fanout.settle()
    assert session.heard == [b"1:fine@229"]
    assert "a push failed" in caplog.text


async def test_attaching_twice_is_harmless(fanout: Fanout) -> None:
    """A session that is announced twice hears once."""
    session = Session(1)
    await asyncio.gather(fanout.attach(session, ALICE), fanout.attach(session, ALICE))
    fanout.tell(box_of_account(ALICE), ["hello"])
    await fanout.settle()
    assert len(session.heard) == 1

"""Whoever writes to one of the server's own accounts gets one answer, whatever is restarted when."""

from __future__ import annotations

from dataclasses import dataclass, field

from parley.core.ids import AccountId, box_of_account
from parley.messenger.bots import store
from parley.messenger.bots.service import Robots
from parley.messenger.messages.model import Message
from tests.messenger.messages.message_room import ALICE, BOB, Room

ROBOT, OTHER = AccountId(777100), AccountId(777101)


@dataclass
class Mouth:
    """Collects what robots say; the same key is said once."""

    said: dict[str, tuple[AccountId, AccountId, str]] = field(default_factory=dict)

    async def say(self, robot: AccountId, account: AccountId, text: str, key: str) -> None:
        self.said.setdefault(key, (robot, account, text))


async def _always() -> bool:
    return True


async def _echo(message: Message) -> str | None:
    return None if message.text == "quiet" else f"you said {message.text}"


async def _fails(message: Message) -> str | None:
    raise RuntimeError("broken")


def _robots(room: Room, mouth: Mouth, **answers: object) -> Robots:
    chosen = {ROBOT: answers.get("robot", _echo), OTHER: answers.get("other", _echo)}
    return Robots(room.db, chosen, mouth.say, _always)  # type: ignore[arg-type]


async def test_each_message_is_answered_once_also_after_a_restart(room: Room) -> None:
    mouth = Mouth()
    await room.send(ALICE, ROBOT, "one")
    await room.send(BOB, ROBOT, "two")
    await room.settle()
    assert await _robots(room, mouth).read(ROBOT) == 2
    assert await _robots(room, mouth).read(ROBOT) == 0
    assert sorted(mouth.said.values()) == [(ROBOT, ALICE, "you said one"), (ROBOT, BOB, "you said two")]


async def test_a_crash_between_answer_and_mark_repeats_nothing_to_the_person(room: Room) -> None:
    mouth = Mouth()
    await room.send(ALICE, ROBOT, "one")
    await room.settle()
    await _robots(room, mouth).read(ROBOT)
    await store.set_progress(room.db, box_of_account(ROBOT), 0)
    await _robots(room, mouth).read(ROBOT)
    assert len(mouth.said) == 1


async def test_a_robot_that_fails_says_so_and_goes_on(room: Room) -> None:
    mouth = Mouth()
    await room.send(ALICE, ROBOT, "one")
    await room.settle()
    assert await _robots(room, mouth, robot=_fails).read(ROBOT) == 1
    assert "went wrong" in next(iter(mouth.said.values()))[2]


async def test_robots_do_not_talk_to_each_other_and_may_stay_silent(room: Room) -> None:
    mouth = Mouth()
    await room.send(OTHER, ROBOT, "hello robot")
    await room.send(ALICE, ROBOT, "quiet")
    await room.settle()
    await _robots(room, mouth).read(ROBOT)
    assert mouth.said == {}

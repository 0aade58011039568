"""The server's own accounts answer those who write to them: each message once, whatever is restarted when."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping

from parley.core.ids import AccountId, BoxId, MessageId, box_of_account
from parley.core.recurring import Alarm
from parley.messenger.bots import store
from parley.messenger.messages.model import EventKind, Message
from parley.messenger.updates import store as updates_store
from parley.storage.database import Database

_log = logging.getLogger(__name__)
_EVENTS = 100
_PAUSE_S = 10.0
_SORRY = "Something went wrong on our side. Please try again in a while."

#: Answers one message with a text, or with None for silence. Must be idempotent.
Answer = Callable[[Message], Awaitable[str | None]]
#: Sends a text of a robot to an account, once for each key.
Say = Callable[[AccountId, AccountId, str, str], Awaitable[None]]


class Robots:
    """Reads the boxes of the server's own accounts and answers. `holds` says whether this process has the lease."""

    def __init__(
        self,
        database: Database,
        answers: Mapping[AccountId, Answer],
        say: Say,
        holds: Callable[[], Awaitable[bool]],
    ) -> None:
        self._database = database
        self._answers = dict(answers)
        self._say = say
        self._holds = holds
        self._alarm = Alarm()

    def heard(self, box: BoxId) -> None:
        """Something happened in a box; never waits."""
        if AccountId(box) in self._answers:
            self._alarm.ring()

    async def run(self) -> None:
        """Answer for ever; started as a service under the supervisor."""
        while True:
            if await self._holds():
                for robot in self._answers:
                    await self.read(robot)
            await self._alarm.sleep(_PAUSE_S)

    async def read(self, robot: AccountId) -> int:
        """Answer everything that a robot has not read; how many messages there were."""
        box = box_of_account(robot)
        pts, answered = await store.progress(self._database, box), 0
        while events := await updates_store.events_after(self._database, box, pts, _EVENTS):
            for event in events:
                if event.kind is EventKind.NEW_MESSAGE and event.message is not None and not event.message.out:
                    await self._reply(robot, event.message)
                    answered += 1
            pts = events[-1].pts
            await store.set_progress(self._database, box, pts)
        return answered

    async def _reply(self, robot: AccountId, message: Message) -> None:
        sender = AccountId(message.peer.id)
        if sender in self._answers:
            return
        try:
            text = await self._answers[robot](message)
        except Exception:
            _log.exception("a robot could not answer")
            text = _SORRY
        if text:
            await self._say(robot, sender, text, _key(robot, message.id))


def _key(robot: AccountId, message: MessageId) -> str:
    return f"robot-{robot}-{message}"

"""Server and database are killed while people make things: a call that is repeated under its id made one thing."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from operator import eq
from pathlib import Path
from typing import Any

import httpx
import pytest

from parley.app.bench.errors import CallFailed
from parley.storage.database import Database
from parley.storage.pools import Pools
from parley.storage.supervisor import running
from parley.tl import functions, types
from tests.journeys.people.stubborn_person import Call, StubbornPerson
from tests.journeys.server_process import RunningServer, Start
from tests.journeys.test_crash import kill_everything
from tests.journeys.waiting import until

KILLS = 6
PER_LIFE = 2
PACE_S = 0.06
"""Between two things of one maker: whoever is quicker is asked to wait by the limits against floods."""
MOST_CHANNELS = 6
"""Of one person in one life of the server, for the same reason."""
GAPS = (
    "SELECT box_id FROM (SELECT box_id, pts - pts_count AS before,"
    " lag(pts, 1, 1) OVER (PARTITION BY box_id ORDER BY pts) AS reached FROM messenger.events) e"
    " WHERE before <> reached"
)
_numbers = itertools.count(1)
Begun = tuple[StubbornPerson, Call]


@dataclass
class World:
    """The server of the moment. `life` counts its lives."""

    server: RunningServer
    start: Start
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    life: int = 0
    stopped: bool = False

    def person(self) -> StubbornPerson:
        return StubbornPerson(self.address, self.server.data_dir, self.gate)

    def address(self) -> tuple[str, int]:
        return self.server.host, self.server.mtproto_port

    async def next_life(self) -> None:
        """Kill everything, at whatever moment of whatever call this is, and start again on the same ports."""
        self.gate.clear()
        await kill_everything(self.server)
        ports = {"mtproto_port": self.server.mtproto_port, "http_port": self.server.http_port}
        self.server = await self.start(self.server.data_dir, **ports)
        self.life += 1
        self.gate.set()


@dataclass
class Maker:
    """Makes one thing after the other; in each new life it repeats the last call that was begun before."""

    world: World
    begin: Callable[[], Awaitable[Begun]]
    read: Callable[[Any], Any]
    most: int = 1_000
    made: list[Any] = field(default_factory=list)
    repeated: int = 0
    of_life: int = 0
    _last: tuple[Begun, int] | None = None

    async def run(self) -> None:
        while not self.world.stopped:
            await self._repeat_last()
            await asyncio.sleep(PACE_S)
            if self.of_life < self.most:
                await self._make()

    def is_ready(self) -> bool:
        """Whether there is enough in this life to kill it."""
        return self.of_life >= PER_LIFE and (self.world.life == 0 or self.repeated >= self.world.life)

    async def _make(self) -> None:
        begun_in = self.world.life
        person, call = await self.begin()
        self.made.append(self.read(await person.answer(call)))
        if self._last is not None and self._last[0][0] is not person:
            self._last[0][0].close()
        self._last = ((person, call), begun_in)
        self.of_life += 1

    async def _repeat_last(self) -> None:
        if self._last is None or self._last[1] == self.world.life:
            return
        (person, call), _ = self._last
        again = self.read(await person.answer_anew(call))
        assert again == self.made[-1], "the repeat of an answered call made something else"
        self._last, self.of_life = ((person, call), self.world.life), 0
        self.repeated += 1


async def signs_up(world: World) -> Begun:
    """Come as far as the call that makes the account; what was lost with the server is done again."""
    phone, person = f"+491555{next(_numbers):07d}", world.person()
    ask = functions.auth.SendCode(phone_number=phone, api_id=1, api_hash="x", settings=types.CodeSettings())
    while True:
        try:
            sent = await person.ask(ask)
            known = {"phone_number": phone, "phone_code_hash": sent.phone_code_hash}
            code = await world.server.login_code(phone)
            await person.ask(functions.auth.SignIn(**known, phone_code=code))
        except (CallFailed, httpx.HTTPError):
            await world.gate.wait()
            continue
        return person, await person.begin(functions.auth.SignUp(**known, first_name="Somebody", last_name=""))


async def somebody(world: World) -> tuple[StubbornPerson, Any]:
    """A person with an account, and the account as they see it."""
    person, call = await signs_up(world)
    return person, (await person.answer(call)).user


async def named(person: StubbornPerson, phone: str) -> types.InputPeerUser:
    """How a person names another whose number they know."""
    entry = types.InputPhoneContact(client_id=1, phone=phone, first_name="A", last_name="Friend")
    [user] = (await person.ask(functions.contacts.ImportContacts(contacts=[entry]))).users
    return types.InputPeerUser(user_id=user.id, access_hash=user.access_hash)


def new_ids(answer: Any) -> dict[int, int]:
    """Which message each random id became."""
    told = [update for update in answer.updates if isinstance(update, types.UpdateMessageID)]
    return {update.random_id: update.id for update in told}


def all_ready(makers: tuple[Maker, ...], tasks: list[asyncio.Task[None]]) -> bool:
    """Whether every maker has made enough in this life; one that failed ends the wait."""
    for task in tasks:
        if task.done():
            task.result()
    return all(maker.is_ready() for maker in makers)


async def column(db: Database, statement: str, *arguments: object) -> list[int]:
    """The first column of what a statement finds, in order."""
    return sorted(row[0] for row in await db.fetch(statement, *arguments))


@pytest.mark.timeout(1200)
async def test_every_creating_call_is_executed_once_however_often_the_server_is_killed(
    tmp_path: Path, start_server: Start
) -> None:
    world = World(await start_server(tmp_path / "data"), start_server)
    world.gate.set()
    (alice, me), (bob, friend) = await somebody(world), await somebody(world)
    to_bob = await named(alice, friend.phone)
    note = functions.messages.SendMessage(peer=types.InputPeerSelf(), message="a note", random_id=next(_numbers))
    noted = (await alice.ask(note)).id
    writer, forwarder, founder = alice.beside(), alice.beside(), alice.beside()
    sent_ids: list[int] = []

    def random_id() -> int:
        sent_ids.append(next(_numbers))
        return sent_ids[-1]

    async def sends() -> Begun:
        send = functions.messages.SendMessage(peer=to_bob, message="hello", random_id=random_id())
        return writer, await writer.begin(send)

    async def forwards() -> Begun:
        forward = functions.messages.ForwardMessages(
            from_peer=types.InputPeerSelf(), id=[noted], random_id=[random_id()], to_peer=to_bob
        )
        return forwarder, await forwarder.begin(forward)

    async def founds() -> Begun:
        create = functions.channels.CreateChannel(title="Boats", about="", broadcast=True)
        return founder, await founder.begin(create)

    sending = Maker(world, sends, lambda answer: answer.id)
    forwarding = Maker(world, forwards, new_ids)
    founding = Maker(world, founds, lambda answer: answer.chats[0].id, most=MOST_CHANNELS)
    joining = Maker(world, partial(signs_up, world), lambda answer: answer.user.id)
    makers = (sending, forwarding, founding, joining)
    tasks = [asyncio.ensure_future(maker.run()) for maker in makers]
    for _ in range(KILLS):
        await until(partial(all_ready, makers, tasks), limit_s=120)
        await world.next_life()
    await until(partial(all_ready, makers, tasks), limit_s=120)
    world.stopped = True
    await asyncio.gather(*tasks)
    assert [maker.repeated for maker in makers] == [KILLS] * len(makers)
    target = running(tmp_path / "data")
    assert target is not None
    pools = Pools(target)
    db = pools.of("messenger")
    await until(lambda: db.fetchval("SELECT count(*) FROM messenger.relays"), partial(eq, 0), what="the last copy")
    for box in (me.id, friend.id):
        messages = "SELECT random_id FROM messenger.messages WHERE box_id = $1 AND random_id = ANY ($2)"
        assert await column(db, messages, box, sent_ids) == sorted(sent_ids), "each message is there once"
    channels = "SELECT -box_id FROM messenger.channels WHERE creator_id = $1"
    assert await column(db, channels, me.id) == sorted(founding.made)
    accounts = "SELECT account_id FROM messenger.phones"
    assert await column(db, accounts) == sorted([me.id, friend.id, *joining.made])
    assert await column(db, GAPS) == []
    await pools.close()
    for person in (alice, bob, writer, forwarder, founder):
        person.close()
    assert await world.server.stop() == 0

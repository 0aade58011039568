"""Private messages: pairs write to each other; a message counts once its receiver's client has it."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Mapping

from parley.app.bench.figures import Figures
from parley.app.bench.host import Host
from parley.app.bench.pace import Pace
from parley.app.bench.people import Person, befriend, sign_up
from parley.tl import functions, layers, types

_MARK = re.compile(rb"no (\d+) of (\d+)\.")
_READS = re.compile(r"^\s*(SELECT|WITH)\b.*\bFROM\b", re.S | re.I)
_WARM_UP_S = 1.5
_CODEC = layers.get(229)


class _Writer:
    """One end of a pair: sends, waits until the answer is here and the other end has the message, sends again."""

    def __init__(self, number: int, person: Person, peer: types.InputPeerUser) -> None:
        self._number = number
        self._client = person.client
        self._peer = peer
        self._pace = Pace()
        self._sent = 0
        self._arrived: asyncio.Future[float] | None = None
        self.taken: list[tuple[float, float]] = []

    def arrived(self, sequence: int) -> None:
        """The other end has got a message."""
        if self._arrived is not None and sequence == self._sent and not self._arrived.done():
            self._arrived.set_result(time.perf_counter())

    async def write(self, until: float) -> None:
        """Write until a moment of `perf_counter`."""
        while time.perf_counter() < until:
            await self._pace.next()
            self._sent += 1
            self._arrived = asyncio.get_running_loop().create_future()
            began = time.perf_counter()
            await self._client.send(self._query())
            delivered = await self._arrived
            self.taken.append((delivered, delivered - began))

    def _query(self) -> bytes:
        text = f"no {self._sent} of {self._number}. Shall we meet at eight, by the fountain?"
        random_id = (self._number << 32) + self._sent
        return _CODEC.encode(functions.messages.SendMessage(peer=self._peer, message=text, random_id=random_id))


async def measure(host: Host, seconds: float, clients: int) -> Figures:
    """Let `clients` people, in pairs, write to each other for so many seconds after a short warm-up."""
    people = await sign_up(host, clients - clients % 2)
    writers = await _pairs(people)
    begin = time.perf_counter() + _WARM_UP_S
    end = begin + seconds
    writing = asyncio.gather(*(writer.write(end) for writer in writers))
    await asyncio.sleep(_WARM_UP_S)
    before = await host.statements()
    with host.measured() as measured:
        await asyncio.sleep(seconds - 0.2)
    after, memory = await host.statements(), host.meter.memory()
    await writing
    taken = [t for writer in writers for at, t in writer.taken if measured.began <= at < measured.ended]
    more = {"clients": len(writers), **_statements(before, after, len(taken))}
    return Figures("messages", len(taken), measured.seconds, taken, measured.usage, memory, more)


async def _pairs(people: list[Person]) -> list[_Writer]:
    writers: dict[int, _Writer] = {}

    def heard(body: bytes) -> None:
        found = _MARK.search(body)
        if found:
            writers[int(found[2])].arrived(int(found[1]))

    async def one(number: int, person: Person) -> None:
        writers[number] = _Writer(number, person, await befriend(person, people[number ^ 1]))
        person.client.on_push = heard

    await asyncio.gather(*(one(number, person) for number, person in enumerate(people)))
    return list(writers.values())


def _statements(before: Mapping[str, int], after: Mapping[str, int], ops: int) -> dict[str, object]:
    """Statements per message, and those among them that read tables (a call of a storing function does not)."""
    sent = {sql: count - before.get(sql, 0) for sql, count in after.items() if count > before.get(sql, 0)}
    reading = {sql: count for sql, count in sent.items() if _READS.search(sql)}
    return {
        "statements_per_op": round(sum(sent.values()) / max(1, ops), 4),
        "selects_per_op": round(sum(reading.values()) / max(1, ops), 4),
        "selects": {" ".join(sql.split())[:100]: count for sql, count in reading.items()},
    }

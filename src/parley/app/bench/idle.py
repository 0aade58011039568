"""Connections at rest: what each one holds in memory, and what a server costs that nobody talks to.

One operation is one connection held open for the measured time, so the figures per operation are small. The
times are those of opening it: connect, first call, answer.
"""

from __future__ import annotations

import asyncio
import time

from parley.app.bench.client import Client
from parley.app.bench.figures import Figures
from parley.app.bench.host import Host
from parley.app.bench.people import Person, sign_up
from parley.tl import functions

_PER_PERSON = 50
_SETTLE_S = 3.0


async def measure(host: Host, seconds: float, connections: int) -> Figures:
    """Hold `connections` signed-in connections (50 to an account) and measure the quiet time."""
    await asyncio.sleep(_SETTLE_S)
    at_rest = host.meter.memory()
    people = await sign_up(host, -(-connections // _PER_PERSON))
    for person in people:
        await person.client.call(functions.updates.GetState())
    before = host.meter.memory()
    latencies: list[float] = []
    held = [await _open(host, people[n % len(people)], latencies) for n in range(connections - len(people))]
    await asyncio.sleep(_SETTLE_S)
    after = host.meter.memory()
    with host.measured() as measured:
        await asyncio.sleep(seconds)
    grown = (after.python_mb - before.python_mb) * 1000 / max(1, len(held))
    more = {
        "accounts": len(people),
        "kb_per_connection": round(grown, 2),
        "pss_mb_at_rest": round(at_rest.total_mb, 1),
        "cpu_share_at_rest": round(measured.usage.total_s / measured.seconds, 5),
    }
    return Figures("idle", connections, measured.seconds, latencies, measured.usage, after, more)


async def _open(host: Host, person: Person, latencies: list[float]) -> Client:
    began = time.perf_counter()
    client = await Client.connect(host.mtproto)
    client.use(person.agreed)
    await client.call(functions.updates.GetState())
    latencies.append(time.perf_counter() - began)
    return client

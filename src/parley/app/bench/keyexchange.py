"""Key exchanges: each on a fresh connection, from the first bytes to `dh_gen_ok`."""

from __future__ import annotations

import asyncio
import time

from parley.app.bench.client import Client
from parley.app.bench.figures import Figures
from parley.app.bench.host import Host

_SETTLE_S = 1.0


async def measure(host: Host, seconds: float, clients: int) -> Figures:
    """Let `clients` exchange keys one after the other for so many seconds; their own work is in the times."""
    await asyncio.sleep(_SETTLE_S)  # the stock of key pairs of the start belongs to the start
    latencies: list[float] = []
    end = time.perf_counter() + seconds

    async def one() -> None:
        while (start := time.perf_counter()) < end:
            client = await Client.connect(host.mtproto)
            await client.new_key(host.rsa)
            client.close()
            latencies.append(time.perf_counter() - start)

    with host.measured() as measured:
        await asyncio.gather(*(one() for _ in range(clients)))
    more = {"clients": clients}
    return Figures(
        "keyexchange", len(latencies), measured.seconds, latencies, measured.usage, host.meter.memory(), more
    )

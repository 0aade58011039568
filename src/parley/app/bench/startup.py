"""Starts: from the command to its `ready` line, on a data directory that is set up, and once on a new one."""

from __future__ import annotations

import time

from parley.app.bench import host as hosts
from parley.app.bench.figures import Figures
from parley.app.bench.meter import Memory, Usage


async def measure(starts: int) -> Figures:
    """Start `starts` times after a first start; processor time is what was used until `ready`."""
    latencies: list[float] = []
    usage, memory = Usage(0.0, 0.0), Memory(0.0, 0.0)
    async with hosts.fresh_directory() as data_dir:
        first = await hosts.start(data_dir)
        first_used = first.meter.usage()
        await first.stop()
        began = time.perf_counter()
        for _ in range(starts):
            server = await hosts.start(data_dir)
            used = server.meter.usage()
            usage = Usage(usage.python_s + used.python_s, usage.postgres_s + used.postgres_s)
            memory = server.meter.memory()
            latencies.append(server.seconds_to_ready)
            await server.stop()
    more = {
        "first_start_s": round(first.seconds_to_ready, 3),
        "first_start_cpu_s": round(first_used.total_s, 3),
        "start_s": round(min(latencies), 3),
    }
    return Figures("startup", starts, time.perf_counter() - began, latencies, usage, memory, more)

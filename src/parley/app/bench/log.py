"""The public log: appending a million leaves to the embedded database, and verifying them from the public files.

Appending runs in this process, as in a server that does nothing else; verifying runs in a process of its own,
which reads the files from a folder, so that its memory is its own.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from parley.app.bench import host as hosts
from parley.app.bench.errors import ServerFailed
from parley.app.bench.figures import Figures, percentile
from parley.app.bench.meter import Meter
from parley.app.process import database
from parley.core.clock import ManualClock
from parley.core.settings import Settings
from parley.legal.translog.checkpoints import Checkpoint
from parley.legal.translog.reading import LogReader
from parley.legal.translog.service import Translog
from parley.legal.translog.tiles import bundles_of, tiles_of
from parley.storage.migrator import migrate
from parley.storage.pools import Pools

#: What an hour brings by default, and what the long log is made of so that it is done within minutes.
_USUAL, _LARGE = 16, 1000
_USUAL_BATCHES = 200


async def measure(leaves: int) -> Figures:
    """Append at least so many leaves, write the public files and verify them."""
    async with hosts.fresh_directory() as data_dir, database(Settings(data_dir=data_dir)) as target:
        await migrate(target)
        pools = Pools(target)
        try:
            return await _measure(pools, data_dir, leaves)
        finally:
            await pools.close()


async def _measure(pools: Pools, data_dir: Path, leaves: int) -> Figures:
    clock, meter = ManualClock(datetime(2026, 1, 1, tzinfo=UTC)), Meter(os.getpid())
    usual = await _append(pools, clock, data_dir, _USUAL, min(_USUAL_BATCHES, -(-leaves // _USUAL)))
    used, began = meter.usage(), time.perf_counter()
    large = await _append(pools, clock, data_dir, _LARGE, -(-leaves // _LARGE))
    seconds, used = time.perf_counter() - began, meter.usage() - used
    memory = meter.memory()
    folder = data_dir / "public"
    size = await _publish(LogReader(pools.of("log")), folder)
    verified = await _verify(folder)
    more = {
        "batch_leaves": _LARGE,
        "usual_batch_leaves": _USUAL,
        "usual_batch_p50_ms": round(percentile(usual, 50) * 1e3, 3),
        "database_mb": round(await _database_bytes(pools) / 1e6, 1),
        "public_files_mb": round(sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6, 1),
        "verified_leaves": size,
        **verified,
    }
    return Figures("log", len(large) * _LARGE, seconds, large, used, memory, more)


async def _append(pools: Pools, clock: ManualClock, data_dir: Path, size: int, batches: int) -> list[float]:
    """Write so many hourly batches of padding; how long each took."""
    translog = Translog(pools.of("log"), clock, data_dir / "log", "bench.example/parley-log", leaves=size)
    await translog.open()
    taken = []
    for _ in range(batches):
        clock.advance(3600)
        began = time.perf_counter()
        await translog.write_due()
        taken.append(time.perf_counter() - began)
    return taken


async def _publish(reader: LogReader, folder: Path) -> int:
    """Write every public file into a folder; gives the number of leaves."""
    note = await reader.checkpoint()
    head = Checkpoint.parse(note.text)
    _write(folder / "checkpoint", str(note).encode())
    _write(folder / "vkey", (await reader.vkey()).encode())
    for tile in (*tiles_of(head.size), *bundles_of(head.size)):
        _write(folder / tile.path, await reader.tile(tile))
    return head.size


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


async def _verify(folder: Path) -> dict[str, Any]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "parley.app.bench.log_verifying", str(folder), stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate()
    if process.returncode:
        raise ServerFailed("the log that was written does not verify")
    found: dict[str, Any] = json.loads(out)
    return found


async def _database_bytes(pools: Pools) -> int:
    size: int = await pools.of("owner").fetchval("SELECT pg_database_size(current_database())")
    return size

"""Sealing: the first address of an account's day, which makes a key, and further ones; disk; sweeping.

No server runs: the sealer, the vault and the database are those of a server, the sign-ins around them are left out.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from parley.app.bench.figures import Figures, percentile
from parley.app.bench.meter import Usage
from parley.app.bench.vault_world import VaultWorld, vault_world
from parley.core.ids import AccountId
from parley.legal.vault.sealer import BATCH

_DAY_S = 86_400.0
_MILLION = 1_000_000
_FIRST_ACCOUNT = 1_000_000_000
#: Ids of accounts are random: rows come in no order, which is what an index takes most room for.
_SPREAD = 618_033_989


@dataclass(frozen=True, slots=True)
class _Round:
    """One address of every account."""

    seconds: float
    usage: Usage
    latencies: list[float]
    table_bytes: int
    wal_bytes: int


async def measure(accounts: int) -> Figures:
    """Seal two addresses of each of so many accounts, then let the day pass and sweep it away."""
    async with vault_world() as world:
        begun = await _disk(world)
        first = await _round(world, accounts, 1)
        after_first = await _disk(world)
        further = await _round(world, accounts, 2)
        after_further = await _disk(world)
        memory = world.meter.memory()
        swept_s, swept = await _sweep(world)
    more: dict[str, Any] = {
        "accounts": accounts,
        "custodians": len(world.holders),
        "first_of_day": _shown(first, accounts),
        "further": _shown(further, accounts),
        "day_key_bytes_per_account": round((after_first[1] - begun[1]) / accounts, 1),
        "record_bytes": round((after_further[2] - begun[2]) / (2 * accounts), 1),
        "keys_of_accounts": after_further[3],
        "gb_per_million_accounts_day_extrapolated": round(
            (first.table_bytes + further.table_bytes) / accounts * _MILLION / 1e9, 3
        ),
        "sweep_s": round(swept_s, 3),
        "sweep_cpu_s": round(swept.total_s, 3),
        "sweep_rows": accounts * 3,
    }
    return Figures(
        "vault", 2 * accounts, first.seconds + further.seconds, first.latencies + further.latencies,
        Usage(first.usage.python_s + further.usage.python_s, first.usage.postgres_s + further.usage.postgres_s),
        memory, more,
    )  # fmt: skip


async def _round(world: VaultWorld, accounts: int, number: int) -> _Round:
    """Addresses come in batches as the sealer takes them; a latency is that of a whole batch until it is stored."""
    latencies: list[float] = []
    before, begun, used = await _disk(world), time.perf_counter(), world.meter.usage()
    for start in range(0, accounts, BATCH):
        since = time.perf_counter()
        for one in range(start, min(start + BATCH, accounts)):
            account = AccountId(_FIRST_ACCOUNT + one * _SPREAD % _FIRST_ACCOUNT)
            await world.sealer.seal(account, f"2001:db8::{one % 65536:x}", 1024 + number, world.clock.now())
        await world.sealer.flush()
        latencies.append(time.perf_counter() - since)
    seconds, usage = time.perf_counter() - begun, world.meter.usage() - used
    after = await _disk(world)
    return _Round(seconds, usage, latencies, after[1] + after[2] - before[1] - before[2], after[0] - before[0])


def _shown(one: _Round, accounts: int) -> dict[str, float]:
    return {
        "per_s": round(accounts / one.seconds, 1),
        "python_cpu_ms": round(one.usage.python_s * 1e3 / accounts, 4),
        "postgres_cpu_ms": round(one.usage.postgres_s * 1e3 / accounts, 4),
        "batch_p99_ms": round(percentile(one.latencies, 99) * 1e3, 2),
        "wal_bytes": round(one.wal_bytes / accounts, 1),
    }


async def _disk(world: VaultWorld) -> tuple[int, int, int, int]:
    """Bytes of write-ahead log so far, of day keys and of records with their indexes, and the number of keys."""
    row = await world.pools.of("owner").fetchrow(
        "SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint,"
        " pg_total_relation_size('vault.day_keys'), pg_total_relation_size('vault.records'),"
        " (SELECT count(*) FROM vault.day_keys)"
    )
    assert row is not None, "it has no condition"
    return row[0], row[1], row[2], row[3]


async def _sweep(world: VaultWorld) -> tuple[float, Usage]:
    """The sweep of a day past its retention: erasure keys, then rows."""
    world.clock.advance((world.vault.retention().days + 2) * _DAY_S)
    begun, used = time.perf_counter(), world.meter.usage()
    await world.vault.sweep()
    return time.perf_counter() - begun, world.meter.usage() - used

"""The SQL of preservation snapshots."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from parley.core.ids import AccountId, TaskId
from parley.legal.vault import rules
from parley.legal.vault.model import DayKey, Hold, SealedRecord
from parley.legal.vault.store import DAY_KEY, day_key_of, record_of
from parley.storage.database import Executor


async def insert_hold(conn: Any, hold: Hold, keys: Sequence[DayKey], sealed: Sequence[SealedRecord]) -> None:
    """Store a preservation snapshot."""
    await conn.execute(
        "INSERT INTO vault.holds (hold_id, task_id, account_id, range_start, range_end, until, made_at, records,"
        " phone) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        hold.hold_id, hold.task_id, hold.account, hold.start, hold.end, hold.until, hold.made_at, hold.records,
        hold.phone,
    )  # fmt: skip
    await conn.executemany(
        "INSERT INTO vault.hold_keys (hold_id, day, account_id, key_id, public_key, shares, pairs)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7)",
        [(hold.hold_id, k.name.day, k.name.account, k.name.key_id, k.public_key, k.shares, k.pairs) for k in keys],
    )
    await conn.executemany(
        "INSERT INTO vault.hold_records (hold_id, day, account_id, key_id, record_id, sealed)"
        " VALUES ($1, $2, $3, $4, $5, $6)",
        [(hold.hold_id, r.name.day, r.name.account, r.name.key_id, r.record_id, r.sealed) for r in sealed],
    )


async def hold(conn: Executor, hold_id: str) -> Hold | None:
    """One hold."""
    row = await conn.fetchrow(f"SELECT {_HOLD} FROM vault.holds WHERE hold_id = $1", hold_id)
    return _hold(row) if row else None


async def holds(conn: Executor, account: AccountId | None = None) -> tuple[Hold, ...]:
    """All holds, or those of one account."""
    rows = await conn.fetch(
        f"SELECT {_HOLD} FROM vault.holds WHERE $1::bigint IS NULL OR account_id = $1 ORDER BY made_at",
        account,
    )
    return tuple(_hold(row) for row in rows)


_HOLD = "hold_id, task_id, account_id, range_start, range_end, until, made_at, records, phone"


def _hold(row: Any) -> Hold:
    return Hold(
        row["hold_id"], TaskId(row["task_id"]), AccountId(row["account_id"]), row["range_start"], row["range_end"],
        row["until"], row["made_at"], row["records"], row["phone"],
    )  # fmt: skip


async def delete_hold(conn: Executor, hold_id: str) -> None:
    """Delete a snapshot."""
    await conn.execute("DELETE FROM vault.holds WHERE hold_id = $1", hold_id)


async def hold_day_keys(conn: Executor, hold_id: str, erasure_id: str) -> tuple[DayKey, ...]:
    """The day keys of a snapshot."""
    rows = await conn.fetch(
        f"SELECT {DAY_KEY} FROM vault.hold_keys WHERE hold_id = $1 ORDER BY day, key_id",
        hold_id,
    )
    return tuple(day_key_of(row, erasure_id) for row in rows)


async def all_keys(conn: Executor) -> tuple[tuple[str, DayKey], ...]:
    """The day keys of all snapshots, with the ids of these."""
    rows = await conn.fetch(f"SELECT hold_id, {DAY_KEY} FROM vault.hold_keys ORDER BY hold_id, day, key_id")
    return tuple(held_key_of(row) for row in rows)


def held_key_of(row: Any) -> tuple[str, DayKey]:
    """Read the key of a snapshot, with the snapshot's id, out of a row."""
    return row["hold_id"], day_key_of(row, rules.erasure_id_of_hold(row["hold_id"]))


async def hold_records(conn: Executor, hold_id: str) -> tuple[SealedRecord, ...]:
    """The sealed records of a snapshot."""
    rows = await conn.fetch(
        "SELECT day, account_id, key_id, record_id, sealed FROM vault.hold_records WHERE hold_id = $1"
        " ORDER BY day, key_id, record_id",
        hold_id,
    )
    return tuple(record_of(row) for row in rows)

"""The SQL of what depends on whom: counts per day and set of pairs, made once when a day is over."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from parley.legal.vault import losses
from parley.legal.vault.hold_store import held_key_of
from parley.legal.vault.losses import DayCount
from parley.legal.vault.model import DayKey, KeyName
from parley.legal.vault.store import DAY_KEY, day_key_of
from parley.storage.database import Executor


async def days_to_count(conn: Executor, now: datetime, fresh: timedelta) -> tuple[date, ...]:
    """Days whose count is missing, or was made before the day was over and longer than `fresh` ago."""
    rows = await conn.fetch(
        "SELECT d::date AS day FROM generate_series("
        " (SELECT min(day) FROM vault.day_keys)::timestamp, (SELECT max(day) FROM vault.day_keys)::timestamp,"
        " interval '1 day') AS d"
        " WHERE EXISTS (SELECT FROM vault.day_keys k WHERE k.day = d::date)"
        " AND NOT EXISTS (SELECT FROM vault.day_counts c WHERE c.day = d::date"
        "  AND (c.counted_at > $1 OR c.counted_at >= d AT TIME ZONE 'UTC' + interval '25 hours'))",
        now - fresh,
    )
    return tuple(row["day"] for row in rows)


async def count_day(conn: Executor, day: date, now: datetime) -> None:
    """Count the accounts of a day for each set of pairs, in a transaction.

    One counts at a time; and where a key gets new pairs meanwhile, its day is counted before or again, never with
    the old ones afterwards.
    """
    await conn.execute("LOCK TABLE vault.day_counts IN SHARE ROW EXCLUSIVE MODE")
    await conn.execute("DELETE FROM vault.day_counts WHERE day = $1", day)
    await conn.execute(
        "INSERT INTO vault.day_counts (day, pairs, accounts, counted_at)"
        " SELECT day, pairs, count(DISTINCT account_id), $2 FROM vault.day_keys"
        " WHERE day = $1 AND pairs IS NOT NULL GROUP BY day, pairs",
        day, now,
    )  # fmt: skip


async def forget_counts(conn: Executor, days: Sequence[date]) -> None:
    """Have days counted again."""
    await conn.execute("DELETE FROM vault.day_counts WHERE day = ANY($1)", list(days))


async def counts(conn: Executor, erasure_keys: Sequence[str]) -> tuple[DayCount, ...]:
    """Everything that is kept, by day and set of pairs; what has no erasure key any more is left out."""
    days = sorted({name[:10] for name in erasure_keys})
    rows = await conn.fetch(
        "SELECT day, pairs, accounts FROM vault.day_counts WHERE pairs <> '' AND day::text = ANY($1)", days
    )
    held = await conn.fetch(
        "SELECT day, pairs, count(DISTINCT account_id) AS accounts FROM vault.hold_keys"
        " WHERE pairs <> '' AND 'hold-' || hold_id = ANY($1) GROUP BY hold_id, day, pairs",
        list(erasure_keys),
    )
    return tuple(
        DayCount(row["day"], losses.read_pairs(row["pairs"]), row["accounts"], preserved)
        for group, preserved in ((rows, False), (held, True))
        for row in group
    )


async def counted_at(conn: Executor) -> datetime | None:
    """When the newest day was counted."""
    at: datetime | None = await conn.fetchval("SELECT max(counted_at) FROM vault.day_counts")
    return at


async def unread_keys(conn: Executor, limit: int) -> tuple[DayKey, ...]:
    """Day keys of an older version, whose pairs nobody has read yet."""
    rows = await conn.fetch(
        f"SELECT {DAY_KEY}, erasure_id FROM vault.day_keys WHERE pairs IS NULL ORDER BY day LIMIT $1",
        limit,
    )
    return tuple(day_key_of(row, row["erasure_id"]) for row in rows)


async def unread_held(conn: Executor, limit: int) -> tuple[tuple[str, DayKey], ...]:
    """The same of snapshots, with their ids."""
    rows = await conn.fetch(
        f"SELECT hold_id, {DAY_KEY} FROM vault.hold_keys WHERE pairs IS NULL LIMIT $1",
        limit,
    )
    return tuple(held_key_of(row) for row in rows)


async def set_pairs(conn: Executor, name: KeyName, hold_id: str | None, pairs: str) -> None:
    """Write which pairs a key was split for."""
    table, of_hold = ("hold_keys", " AND hold_id = $5") if hold_id else ("day_keys", "")
    more = [hold_id] if hold_id else []
    await conn.execute(
        f"UPDATE vault.{table} SET pairs = $4 WHERE day = $1 AND account_id = $2 AND key_id = $3{of_hold}",
        name.day, name.account, name.key_id, pairs, *more,
    )  # fmt: skip

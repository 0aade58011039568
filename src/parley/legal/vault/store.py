"""The vault's SQL. Inserts of sealed rows are bare: their role may not read, so nothing is returned or named."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from parley.core.ids import AccountId
from parley.legal.vault import rules
from parley.legal.vault.model import DayKey, KeyName, SealedRecord, SealingKey
from parley.storage.database import Database, Executor

#: The columns of a day key that live ones and those of snapshots have alike.
DAY_KEY = "day, account_id, key_id, public_key, shares, pairs"


async def sealing_keys(conn: Executor) -> tuple[SealingKey, ...]:
    """The active custodians, as far as the sealing role may see them."""
    rows = await conn.fetch(
        "SELECT number, key_no, seal_key, first_day FROM vault.custodians WHERE status = 'active' ORDER BY number"
    )
    return tuple(SealingKey(**dict(row)) for row in rows)


async def retentions(conn: Executor, accounts: Sequence[AccountId]) -> dict[AccountId, int]:
    """Which of these accounts asked for a shorter retention, in days."""
    rows = await conn.fetch(
        "SELECT account_id, days FROM vault.retentions WHERE account_id = ANY($1)", list(accounts)
    )
    return {AccountId(row["account_id"]): row["days"] for row in rows}


async def public_keys(conn: Executor, day: date, accounts: Sequence[AccountId]) -> list[Any]:
    """The public halves of the keys that accounts have of a day: all that the sealing role may read of them."""
    return await conn.fetch(
        "SELECT day, account_id, key_id, public_key, erasure_id, tag FROM vault.day_keys"
        " WHERE day = $1 AND account_id = ANY($2)",
        day, list(accounts),
    )  # fmt: skip


async def insert_sealed(db: Database, keys: Sequence[DayKey], records: Sequence[SealedRecord]) -> None:
    """Insert day keys and records in one transaction; rows that are there already stay as they are."""
    async with db.transaction() as conn:
        if keys:
            await conn.execute(
                "INSERT INTO vault.day_keys"
                " (day, account_id, key_id, public_key, erasure_id, shares, pairs, tag)"
                " SELECT * FROM unnest($1::date[], $2::bigint[], $3::bigint[], $4::bytea[], $5::text[],"
                " $6::bytea[], $7::text[], $8::bytea[])"
                " ON CONFLICT DO NOTHING",
                *_names([key.name for key in keys]),
                [key.public_key for key in keys],
                [key.erasure_id for key in keys],
                [key.shares for key in keys],
                [key.pairs for key in keys],
                [key.tag for key in keys],
            )
        await conn.execute(
            "INSERT INTO vault.records (day, account_id, key_id, record_id, sealed)"
            " SELECT * FROM unnest($1::date[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bytea[])"
            " ON CONFLICT DO NOTHING",
            *_names([record.name for record in records]),
            [record.record_id for record in records],
            [record.sealed for record in records],
        )


def _names(names: Sequence[KeyName]) -> tuple[list[date], list[int], list[int]]:
    return [n.day for n in names], [int(n.account) for n in names], [n.key_id for n in names]


async def sealed_on(conn: Executor, day: date) -> bool:
    """Whether any address of that day has been sealed."""
    return bool(await conn.fetchval("SELECT EXISTS (SELECT 1 FROM vault.day_keys WHERE day = $1)", day))


async def set_retention(conn: Executor, account: AccountId, days: int | None) -> None:
    """Set or clear an account's own retention."""
    if days is None:
        await conn.execute("DELETE FROM vault.retentions WHERE account_id = $1", account)
        return
    await conn.execute(
        "INSERT INTO vault.retentions (account_id, days) VALUES ($1, $2)"
        " ON CONFLICT (account_id) DO UPDATE SET days = excluded.days",
        account, days,
    )  # fmt: skip


async def delete_before(conn: Executor, day: date) -> None:
    """Delete the rows of all days before `day`."""
    await conn.execute("DELETE FROM vault.records WHERE day < $1", day)
    await conn.execute("DELETE FROM vault.day_keys WHERE day < $1", day)
    await conn.execute("DELETE FROM vault.day_counts WHERE day < $1", day)
    await conn.execute("DELETE FROM vault.rewrappings WHERE day < $1 AND hold_id IS NULL", day)


async def delete_shortened(conn: Executor, today: date) -> None:
    """Delete what accounts with a shorter retention no longer want kept, and the counts of those days."""
    for table in ("records", "day_keys"):
        await conn.execute(
            f"WITH gone AS (DELETE FROM vault.{table} t USING vault.retentions r"
            " WHERE t.account_id = r.account_id AND t.day < $1::date - r.days RETURNING t.day)"
            " DELETE FROM vault.day_counts WHERE day IN (SELECT day FROM gone)",
            today,
        )
    await conn.execute(
        "DELETE FROM vault.rewrappings t USING vault.retentions r"
        " WHERE t.account_id = r.account_id AND t.day < $1::date - r.days AND t.hold_id IS NULL",
        today,
    )


async def day_keys(conn: Executor, account: AccountId, days: Sequence[date]) -> tuple[DayKey, ...]:
    """The keys of an account's days."""
    rows = await conn.fetch(
        f"SELECT {DAY_KEY}, erasure_id FROM vault.day_keys"
        " WHERE day = ANY($1) AND account_id = $2 ORDER BY day, key_id",
        list(days), account,
    )  # fmt: skip
    return tuple(day_key_of(row, row["erasure_id"]) for row in rows)


async def records(conn: Executor, account: AccountId, days: Sequence[date]) -> tuple[SealedRecord, ...]:
    """The sealed records of an account's days."""
    rows = await conn.fetch(
        "SELECT day, account_id, key_id, record_id, sealed FROM vault.records"
        " WHERE day = ANY($1) AND account_id = $2 ORDER BY day, key_id, record_id",
        list(days), account,
    )  # fmt: skip
    return tuple(record_of(row) for row in rows)


def _name(row: Any) -> KeyName:
    return KeyName(AccountId(row["account_id"]), row["day"], row["key_id"])


def day_key_of(row: Any, erasure_id: str) -> DayKey:
    """Read a day key out of a row."""
    return DayKey(_name(row), row["public_key"], erasure_id, row["shares"], row["pairs"])


def record_of(row: Any) -> SealedRecord:
    """Read a sealed record out of a row."""
    return SealedRecord(_name(row), row["record_id"], row["sealed"])


async def keys_after(conn: Executor, after: KeyName | None, limit: int) -> tuple[DayKey, ...]:
    """The next day keys in the order of their names."""
    day, account, key_id = (after.day, after.account, after.key_id) if after else (date.min, 0, 0)
    rows = await conn.fetch(
        f"SELECT {DAY_KEY}, erasure_id FROM vault.day_keys"
        " WHERE (day, account_id, key_id) > ($1, $2, $3) ORDER BY day, account_id, key_id LIMIT $4",
        day, account, key_id, limit,
    )  # fmt: skip
    return tuple(day_key_of(row, row["erasure_id"]) for row in rows)


async def locked_key(conn: Executor, name: KeyName, hold_id: str | None) -> DayKey | None:
    """One day key, live or of a snapshot, with its row held until the transaction ends."""
    if hold_id is None:
        row = await conn.fetchrow(
            f"SELECT {DAY_KEY}, erasure_id FROM vault.day_keys"
            " WHERE day = $1 AND account_id = $2 AND key_id = $3 FOR UPDATE",
            name.day, name.account, name.key_id,
        )  # fmt: skip
        return day_key_of(row, row["erasure_id"]) if row else None
    row = await conn.fetchrow(
        f"SELECT {DAY_KEY} FROM vault.hold_keys"
        " WHERE hold_id = $4 AND day = $1 AND account_id = $2 AND key_id = $3 FOR UPDATE",
        name.day, name.account, name.key_id, hold_id,
    )  # fmt: skip
    return day_key_of(row, rules.erasure_id_of_hold(hold_id)) if row else None


async def replace_shares(conn: Executor, name: KeyName, hold_id: str | None, shares: bytes, pairs: str) -> None:
    """Put other shares in the place of a key's, and name the pairs that they are of."""
    table, of_hold = ("hold_keys", " AND hold_id = $6") if hold_id else ("day_keys", "")
    more = [hold_id] if hold_id else []
    await conn.execute(
        f"UPDATE vault.{table} SET shares = $4, pairs = $5"
        f" WHERE day = $1 AND account_id = $2 AND key_id = $3{of_hold}",
        name.day, name.account, name.key_id, shares, pairs, *more,
    )  # fmt: skip

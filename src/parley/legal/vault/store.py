"""The vault's SQL. Inserts of sealed rows are bare: their role may not read, so nothing is returned or named."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, TypeAlias

import asyncpg

from parley.core.ids import AccountId, CustodianId, TaskId
from parley.legal.vault.model import (
    Custodian,
    CustodianStatus,
    DayKey,
    EnrolmentToken,
    Hold,
    KeyName,
    SealedRecord,
    SealingKey,
)
from parley.storage.database import Database

Connection: TypeAlias = "asyncpg.Connection | Database"


async def sealing_keys(conn: Connection) -> tuple[SealingKey, ...]:
    """The active custodians, as far as the sealing role may see them."""
    rows = await conn.fetch(
        "SELECT number, key_no, seal_key, first_day FROM vault.custodians WHERE status = 'active' ORDER BY number"
    )
    return tuple(SealingKey(**dict(row)) for row in rows)


async def retentions(conn: Connection, accounts: Sequence[AccountId]) -> dict[AccountId, int]:
    """Which of these accounts asked for a shorter retention, in days."""
    rows = await conn.fetch(
        "SELECT account_id, days FROM vault.retentions WHERE account_id = ANY($1)", list(accounts)
    )
    return {AccountId(row["account_id"]): row["days"] for row in rows}


async def insert_sealed(db: Database, keys: Sequence[DayKey], records: Sequence[SealedRecord]) -> None:
    """Insert day keys and records in one transaction; rows that are there already stay as they are."""
    async with db.transaction() as conn:
        if keys:
            await conn.execute(
                "INSERT INTO vault.day_keys (day, account_id, key_id, public_key, erasure_id, shares)"
                " SELECT * FROM"
                " unnest($1::date[], $2::bigint[], $3::bigint[], $4::bytea[], $5::text[], $6::bytea[])"
                " ON CONFLICT DO NOTHING",
                *_names([key.name for key in keys]),
                [key.public_key for key in keys],
                [key.erasure_id for key in keys],
                [key.shares for key in keys],
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


async def insert_token(conn: Connection, token_hash: bytes, token: EnrolmentToken) -> None:
    """Store the hash of an enrolment token."""
    await conn.execute(
        "INSERT INTO vault.custodian_tokens (token_hash, name, expires_at) VALUES ($1, $2, $3)",
        token_hash, token.name, token.expires_at,
    )  # fmt: skip


async def token_name(conn: Connection, token_hash: bytes, now: datetime) -> str | None:
    """The name for which an unused token was made."""
    name: str | None = await conn.fetchval(
        "SELECT name FROM vault.custodian_tokens WHERE token_hash = $1 AND used_at IS NULL AND expires_at > $2",
        token_hash, now,
    )  # fmt: skip
    return name


async def use_token(conn: Connection, token_hash: bytes, now: datetime) -> str | None:
    """Use a token up and give its name; None when it is unknown, used or too old."""
    name: str | None = await conn.fetchval(
        "UPDATE vault.custodian_tokens SET used_at = $2"
        " WHERE token_hash = $1 AND used_at IS NULL AND expires_at > $2 RETURNING name",
        token_hash, now,
    )  # fmt: skip
    return name


async def lock_custodians(conn: Connection) -> None:
    """Let one enrolment or change of custodians happen at a time."""
    await conn.execute("LOCK TABLE vault.custodians IN SHARE ROW EXCLUSIVE MODE")


async def insert_custodian(conn: Connection, custodian: Custodian) -> None:
    """Add a custodian."""
    await conn.execute(
        "INSERT INTO vault.custodians"
        " (number, custodian_id, name, seal_key, sign_key, cosigner, key_no, first_day, joined_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        custodian.number, custodian.custodian_id, custodian.name, custodian.seal_key, custodian.sign_key,
        custodian.cosigner, custodian.key_no, custodian.first_day, custodian.joined_at,
    )  # fmt: skip


async def custodians(conn: Connection) -> tuple[Custodian, ...]:
    """All custodians there ever were, by number."""
    rows = await conn.fetch(f"SELECT {_CUSTODIAN} FROM vault.custodians ORDER BY number")
    return tuple(_custodian(row) for row in rows)


async def custodian(conn: Connection, custodian_id: str) -> Custodian | None:
    """One active custodian."""
    row = await conn.fetchrow(
        f"SELECT {_CUSTODIAN} FROM vault.custodians WHERE custodian_id = $1 AND status = 'active'",
        custodian_id,
    )
    return _custodian(row) if row else None


_CUSTODIAN = "custodian_id, number, name, seal_key, sign_key, cosigner, key_no, first_day, joined_at, status"


def _custodian(row: Any) -> Custodian:
    values = dict(row)
    return Custodian(
        **{**values, "status": CustodianStatus(values["status"]), "custodian_id": CustodianId(row["custodian_id"])}
    )


async def custodian_left(conn: Connection, custodian_id: CustodianId, now: datetime) -> None:
    """From now on no key is wrapped for them."""
    await conn.execute(
        "UPDATE vault.custodians SET status = 'left', left_at = $2 WHERE custodian_id = $1", custodian_id, now
    )


async def replace_seal_key(conn: Connection, custodian_id: CustodianId, seal_key: bytes, sign_key: bytes) -> None:
    """Begin a rotation: new day keys are wrapped for the new key; the new signing key waits for the end."""
    await conn.execute(
        "UPDATE vault.custodians SET seal_key = $2, key_no = key_no + 1, next_sign_key = $3"
        " WHERE custodian_id = $1",
        custodian_id, seal_key, sign_key,
    )  # fmt: skip


async def next_sign_key(conn: Connection, custodian_id: CustodianId) -> bytes | None:
    """The signing key of a rotation that was begun."""
    key: bytes | None = await conn.fetchval(
        "SELECT next_sign_key FROM vault.custodians WHERE custodian_id = $1", custodian_id
    )
    return key


async def finish_rotation(conn: Connection, custodian_id: CustodianId) -> None:
    """End a rotation: the new signing key holds."""
    await conn.execute(
        "UPDATE vault.custodians SET sign_key = next_sign_key, next_sign_key = NULL"
        " WHERE custodian_id = $1 AND next_sign_key IS NOT NULL",
        custodian_id,
    )


async def sealed_on(conn: Connection, day: date) -> bool:
    """Whether any address of that day has been sealed."""
    return bool(await conn.fetchval("SELECT EXISTS (SELECT 1 FROM vault.day_keys WHERE day = $1)", day))


async def set_retention(conn: Connection, account: AccountId, days: int | None) -> None:
    """Set or clear an account's own retention."""
    if days is None:
        await conn.execute("DELETE FROM vault.retentions WHERE account_id = $1", account)
        return
    await conn.execute(
        "INSERT INTO vault.retentions (account_id, days) VALUES ($1, $2)"
        " ON CONFLICT (account_id) DO UPDATE SET days = excluded.days",
        account, days,
    )  # fmt: skip


async def delete_before(conn: Connection, day: date) -> None:
    """Delete the rows of all days before `day`."""
    await conn.execute("DELETE FROM vault.records WHERE day < $1", day)
    await conn.execute("DELETE FROM vault.day_keys WHERE day < $1", day)


async def delete_shortened(conn: Connection, today: date) -> None:
    """Delete what accounts with a shorter retention no longer want kept."""
    for table in ("records", "day_keys"):
        await conn.execute(
            f"DELETE FROM vault.{table} t USING vault.retentions r"
            " WHERE t.account_id = r.account_id AND t.day < $1::date - r.days",
            today,
        )


async def day_keys(conn: Connection, account: AccountId, days: Sequence[date]) -> tuple[DayKey, ...]:
    """The keys of an account's days."""
    rows = await conn.fetch(
        "SELECT day, account_id, key_id, public_key, erasure_id, shares FROM vault.day_keys"
        " WHERE day = ANY($1) AND account_id = $2 ORDER BY day, key_id",
        list(days), account,
    )  # fmt: skip
    return tuple(_day_key(row, row["erasure_id"]) for row in rows)


async def records(conn: Connection, account: AccountId, days: Sequence[date]) -> tuple[SealedRecord, ...]:
    """The sealed records of an account's days."""
    rows = await conn.fetch(
        "SELECT day, account_id, key_id, record_id, sealed FROM vault.records"
        " WHERE day = ANY($1) AND account_id = $2 ORDER BY day, key_id, record_id",
        list(days), account,
    )  # fmt: skip
    return tuple(_record(row) for row in rows)


def _name(row: Any) -> KeyName:
    return KeyName(AccountId(row["account_id"]), row["day"], row["key_id"])


def _day_key(row: Any, erasure_id: str) -> DayKey:
    return DayKey(_name(row), row["public_key"], erasure_id, row["shares"])


def _record(row: Any) -> SealedRecord:
    return SealedRecord(_name(row), row["record_id"], row["sealed"])


async def insert_hold(conn: Any, hold: Hold, keys: Sequence[DayKey], sealed: Sequence[SealedRecord]) -> None:
    """Store a preservation snapshot."""
    await conn.execute(
        "INSERT INTO vault.holds (hold_id, task_id, account_id, range_start, range_end, until, made_at, records)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        hold.hold_id, hold.task_id, hold.account, hold.start, hold.end, hold.until, hold.made_at, hold.records,
    )  # fmt: skip
    await conn.executemany(
        "INSERT INTO vault.hold_keys (hold_id, day, account_id, key_id, public_key, shares)"
        " VALUES ($1, $2, $3, $4, $5, $6)",
        [(hold.hold_id, k.name.day, k.name.account, k.name.key_id, k.public_key, k.shares) for k in keys],
    )
    await conn.executemany(
        "INSERT INTO vault.hold_records (hold_id, day, account_id, key_id, record_id, sealed)"
        " VALUES ($1, $2, $3, $4, $5, $6)",
        [(hold.hold_id, r.name.day, r.name.account, r.name.key_id, r.record_id, r.sealed) for r in sealed],
    )


async def hold(conn: Connection, hold_id: str) -> Hold | None:
    """One hold."""
    row = await conn.fetchrow(f"SELECT {_HOLD} FROM vault.holds WHERE hold_id = $1", hold_id)
    return _hold(row) if row else None


async def holds(conn: Connection, account: AccountId | None = None) -> tuple[Hold, ...]:
    """All holds, or those of one account."""
    rows = await conn.fetch(
        f"SELECT {_HOLD} FROM vault.holds"
        " WHERE $1::bigint IS NULL OR account_id = $1 ORDER BY made_at",
        account,
    )
    return tuple(_hold(row) for row in rows)


_HOLD = "hold_id, task_id, account_id, range_start, range_end, until, made_at, records"


def _hold(row: Any) -> Hold:
    return Hold(
        row["hold_id"], TaskId(row["task_id"]), AccountId(row["account_id"]), row["range_start"], row["range_end"],
        row["until"], row["made_at"], row["records"],
    )  # fmt: skip


async def delete_hold(conn: Connection, hold_id: str) -> None:
    """Delete a snapshot."""
    await conn.execute("DELETE FROM vault.holds WHERE hold_id = $1", hold_id)


async def hold_day_keys(conn: Connection, hold_id: str, erasure_id: str) -> tuple[DayKey, ...]:
    """The day keys of a snapshot."""
    rows = await conn.fetch(
        "SELECT day, account_id, key_id, public_key, shares FROM vault.hold_keys WHERE hold_id = $1"
        " ORDER BY day, key_id",
        hold_id,
    )
    return tuple(_day_key(row, erasure_id) for row in rows)


async def hold_records(conn: Connection, hold_id: str) -> tuple[SealedRecord, ...]:
    """The sealed records of a snapshot."""
    rows = await conn.fetch(
        "SELECT day, account_id, key_id, record_id, sealed FROM vault.hold_records WHERE hold_id = $1"
        " ORDER BY day, key_id, record_id",
        hold_id,
    )
    return tuple(_record(row) for row in rows)


async def keys_after(conn: Connection, after: KeyName | None, limit: int) -> tuple[DayKey, ...]:
    """The next day keys in the order of their names: pages for a rotation."""
    day, account, key_id = (after.day, after.account, after.key_id) if after else (date.min, 0, 0)
    rows = await conn.fetch(
        "SELECT day, account_id, key_id, public_key, erasure_id, shares FROM vault.day_keys"
        " WHERE (day, account_id, key_id) > ($1, $2, $3) ORDER BY day, account_id, key_id LIMIT $4",
        day, account, key_id, limit,
    )  # fmt: skip
    return tuple(_day_key(row, row["erasure_id"]) for row in rows)


async def locked_shares(conn: Connection, name: KeyName, hold_id: str | None) -> bytes | None:
    """The locked shares of one day key, with its row held until the transaction ends."""
    shares: bytes | None
    if hold_id is None:
        shares = await conn.fetchval(
            "SELECT shares FROM vault.day_keys WHERE day = $1 AND account_id = $2 AND key_id = $3 FOR UPDATE",
            name.day, name.account, name.key_id,
        )  # fmt: skip
    else:
        shares = await conn.fetchval(
            "SELECT shares FROM vault.hold_keys"
            " WHERE hold_id = $4 AND day = $1 AND account_id = $2 AND key_id = $3 FOR UPDATE",
            name.day, name.account, name.key_id, hold_id,
        )  # fmt: skip
    return shares


async def replace_shares(conn: Connection, name: KeyName, hold_id: str | None, shares: bytes) -> None:
    """Put the re-wrapped shares in place."""
    if hold_id is None:
        await conn.execute(
            "UPDATE vault.day_keys SET shares = $4 WHERE day = $1 AND account_id = $2 AND key_id = $3",
            name.day, name.account, name.key_id, shares,
        )  # fmt: skip
        return
    await conn.execute(
        "UPDATE vault.hold_keys SET shares = $4"
        " WHERE hold_id = $5 AND day = $1 AND account_id = $2 AND key_id = $3",
        name.day, name.account, name.key_id, shares, hold_id,
    )  # fmt: skip


async def erasure_id_of(conn: Connection, name: KeyName) -> str | None:
    """Which erasure key covers a day key."""
    found: str | None = await conn.fetchval(
        "SELECT erasure_id FROM vault.day_keys WHERE day = $1 AND account_id = $2 AND key_id = $3",
        name.day, name.account, name.key_id,
    )  # fmt: skip
    return found

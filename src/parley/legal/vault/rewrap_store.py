"""The SQL of re-wrappings that wait for their second custodian."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from parley.core.ids import AccountId
from parley.legal.vault.model import KeyName
from parley.storage.database import Executor


@dataclass(frozen=True, slots=True)
class Waiting:
    """A giver's part; `shares` are the packed new shares of giver and heir."""

    name: KeyName
    hold_id: str | None
    giver: int
    receiver: int
    heir: int
    shares: bytes
    hint: bytes


async def insert(conn: Executor, new: Waiting, now: datetime) -> None:
    """Store a giver's part in the place of an earlier one."""
    await delete(conn, new)
    await conn.execute(
        "INSERT INTO vault.rewrappings"
        " (hold_id, day, account_id, key_id, giver, receiver, heir, shares, hint, given_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        new.hold_id, new.name.day, new.name.account, new.name.key_id, new.giver, new.receiver, new.heir, new.shares,
        new.hint, now,
    )  # fmt: skip


async def delete(conn: Executor, one: Waiting) -> None:
    """Forget a giver's part."""
    await conn.execute(
        "DELETE FROM vault.rewrappings WHERE day = $1 AND account_id = $2 AND key_id = $3 AND heir = $4"
        " AND coalesce(hold_id, '') = $5",
        one.name.day, one.name.account, one.name.key_id, one.heir, one.hold_id or "",
    )  # fmt: skip


async def for_heir(
    conn: Executor, heir: int, keys: Sequence[tuple[str | None, KeyName]]
) -> dict[tuple[str | None, KeyName], Waiting]:
    """The givers' parts for one heir that there are of these keys."""
    rows = await conn.fetch(
        f"SELECT {_COLUMNS} FROM vault.rewrappings WHERE heir = $1"
        " AND (day, account_id, key_id, coalesce(hold_id, ''))"
        " IN (SELECT * FROM unnest($2::date[], $3::bigint[], $4::bigint[], $5::text[]))",
        heir,
        [name.day for _, name in keys],
        [name.account for _, name in keys],
        [name.key_id for _, name in keys],
        [hold_id or "" for hold_id, _ in keys],
    )
    return {(one.hold_id, one.name): one for one in map(_waiting, rows)}


async def waiting(conn: Executor, name: KeyName, hold_id: str | None, heir: int) -> Waiting | None:
    """The giver's part for one key and heir."""
    row = await conn.fetchrow(
        f"SELECT {_COLUMNS} FROM vault.rewrappings WHERE day = $1 AND account_id = $2 AND key_id = $3"
        " AND heir = $4 AND coalesce(hold_id, '') = $5",
        name.day, name.account, name.key_id, heir, hold_id or "",
    )  # fmt: skip
    return _waiting(row) if row else None


async def concerning(conn: Executor, number: int) -> int:
    """How many givers' parts name this custodian."""
    found: int = await conn.fetchval(
        "SELECT count(*) FROM vault.rewrappings WHERE $1 IN (giver, receiver, heir)", number
    )
    return found


_COLUMNS = "hold_id, day, account_id, key_id, giver, receiver, heir, shares, hint"


def _waiting(row: Any) -> Waiting:
    name = KeyName(AccountId(row["account_id"]), row["day"], row["key_id"])
    return Waiting(name, row["hold_id"], row["giver"], row["receiver"], row["heir"], row["shares"], row["hint"])

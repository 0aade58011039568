"""SQL of a change of the accounts key: pages of sealed rows, locked, and the same rows under the newest key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from parley.core.ids import AccountId, AuthKeyId
from parley.messenger.sql import Executor


@dataclass(frozen=True, slots=True)
class MovedPhone:
    """One period of a number: where it was found, and what stands in its place."""

    account: AccountId
    since: datetime
    old_index: bytes
    index: bytes
    sealed: bytes


async def phone_page(db: Executor, after: tuple[AccountId, datetime], limit: int) -> list[Any]:
    """The next numbers in the order of their accounts, held until the transaction ends."""
    return await db.fetch(
        "SELECT account_id, since, phone_index, sealed FROM messenger.account_phones"
        " WHERE (account_id, since) > ($1, $2) ORDER BY account_id, since LIMIT $3 FOR UPDATE",
        *after, limit,
    )  # fmt: skip


async def move_phones(db: Executor, moved: Sequence[MovedPhone]) -> None:
    """Write numbers under the newest key. A row that is found by its index is written anew, never given another."""
    if not moved:
        return
    columns = (
        [one.account for one in moved], [one.since for one in moved], [one.old_index for one in moved],
        [one.index for one in moved],
    )  # fmt: skip
    given = "unnest($1::bigint[], $2::timestamptz[], $3::bytea[], $4::bytea[]) AS m(account_id, since, old, new)"
    await db.execute(
        f"WITH m AS (SELECT * FROM {given}), gone AS (DELETE FROM messenger.phones p USING m"
        " WHERE p.phone_index = m.old AND p.account_id = m.account_id AND p.since = m.since"
        " RETURNING m.new, p.account_id, p.since)"
        " INSERT INTO messenger.phones (phone_index, account_id, since) SELECT * FROM gone",
        *columns,
    )
    await db.execute(
        f"WITH m AS (SELECT * FROM {given}), gone AS (DELETE FROM messenger.phone_periods p USING m"
        " WHERE p.phone_index = m.old AND p.account_id = m.account_id AND p.since = m.since"
        " RETURNING m.new, p.since, p.until, p.account_id)"
        " INSERT INTO messenger.phone_periods (phone_index, since, until, account_id) SELECT * FROM gone",
        *columns,
    )
    await db.execute(
        "UPDATE messenger.account_phones a SET phone_index = m.new, sealed = m.sealed"
        " FROM unnest($1::bigint[], $2::timestamptz[], $3::bytea[], $4::bytea[])"
        " AS m(account_id, since, new, sealed) WHERE a.account_id = m.account_id AND a.since = m.since",
        columns[0], columns[1], columns[3], [one.sealed for one in moved],
    )  # fmt: skip


async def auth_key_page(db: Executor, after: AuthKeyId, limit: int) -> list[Any]:
    """The next authorization keys in the order of their ids, held until the transaction ends."""
    return await db.fetch(
        "SELECT auth_key_id, sealed FROM messenger.auth_keys WHERE auth_key_id > $1"
        " ORDER BY auth_key_id LIMIT $2 FOR UPDATE",
        after, limit,
    )  # fmt: skip


async def move_auth_keys(db: Executor, moved: Mapping[AuthKeyId, bytes]) -> None:
    """Write authorization keys under the newest key."""
    if moved:
        await db.execute(
            "UPDATE messenger.auth_keys a SET sealed = m.sealed FROM unnest($1::bigint[], $2::bytea[])"
            " AS m(auth_key_id, sealed) WHERE a.auth_key_id = m.auth_key_id",
            list(moved), list(moved.values()),
        )  # fmt: skip

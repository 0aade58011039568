"""SQL of accounts and their identifiers: rows, phone numbers, usernames and the history of both."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from parley.core.ids import AccountId
from parley.core.peers import Peer, PeerKind
from parley.messenger.accounts.model import Account
from parley.messenger.sql import Executor

_COLUMNS = (
    "account_id, first_name, last_name, username, about, created_at, is_bot, verified, support, deleted_at, version"
)


def _account(row: Any) -> Account:
    return Account(
        account_id=AccountId(row["account_id"]),
        first_name=row["first_name"],
        last_name=row["last_name"],
        username=row["username"],
        about=row["about"],
        created_at=row["created_at"],
        is_bot=row["is_bot"],
        verified=row["verified"],
        support=row["support"],
        deleted=row["deleted_at"] is not None,
        version=row["version"],
    )


async def accounts(db: Executor, ids: Collection[AccountId]) -> dict[AccountId, Account]:
    """Read the accounts that exist among `ids`; deleted ones are included."""
    rows = await db.fetch(
        f"SELECT {_COLUMNS} FROM messenger.accounts WHERE account_id = ANY($1::bigint[])",
        list(ids),
    )
    return {AccountId(row["account_id"]): _account(row) for row in rows}


async def insert_account(db: Executor, account: Account) -> bool:
    """Write a new account; False when its id is taken."""
    done = await db.fetchval(
        "INSERT INTO messenger.accounts"
        " (account_id, first_name, last_name, about, is_bot, verified, support, created_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (account_id) DO NOTHING RETURNING account_id",
        account.account_id,
        account.first_name,
        account.last_name,
        account.about,
        account.is_bot,
        account.verified,
        account.support,
        account.created_at,
    )
    return done is not None


async def update_profile(db: Executor, account: AccountId, first_name: str, last_name: str, about: str) -> None:
    """Write the profile of a living account."""
    await db.execute(
        "UPDATE messenger.accounts SET first_name = $2, last_name = $3, about = $4, version = version + 1"
        " WHERE account_id = $1 AND deleted_at IS NULL",
        account,
        first_name,
        last_name,
        about,
    )


async def update_username(db: Executor, account: AccountId, username: str | None) -> None:
    """Write the username as the account's row shows it; uniqueness is the names table's."""
    await db.execute(
        "UPDATE messenger.accounts SET username = $2, version = version + 1 WHERE account_id = $1",
        account,
        username,
    )


async def mark_deleted(db: Executor, account: AccountId, at: datetime) -> bool:
    """Empty an account's row; False when it was deleted before."""
    done = await db.fetchval(
        "UPDATE messenger.accounts SET first_name = '', last_name = '', about = '', username = NULL,"
        " deleted_at = $2, version = version + 1"
        " WHERE account_id = $1 AND deleted_at IS NULL RETURNING account_id",
        account,
        at,
    )
    return done is not None


async def hold(db: Executor, account: AccountId) -> bool:
    """Hold a living account's row until the transaction ends; False when the account was deleted."""
    held = await db.fetchval(
        "SELECT account_id FROM messenger.accounts WHERE account_id = $1 AND deleted_at IS NULL FOR UPDATE", account
    )
    return held is not None


async def account_of_phone(db: Executor, indexes: Sequence[bytes]) -> AccountId | None:
    """Find who holds a number, by all hashes under which it may be written."""
    found = await db.fetchval(
        "SELECT account_id FROM messenger.phones WHERE phone_index = ANY($1::bytea[])", indexes
    )
    return None if found is None else AccountId(found)


async def accounts_of_phones(db: Executor, indexes: Collection[bytes]) -> dict[bytes, AccountId]:
    """Find who holds several numbers."""
    rows = await db.fetch(
        "SELECT phone_index, account_id FROM messenger.phones WHERE phone_index = ANY($1::bytea[])", list(indexes)
    )
    return {row["phone_index"]: AccountId(row["account_id"]) for row in rows}


async def take_phone(
    db: Executor, indexes: Sequence[bytes], account: AccountId, sealed: bytes, at: datetime
) -> bool:
    """Give a free number to an account, with its history; False when somebody holds it.

    It is written under the first of its hashes and looked for under all of them.
    """
    index, former = indexes[0], indexes[1:]
    if former and await account_of_phone(db, former) is not None:
        return False
    taken = await db.fetchval(
        "INSERT INTO messenger.phones (phone_index, account_id, since) VALUES ($1, $2, $3)"
        " ON CONFLICT (phone_index) DO NOTHING RETURNING account_id",
        index,
        account,
        at,
    )
    if taken is None:
        return False
    await db.execute(
        "INSERT INTO messenger.phone_periods (phone_index, since, account_id) VALUES ($1, $2, $3)",
        index,
        at,
        account,
    )
    await db.execute(
        "INSERT INTO messenger.account_phones (account_id, since, phone_index, sealed) VALUES ($1, $2, $3, $4)",
        account,
        at,
        index,
        sealed,
    )
    return True


async def free_phone(db: Executor, account: AccountId, at: datetime) -> None:
    """End an account's hold on its number; the periods stay until they are purged."""
    index = await db.fetchval(
        "UPDATE messenger.account_phones SET until = $2"
        " WHERE account_id = $1 AND until IS NULL RETURNING phone_index",
        account,
        at,
    )
    if index is None:
        return
    await db.execute(
        "UPDATE messenger.phone_periods SET until = $3"
        " WHERE phone_index = $1 AND account_id = $2 AND until IS NULL",
        index,
        account,
        at,
    )
    await db.execute("DELETE FROM messenger.phones WHERE phone_index = $1 AND account_id = $2", index, account)


async def sealed_phones(db: Executor, ids: Collection[AccountId]) -> dict[AccountId, bytes]:
    """Read the sealed numbers that accounts hold now."""
    rows = await db.fetch(
        "SELECT account_id, sealed FROM messenger.account_phones"
        " WHERE account_id = ANY($1::bigint[]) AND until IS NULL",
        list(ids),
    )
    return {AccountId(row["account_id"]): row["sealed"] for row in rows}


async def owner_of_name(db: Executor, name: str) -> Peer | None:
    """Find who holds a folded username."""
    row = await db.fetchrow("SELECT owner_kind, owner_id FROM messenger.usernames WHERE name = $1", name)
    return None if row is None else Peer(PeerKind(row["owner_kind"]), row["owner_id"])


async def owners_of_names(db: Executor, names: Collection[str]) -> dict[str, Peer]:
    """Find who holds each of these folded usernames; a free one is absent."""
    rows = await db.fetch(
        "SELECT name, owner_kind, owner_id FROM messenger.usernames WHERE name = ANY ($1::text[])", list(names)
    )
    return {row["name"]: Peer(PeerKind(row["owner_kind"]), row["owner_id"]) for row in rows}


async def take_name(db: Executor, name: str, owner: Peer, at: datetime) -> bool:
    """Give a free folded username to an owner, with its history; False when it is held."""
    taken = await db.fetchval(
        "INSERT INTO messenger.usernames (name, owner_kind, owner_id, since) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT (name) DO NOTHING RETURNING name",
        name,
        owner.kind.value,
        owner.id,
        at,
    )
    if taken is None:
        return False
    await db.execute(
        "INSERT INTO messenger.username_periods (name, since, owner_kind, owner_id) VALUES ($1, $2, $3, $4)",
        name,
        at,
        owner.kind.value,
        owner.id,
    )
    return True


async def free_name(db: Executor, name: str, owner: Peer, at: datetime) -> None:
    """End an owner's hold on a folded username; the period stays until it is purged."""
    await db.execute(
        "DELETE FROM messenger.usernames WHERE name = $1 AND owner_kind = $2 AND owner_id = $3",
        name,
        owner.kind.value,
        owner.id,
    )
    await db.execute(
        "UPDATE messenger.username_periods SET until = $4"
        " WHERE name = $1 AND owner_kind = $2 AND owner_id = $3 AND until IS NULL",
        name,
        owner.kind.value,
        owner.id,
        at,
    )


async def purge_periods(db: Executor, before: datetime) -> int:
    """Forget who held an identifier until before `before`: a background scan over all keys."""
    gone = 0
    for table in ("phone_periods", "username_periods", "account_phones"):
        status: str = await db.execute(f"DELETE FROM messenger.{table} WHERE until < $1", before)
        gone += int(status.rsplit(" ", 1)[-1])
    return gone

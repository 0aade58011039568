"""SQL of the links by which an account's addresses are kept for a shorter time; a token lies here as its hash."""

from __future__ import annotations

from datetime import datetime

from parley.core.ids import AccountId
from parley.messenger.sql import Executor


async def put_link(db: Executor, account: AccountId, token_hash: bytes, expires_at: datetime) -> None:
    """Keep an account's newest link."""
    await db.execute(
        "INSERT INTO messenger.retention_links (token_hash, account_id, expires_at) VALUES ($1, $2, $3)",
        token_hash, account, expires_at,
    )  # fmt: skip


async def link_account(db: Executor, token_hash: bytes, now: datetime) -> AccountId | None:
    """Whose link it is, while it serves."""
    found = await db.fetchval(
        "SELECT account_id FROM messenger.retention_links WHERE token_hash = $1 AND expires_at > $2",
        token_hash,
        now,
    )
    return None if found is None else AccountId(found)


async def take_link(db: Executor, token_hash: bytes, now: datetime) -> AccountId | None:
    """Use a link up; of two who try at once one gets it."""
    found = await db.fetchval(
        "DELETE FROM messenger.retention_links WHERE token_hash = $1 AND expires_at > $2 RETURNING account_id",
        token_hash, now,
    )  # fmt: skip
    return None if found is None else AccountId(found)


async def forget_links(db: Executor, now: datetime) -> None:
    """Forget links whose time is over: a background scan."""
    await db.execute("DELETE FROM messenger.retention_links WHERE expires_at <= $1", now)

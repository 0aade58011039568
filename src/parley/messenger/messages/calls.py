"""Creating calls are executed once: what an account's call made is stored with it, in the same transaction."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from parley.core.ids import AccountId
from parley.messenger.sql import Executor

KEPT: Final = timedelta(days=2)
"""A client does not repeat a call whose message id is older than MTProto accepts; two days are ample."""


async def earlier(db: Executor, account: AccountId, call_id: int) -> Any:
    """What the same call made before, or None."""
    return await db.fetchval(
        "SELECT result FROM messenger.calls WHERE account_id = $1 AND call_id = $2", account, call_id
    )


async def remember(db: Executor, account: AccountId, call_id: int, result: object, now: datetime) -> bool:
    """Store what a call made, inside its transaction. False: a repeat was faster; roll back and ask `earlier`."""
    tag = await db.execute(
        "INSERT INTO messenger.calls (account_id, call_id, result, made_at) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT (account_id, call_id) DO NOTHING",
        account,
        call_id,
        result,
        now,
    )
    return tag.endswith(" 1")


async def forget_old(db: Executor, now: datetime) -> None:
    """Drop what no client repeats any more. A background scan over all accounts."""
    await db.execute("DELETE FROM messenger.calls WHERE made_at < $1", now - KEPT)

"""Creating calls are executed once: what an account's call made is stored with it, in the same transaction.

A call is named by its account and its MTProto message id, so that its repeat finds the first result, also after the
server was killed between the commit and the answer. Sends have no row here: the random id that the client gives for
just that lies in the box, in the transaction of the message.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import asyncpg

from parley.core.ids import AccountId
from parley.messenger.errors import BadRequest
from parley.messenger.sql import Executor
from parley.storage.database import Database

KEPT: Final = timedelta(days=2)
"""A client does not repeat a call whose message id is older than MTProto accepts; two days are ample."""

Result = Mapping[str, Any]
Make = Callable[[asyncpg.Connection], Awaitable[Result]]


async def once(db: Database, account: AccountId, call_id: int, now: datetime, make: Make) -> Result:
    """Do in a transaction what a call asks for; a repeat gets what the first one made, and does nothing."""
    if (found := await earlier(db, account, call_id)) is not None:
        return found
    try:
        async with db.transaction() as conn:
            result = await make(conn)
            if not await remember(conn, account, call_id, result, now):
                raise _Repeated
    except _Repeated:
        return _there(await earlier(db, account, call_id))
    return result


async def earlier(db: Executor, account: AccountId, call_id: int) -> Result | None:
    """What the same call made before, or None."""
    found: Result | None = await db.fetchval(
        "SELECT result FROM messenger.calls WHERE account_id = $1 AND call_id = $2", account, call_id
    )
    return found


async def remember(db: Executor, account: AccountId, call_id: int, result: Result, now: datetime) -> bool:
    """Store what a call made, inside its transaction; False when a repeat was faster: roll back."""
    tag = await db.execute(
        "INSERT INTO messenger.calls (account_id, call_id, result, made_at) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT (account_id, call_id) DO NOTHING",
        account,
        call_id,
        dict(result),
        now,
    )
    return tag.endswith(" 1")


def made(result: Result, kind: str) -> Any:
    """Give what a call made of one kind.

    Raises:
        BadRequest: MSG_ID_INVALID, when the same message id made something else: it was another call.
    """
    if kind not in result:
        raise BadRequest("MSG_ID_INVALID")
    return result[kind]


async def forget_old(db: Executor, now: datetime) -> None:
    """Drop what no client repeats any more. A background scan over all accounts."""
    await db.execute("DELETE FROM messenger.calls WHERE made_at < $1", now - KEPT)


def _there(found: Result | None) -> Result:
    assert found is not None, "the faster call has committed"
    return found


class _Repeated(Exception):
    """The same call was executed at the same time, and was faster."""

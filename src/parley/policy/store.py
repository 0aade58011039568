"""SQL of the policy room: who accepted which version when."""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypeAlias

import asyncpg

from parley.core.ids import AccountId
from parley.policy.model import Acceptance, Document, Kind
from parley.storage.database import Database

#: A pool or one connection of a transaction.
Queries: TypeAlias = "asyncpg.Connection | Database"


def _acceptance(row: Any) -> Acceptance:
    return Acceptance(AccountId(row["account_id"]), Kind(row["document"]), row["version"], row["accepted_at"])


async def insert_acceptance(db: Queries, account: AccountId, document: Document, now: datetime) -> None:
    """Keep an account's yes; saying it twice keeps the first time."""
    await db.execute(
        """INSERT INTO policy.acceptances (account_id, document, version, accepted_at)
           VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING""",
        account,
        document.kind,
        document.version,
        now,
    )


async def acceptances(db: Queries, account: AccountId) -> list[Acceptance]:
    """Read what an account has accepted, oldest first."""
    rows = await db.fetch(
        "SELECT * FROM policy.acceptances WHERE account_id = $1 ORDER BY accepted_at, document", account
    )
    return [_acceptance(row) for row in rows]


async def forget(db: Queries, account: AccountId) -> None:
    """Delete what a deleted account had accepted."""
    await db.execute("DELETE FROM policy.acceptances WHERE account_id = $1", account)

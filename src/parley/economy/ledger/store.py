"""SQL of the ledger: insert and sum, nothing else."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from parley.economy.ledger.model import Entry
from parley.storage.database import Executor


async def lock_holders(conn: Executor, holders: Collection[str]) -> None:
    """Let no two entries that share a holder be judged at the same time, in one order for all."""
    await conn.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended(name, 0)) FROM unnest($1::text[]) AS name ORDER BY name",
        sorted(holders),
    )


async def balances(conn: Executor, holders: Collection[str]) -> dict[str, int]:
    """Sum what each holder has, in nanostars."""
    rows = await conn.fetch(
        "SELECT holder, sum(amount)::bigint AS balance FROM economy.postings"
        " WHERE holder = ANY($1::text[]) GROUP BY holder",
        list(holders),
    )
    return {row["holder"]: row["balance"] for row in rows}


async def insert(conn: Executor, entry: Entry, at: datetime) -> bool:
    """Write an entry; False, and nothing written, when its key is known already."""
    written = await conn.execute(
        "INSERT INTO economy.entries (entry_key, reason, created_at) VALUES ($1, $2, $3)"
        " ON CONFLICT (entry_key) DO NOTHING",
        entry.key,
        entry.reason,
        at,
    )
    if written.endswith(" 0"):
        return False
    await conn.execute(
        "INSERT INTO economy.postings (entry_key, holder, amount)"
        " SELECT $1, holder, amount FROM unnest($2::text[], $3::bigint[]) AS posting(holder, amount)",
        entry.key,
        [posting.holder for posting in entry.postings],
        [posting.amount for posting in entry.postings],
    )
    return True

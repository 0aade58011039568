"""SQL of hash banks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from parley.safety.media_hashes.model import HashMatch
from parley.storage.database import Executor


async def add(conn: Executor, hashes: Sequence[bytes], bank: str, source: str, added_by: str, now: datetime) -> int:
    """Add hashes to a bank; how many are new."""
    tag = await conn.execute(
        "INSERT INTO safety.media_hashes (sha256, bank, source, added_by, added_at)"
        " SELECT h, $2, $3, $4, $5 FROM unnest($1::bytea[]) AS h ON CONFLICT DO NOTHING",
        list(hashes), bank, source, added_by, now,
    )  # fmt: skip
    return int(tag.split()[-1])


async def find(conn: Executor, sha256: bytes) -> HashMatch | None:
    """The gravest bank that knows a file."""
    row = await conn.fetchrow(
        "SELECT sha256, bank, source FROM safety.media_hashes WHERE sha256=$1 ORDER BY bank <> 'child_safety', bank"
        " LIMIT 1",
        sha256,
    )
    return HashMatch(**dict(row)) if row else None


async def counts(conn: Executor) -> list[tuple[str, int]]:
    """Every bank with its size."""
    rows = await conn.fetch("SELECT bank, count(*) AS n FROM safety.media_hashes GROUP BY bank ORDER BY bank")
    return [(r["bank"], r["n"]) for r in rows]

"""The SQL of proposals to give up what nobody can open any more."""

from __future__ import annotations

from datetime import datetime

from parley.legal.disclosure.model import GivingUp
from parley.storage.database import Executor


async def waiting(conn: Executor, release_id: str) -> GivingUp | None:
    """The proposal of a release that waits for its second person."""
    row = await conn.fetchrow(
        "SELECT release_id, why, proposed_by, proposed_at FROM legal.givings_up"
        " WHERE release_id = $1 AND ended_at IS NULL",
        release_id,
    )
    return GivingUp(**dict(row)) if row else None


async def propose(conn: Executor, new: GivingUp) -> None:
    """Store a proposal."""
    await conn.execute(
        "INSERT INTO legal.givings_up (release_id, why, proposed_by, proposed_at) VALUES ($1, $2, $3, $4)",
        new.release_id, new.why, new.proposed_by, new.proposed_at,
    )  # fmt: skip


async def end(conn: Executor, release_id: str, by: str, now: datetime, *, confirmed: bool) -> None:
    """Confirm the waiting proposal, or turn it down."""
    await conn.execute(
        "UPDATE legal.givings_up SET ended_at = $3, ended_by = $2, confirmed = $4"
        " WHERE release_id = $1 AND ended_at IS NULL",
        release_id, by, now, confirmed,
    )  # fmt: skip

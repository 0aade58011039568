"""SQL of the server's own accounts: how far each has read its box."""

from __future__ import annotations

from parley.core.ids import BoxId
from parley.messenger.sql import Executor


async def progress(db: Executor, box: BoxId) -> int:
    """Say up to which `pts` a robot has read its box."""
    found: int | None = await db.fetchval("SELECT pts FROM messenger.robot_progress WHERE box_id = $1", box)
    return found or 0


async def set_progress(db: Executor, box: BoxId, pts: int) -> None:
    """Remember how far a robot has read."""
    await db.execute(
        "INSERT INTO messenger.robot_progress (box_id, pts) VALUES ($1, $2)"
        " ON CONFLICT (box_id) DO UPDATE SET pts = excluded.pts",
        box,
        pts,
    )

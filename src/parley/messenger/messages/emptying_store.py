"""SQL of emptying a box: which ones have to be emptied, and the deletion of what they hold, a piece at a time."""

from __future__ import annotations

from datetime import datetime

from parley.core.ids import BoxId
from parley.messenger.sql import Executor


async def begin(db: Executor, box: BoxId, at: datetime) -> None:
    """Have a box emptied; written in the transaction that deletes its account or channel."""
    await db.execute(
        "INSERT INTO messenger.boxes_to_empty (box_id, deleted_at) VALUES ($1, $2) ON CONFLICT (box_id) DO NOTHING",
        box, at,
    )  # fmt: skip


async def waiting(db: Executor, after: BoxId, limit: int) -> list[tuple[BoxId, datetime]]:
    """Page through the boxes that have to be emptied, with the time of their deletion: a background scan."""
    rows = await db.fetch(
        "SELECT box_id, deleted_at FROM messenger.boxes_to_empty WHERE box_id > $1 ORDER BY box_id LIMIT $2",
        after, limit,
    )  # fmt: skip
    return [(BoxId(row["box_id"]), row["deleted_at"]) for row in rows]


async def done(db: Executor, box: BoxId) -> None:
    """Forget a box that is empty and stays so."""
    await db.execute("DELETE FROM messenger.boxes_to_empty WHERE box_id = $1", box)


async def delete_dialogs(db: Executor, box: BoxId) -> None:
    """Delete the list of chats with its drafts, pins, read marks and mentions: few rows for a person."""
    await db.execute("DELETE FROM messenger.dialogs WHERE box_id = $1", box)
    await db.execute("DELETE FROM messenger.mentions WHERE box_id = $1", box)


async def delete_messages(db: Executor, box: BoxId, limit: int) -> int:
    """Delete up to `limit` messages, oldest first; one whose copy is still on its way waits for the relay."""
    return _count(
        await db.execute(
            "DELETE FROM messenger.messages WHERE box_id = $1 AND id = ANY (ARRAY("
            "SELECT m.id FROM messenger.messages m WHERE m.box_id = $1 AND NOT EXISTS ("
            "SELECT FROM messenger.relays r WHERE r.box_id = $1 AND r.message_id = m.id) ORDER BY m.id LIMIT $2))",
            box, limit,
        )
    )  # fmt: skip


async def delete_events(db: Executor, box: BoxId, limit: int) -> int:
    """Delete up to `limit` events, oldest first. The counters stay: they number what might still arrive."""
    return _count(
        await db.execute(
            "DELETE FROM messenger.events WHERE box_id = $1 AND pts = ANY (ARRAY("
            "SELECT e.pts FROM messenger.events e WHERE e.box_id = $1 ORDER BY e.pts LIMIT $2))",
            box, limit,
        )
    )  # fmt: skip


async def holds_anything(db: Executor, box: BoxId) -> bool:
    """Tell whether a box still holds a message, or has one on its way to somebody."""
    return bool(
        await db.fetchval(
            "SELECT EXISTS (SELECT FROM messenger.messages WHERE box_id = $1)"
            " OR EXISTS (SELECT FROM messenger.relays WHERE box_id = $1)",
            box,
        )
    )


def _count(status: str) -> int:
    return int(status.rsplit(" ", 1)[-1])

"""SQL of removed posts: set aside under the name of the effect, put back in their old places."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from parley.core.ids import BoxId, MessageId
from parley.messenger.messages.model import EventKind
from parley.messenger.sql import Executor


async def set_aside(db: Executor, box: BoxId, effect: str, ids: Sequence[int], at: datetime) -> None:
    """Copy posts before they are removed; a repeat changes nothing."""
    await db.execute(
        "INSERT INTO messenger.removed_posts (box_id, effect, id, post, removed_at)"
        " SELECT m.box_id, $2, m.id, to_jsonb(m), $4 FROM messenger.messages m"
        " WHERE m.box_id = $1 AND m.id = ANY($3::integer[]) ON CONFLICT (box_id, effect, id) DO NOTHING",
        box, effect, list(ids), at,
    )  # fmt: skip


async def ids_until(db: Executor, box: BoxId, until: datetime) -> list[int]:
    """Name every post of a box up to a time."""
    rows = await db.fetch(
        "SELECT id FROM messenger.messages WHERE box_id = $1 AND date <= $2 AND text <> '' ORDER BY id", box, until
    )
    return [row["id"] for row in rows]


async def lock_box(db: Executor, box: BoxId) -> int:
    """Hold a box for the transaction; its pts."""
    pts: int = await db.fetchval("SELECT pts FROM messenger.boxes WHERE box_id = $1 FOR UPDATE", box)
    return pts


async def put_back(db: Executor, box: BoxId, effect: str, pts: int, at: datetime) -> list[MessageId]:
    """Put the posts of an effect back, each as a new event after `pts`; the caller holds the box."""
    rows = await db.fetch(
        "INSERT INTO messenger.messages SELECT (jsonb_populate_record(NULL::messenger.messages,"
        " r.post || jsonb_build_object('pts', $3::integer + row_number() OVER (ORDER BY r.id)))).*"
        " FROM messenger.removed_posts r WHERE r.box_id = $1 AND r.effect = $2"
        " ON CONFLICT DO NOTHING RETURNING id, pts",
        box, effect, pts,
    )  # fmt: skip
    for row in sorted(rows, key=lambda found: int(found["pts"])):
        await db.execute(
            "INSERT INTO messenger.events (box_id, pts, pts_count, kind, date, message_id)"
            " VALUES ($1, $2, 1, $3, $4, $5)",
            box, row["pts"], EventKind.NEW_MESSAGE.value, at, row["id"],
        )  # fmt: skip
    if rows:
        reached = max(row["pts"] for row in rows)
        await db.execute("UPDATE messenger.boxes SET pts = $2 WHERE box_id = $1", box, reached)
    await db.execute("DELETE FROM messenger.removed_posts WHERE box_id = $1 AND effect = $2", box, effect)
    return [MessageId(row["id"]) for row in rows]


async def forget_before(db: Executor, before: datetime) -> None:
    """Forget for good what was removed before a time. A background action over all boxes."""
    await db.execute("DELETE FROM messenger.removed_posts WHERE removed_at < $1", before)

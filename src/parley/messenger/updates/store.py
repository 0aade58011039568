"""Reading the events of a box, with the messages that they speak of. Every statement names its box first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from parley.core.ids import AccountId, BoxId, MessageId
from parley.messenger.messages.boxes import peer_of_box
from parley.messenger.messages.model import BoxEvent, EventKind
from parley.messenger.messages.store import COLUMNS, message_of
from parley.messenger.sql import Executor


@dataclass(frozen=True, slots=True)
class BoxPlace:
    """A box's pts, and the pts up to which its events were cleared away."""

    pts: int
    kept_after: int


async def place(db: Executor, box: BoxId) -> BoxPlace:
    """Where the box stands; one that nothing was written to stands at 1."""
    row = await db.fetchrow("SELECT pts, kept_after FROM messenger.boxes WHERE box_id = $1", box)
    return BoxPlace(1, 0) if row is None else BoxPlace(row["pts"], row["kept_after"])


async def events_after(db: Executor, box: BoxId, pts: int, limit: int) -> list[BoxEvent]:
    """Up to `limit` events after `pts`, in order. A message that is gone by now leaves its event without one."""
    rows = await db.fetch(
        "SELECT e.pts AS event_pts, e.pts_count, e.kind, e.date AS event_date, e.body,"
        f" {COLUMNS} FROM messenger.events e"
        " LEFT JOIN messenger.messages m ON m.box_id = e.box_id AND m.id = e.message_id"
        " WHERE e.box_id = $1 AND e.pts > $2 ORDER BY e.pts LIMIT $3",
        box, pts, limit,
    )  # fmt: skip
    return [_event(box, row) for row in rows]


async def clear_events(db: Executor, box: BoxId, before: datetime) -> None:
    """Clear away events older than `before`; who is behind them is told TOO_LONG."""
    await db.execute(
        "WITH gone AS (DELETE FROM messenger.events WHERE box_id = $1 AND date < $2 RETURNING pts)"
        " UPDATE messenger.boxes SET kept_after = greatest(kept_after, (SELECT max(pts) FROM gone))"
        " WHERE box_id = $1 AND EXISTS (SELECT FROM gone)",
        box, before,
    )  # fmt: skip


async def boxes_with_old_events(db: Executor, before: datetime, limit: int) -> list[BoxId]:
    """Boxes that have events older than `before`. A background scan over all boxes."""
    rows = await db.fetch(
        "SELECT DISTINCT box_id FROM (SELECT box_id FROM messenger.events WHERE date < $1 LIMIT $2) old",
        before,
        limit,
    )
    return [row["box_id"] for row in rows]


async def acquainted(db: Executor, account: AccountId, box: BoxId, limit: int) -> list[AccountId]:
    """Up to `limit` accounts that this one keeps as contacts, or has a private chat with."""
    rows = await db.fetch(
        "SELECT contact_id AS account_id FROM messenger.contacts WHERE account_id = $1 AND contact_id <> $1"
        " UNION SELECT peer FROM messenger.dialogs WHERE box_id = $2 AND peer > 0 AND peer <> $2 LIMIT $3",
        account, box, limit,
    )  # fmt: skip
    return [AccountId(row["account_id"]) for row in rows]


def _event(box: BoxId, row: Any) -> BoxEvent:
    body = row["body"] or {}
    return BoxEvent(
        box_id=box,
        pts=row["event_pts"],
        pts_count=row["pts_count"],
        kind=EventKind(row["kind"]),
        date=row["event_date"],
        message=message_of(row) if row["id"] is not None else None,
        peer=peer_of_box(body["peer"]) if "peer" in body else None,
        message_ids=tuple(MessageId(id_) for id_ in body.get("ids", ())),
        max_id=MessageId(body["max"]) if "max" in body else None,
        still_unread=body.get("unread", 0),
        pinned=body.get("pinned", False),
    )

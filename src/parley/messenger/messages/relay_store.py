"""The rows of what happened in one box and has yet to be repeated in another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Any

import asyncpg

from parley.core.ids import BoxId, MessageId
from parley.messenger.sql import Executor


class RelayKind(IntEnum):
    """What has to be repeated. The numbers are stored: never reuse one."""

    NEW = 1
    EDIT = 2
    DELETE = 3
    READ = 5
    PIN = 6


@dataclass(frozen=True, slots=True)
class RelayRow:
    """One row; `pts` is the event of the box where it happened, which orders the rows of that box."""

    box_id: BoxId
    pts: int
    target: BoxId
    kind: RelayKind
    at: datetime
    message_id: MessageId | None
    body: Any


Key = tuple[BoxId, int, BoxId]


async def rows_of(db: Executor, box: BoxId, pts: int) -> list[RelayRow]:
    """What one event of a box left to repeat."""
    rows = await db.fetch(
        "SELECT box_id, pts, target, kind, at, message_id, body FROM messenger.relays"
        " WHERE box_id = $1 AND pts = $2",
        box, pts,
    )  # fmt: skip
    return [_row(row) for row in rows]


async def overdue(db: Executor, before: datetime, limit: int) -> list[RelayRow]:
    """What a process that died has left, in the order in which it happened. A background scan over all boxes."""
    rows = await db.fetch(
        "SELECT box_id, pts, target, kind, at, message_id, body FROM messenger.relays WHERE at <= $1"
        " ORDER BY box_id, pts LIMIT $2",
        before, limit,
    )  # fmt: skip
    return [_row(row) for row in rows]


async def done(db: Executor, keys: Sequence[Key]) -> None:
    """Forget rows that were repeated."""
    boxes, places, targets = (list(column) for column in zip(*keys, strict=True))
    await db.execute("SELECT messenger.relays_done($1, $2, $3, $4)", boxes[0], boxes, places, targets)


def _row(row: asyncpg.Record) -> RelayRow:
    fields = dict(row)
    fields["kind"] = RelayKind(fields["kind"])
    return RelayRow(**fields)

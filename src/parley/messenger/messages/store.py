"""Reading messages and dialogs out of a box, and the single changes to it. Every statement names its box first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import asyncpg

from parley.core.ids import BoxId, ChannelId, MessageId, box_of_channel
from parley.messenger.messages import content, rules
from parley.messenger.messages.boxes import Reference, peer_of_box
from parley.messenger.messages.model import Message, Page
from parley.messenger.sql import Executor

COLUMNS = (
    "m.box_id, m.id, m.pts, m.peer, m.from_id, m.sender_id, m.random_id, m.date, m.out, m.pinned, m.reply_to,"
    " m.views, m.edit_date, m.text, m.extra"
)


def message_of(row: asyncpg.Record) -> Message:
    """A row with COLUMNS as a message."""
    return Message(
        box_id=row["box_id"],
        id=row["id"],
        peer=peer_of_box(row["peer"]),
        from_id=row["from_id"],
        date=row["date"],
        text=row["text"],
        out=row["out"],
        author_id=row["sender_id"],
        reply_to=row["reply_to"],
        edit_date=row["edit_date"],
        random_id=row["random_id"],
        views=row["views"],
        pinned=row["pinned"],
        **content.fields(row["extra"]),
    )


async def messages_by_id(db: Executor, box: BoxId, ids: Sequence[int]) -> dict[MessageId, Message]:
    """Those of `ids` that the box holds."""
    rows = await db.fetch(
        f"SELECT {COLUMNS} FROM messenger.messages m WHERE m.box_id = $1 AND m.id = ANY ($2)", box, list(ids)
    )
    return {row["id"]: message_of(row) for row in rows}


async def message_at(db: Executor, box: BoxId, pts: int, message: MessageId) -> Message | None:
    """The message that a repeat of its own creation has to give back."""
    row = await db.fetchrow(
        f"SELECT {COLUMNS} FROM messenger.messages m WHERE m.box_id = $1 AND m.id = $2 AND m.pts = $3",
        box, message, pts,
    )  # fmt: skip
    return None if row is None else message_of(row)


async def history(db: Executor, box: BoxId, peer: BoxId, page: Page, limit: int) -> list[Message]:
    """A page of a dialog, newest first (core.telegram.org/api/offsets)."""
    bounds = (box, peer, page.max_id or None, page.min_id, _moment(page.offset_date), page.offset_id or None)
    where = (
        "m.box_id = $1 AND m.peer = $2 AND ($3::integer IS NULL OR m.id < $3) AND m.id > $4"
        " AND ($5::timestamptz IS NULL OR m.date < $5)"
    )
    newer: list[asyncpg.Record] = []
    if page.add_offset < 0 and page.offset_id:
        newer = await db.fetch(
            f"SELECT {COLUMNS} FROM messenger.messages m WHERE {where} AND m.id >= $6 ORDER BY m.id LIMIT $7",
            *bounds, rules.newer_limit(page),
        )  # fmt: skip
    older = await db.fetch(
        f"SELECT {COLUMNS} FROM messenger.messages m WHERE {where} AND ($6::integer IS NULL OR m.id < $6)"
        " ORDER BY m.id DESC OFFSET $7 LIMIT $8",
        *bounds, max(0, page.add_offset), limit,
    )  # fmt: skip
    return [message_of(row) for row in [*reversed(newer), *older][:limit]]


async def count(db: Executor, box: BoxId, peer: BoxId) -> int:
    """How many messages a dialog holds."""
    found = await db.fetchval("SELECT count(*) FROM messenger.messages WHERE box_id = $1 AND peer = $2", box, peer)
    return int(found)


async def newest_ids(db: Executor, box: BoxId, peer: BoxId, max_id: int, limit: int) -> list[int]:
    """The newest ids of a dialog up to `max_id` (0: no bound)."""
    rows = await db.fetch(
        "SELECT id FROM messenger.messages WHERE box_id = $1 AND peer = $2 AND ($3 = 0 OR id <= $3)"
        " ORDER BY id DESC LIMIT $4",
        box, peer, max_id, limit,
    )  # fmt: skip
    return [row["id"] for row in rows]


async def edit(
    db: Executor, box: BoxId, message: MessageId, text: str, extra: Mapping[str, Any] | None, at: datetime,
    target: BoxId | None,
) -> int:  # fmt: skip
    """Edit in one box; its new pts."""
    pts = await db.fetchval(
        "SELECT messenger.edit_message($1, $2, $3, $4, $5, $6)", box, message, text, extra, at, target
    )
    return int(pts)


async def edit_copy(
    db: Executor, box: BoxId, copy: Reference, text: str, extra: Mapping[str, Any] | None, number: int, at: datetime
) -> tuple[int, MessageId]:
    """Repeat the edit `number` in the other box; its new pts (0: it was there already) and the id there."""
    pts, message = await db.fetchval(
        "SELECT messenger.edit_copy($1, $2, $3, $4, $5, $6, $7)", box, *copy, text, extra, number, at
    )
    return pts, message


async def delete(
    db: Executor, box: BoxId, ids: Sequence[int], revoke: bool, at: datetime
) -> tuple[int, list[MessageId]]:
    """Delete in one box; its new pts (0: nothing was there) and what was deleted."""
    pts, *gone = await db.fetchval("SELECT messenger.delete_messages($1, $2, $3, $4)", box, list(ids), revoke, at)
    return pts, gone


async def delete_copies(
    db: Executor, box: BoxId, copies: Sequence[Reference], at: datetime
) -> tuple[int, list[MessageId]]:
    """Delete copies in the other box; its new pts and what was deleted."""
    senders, randoms = zip(*copies, strict=True)
    pts, *gone = await db.fetchval(
        "SELECT messenger.delete_copies($1, $2, $3, $4)", box, list(senders), list(randoms), at
    )
    return pts, gone


async def read_dialog(
    db: Executor, box: BoxId, peer: BoxId, max_id: int, at: datetime
) -> tuple[int, int, MessageId]:
    """Move the read mark of a private chat up to the newest message not above `max_id`.

    The box's new pts (0: the mark was there already), what stays unread, and the id of that message.
    """
    pts, unread, read = await db.fetchval("SELECT messenger.read_dialog($1, $2, $3, $4)", box, peer, max_id, at)
    return pts, unread, MessageId(read)


async def read_by_peer(
    db: Executor, box: BoxId, peer: BoxId, newest: Reference, at: datetime
) -> tuple[int, MessageId]:
    """The other end has read; the box's new pts (0: known) and the id up to which."""
    pts, seen = await db.fetchval("SELECT messenger.read_by_peer($1, $2, $3, $4, $5)", box, peer, *newest, at)
    return pts, seen


async def pin(
    db: Executor, box: BoxId, peer: BoxId, ids: Sequence[int], pinned: bool, at: datetime, target: BoxId | None
) -> tuple[int, list[MessageId]]:
    """Pin or unpin; the box's new pts (0: nothing changed) and what changed."""
    pts, *changed = await db.fetchval(
        "SELECT messenger.pin_messages($1, $2, $3, $4, $5, $6)", box, peer, list(ids), pinned, at, target
    )
    return pts, changed


async def pin_copies(
    db: Executor, box: BoxId, peer: BoxId, copies: Sequence[Reference], pinned: bool, at: datetime
) -> tuple[int, list[MessageId]]:
    """Repeat a pin in the other box."""
    senders, randoms = zip(*copies, strict=True)
    pts, *changed = await db.fetchval(
        "SELECT messenger.pin_copies($1, $2, $3, $4, $5, $6)", box, peer, list(senders), list(randoms), pinned, at
    )
    return pts, changed


async def add_views(db: Executor, added: Mapping[tuple[BoxId, MessageId], int]) -> None:
    """Add counted views to posts of many channels at once."""
    entries = sorted((box, message, number) for (box, message), number in added.items())
    boxes, messages, numbers = (list(column) for column in zip(*entries, strict=True))
    await db.execute("SELECT messenger.add_views($1, $2, $3, $4)", boxes[0], boxes, messages, numbers)


async def views(db: Executor, channel: ChannelId, ids: Sequence[int]) -> dict[MessageId, int]:
    """The stored view counters of posts."""
    rows = await db.fetch(
        "SELECT id, views FROM messenger.messages WHERE box_id = $1 AND id = ANY ($2) AND views IS NOT NULL",
        box_of_channel(channel), list(ids),
    )  # fmt: skip
    return {row["id"]: row["views"] for row in rows}


def _moment(seconds: int) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if seconds else None

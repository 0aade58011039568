"""SQL of search in one's own chats: every word of the text has to be there, in any order and any case."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

from parley.core.ids import BoxId
from parley.messenger.messages.model import Message, Page, Place, Query
from parley.messenger.messages.store import COLUMNS, message_of
from parley.messenger.sql import Executor

_FITS: Final = (
    "NOT EXISTS (SELECT FROM unnest($2::text[]) AS w WHERE strpos(lower(m.text), w) = 0)"
    " AND ($3::bigint IS NULL OR m.from_id = $3) AND (NOT $4 OR m.pinned)"
    r" AND (NOT $5 OR m.text ~* '(https?://|\mwww\.|\mt\.me/)\S'"
    """ OR m.extra @? 'strict $.e[*] ? (@[0] == "Url" || @[0] == "TextUrl")')"""
    " AND ($6::timestamptz IS NULL OR m.date >= $6) AND ($7::timestamptz IS NULL OR m.date < $7)"
    " AND ($8 = 0 OR m.id = $8)"
)
_SECOND: Final = "floor(extract(epoch FROM m.date))::bigint"
_AFTER: Final = f"($9::bigint IS NULL OR ({_SECOND}, m.peer, m.id) < ($9, $10, $11))"
_NEWEST_FIRST: Final = f"ORDER BY {_SECOND} DESC, m.peer DESC, m.id DESC LIMIT $12"


async def in_chat(
    db: Executor, box: BoxId, peer: BoxId, query: Query, page: Page, limit: int
) -> tuple[list[Message], int]:
    """A page of one chat, newest first, and how many messages fit in all."""
    where = f"m.box_id = $1 AND {_FITS} AND m.peer = $9 AND ($10::integer IS NULL OR m.id < $10) AND m.id > $11"
    arguments = (box, *_arguments(query), peer, page.max_id or None, page.min_id)
    rows = await db.fetch(
        f"SELECT {COLUMNS} FROM messenger.messages m WHERE {where} AND ($12::integer IS NULL OR m.id < $12)"
        " ORDER BY m.id DESC OFFSET $13 LIMIT $14",
        *arguments, page.offset_id or None, max(0, page.add_offset), limit,
    )  # fmt: skip
    count = await db.fetchval(f"SELECT count(*) FROM messenger.messages m WHERE {where}", *arguments)
    return [message_of(row) for row in rows], int(count)


async def in_box(db: Executor, box: BoxId, query: Query, after: Place | None, limit: int) -> list[Message]:
    """Messages of all private chats of a box that come after a place, newest first."""
    rows = await db.fetch(
        f"SELECT {COLUMNS} FROM messenger.messages m WHERE m.box_id = $1 AND {_FITS} AND {_AFTER} {_NEWEST_FIRST}",
        box, *_arguments(query), *_place(after), limit,
    )  # fmt: skip
    return [message_of(row) for row in rows]


async def in_channels(
    db: Executor, boxes: Sequence[BoxId], query: Query, after: Place | None, limit: int, depth: int
) -> list[Message]:
    """Posts among the newest `depth` of each channel that come after a place, newest first."""
    rows = await db.fetch(
        f"SELECT {COLUMNS} FROM unnest($1::bigint[]) AS c (box_id) CROSS JOIN LATERAL ("
        "SELECT * FROM messenger.messages n WHERE n.box_id = c.box_id ORDER BY n.id DESC LIMIT $13) m"
        f" WHERE {_FITS} AND {_AFTER} {_NEWEST_FIRST}",
        list(boxes), *_arguments(query), *_place(after), limit, depth,
    )  # fmt: skip
    return [message_of(row) for row in rows]


def _arguments(query: Query) -> tuple[Any, ...]:
    since = datetime.fromtimestamp(query.since + 1, UTC) if query.since else None
    until = datetime.fromtimestamp(query.until, UTC) if query.until else None
    return (
        query.text.replace("\0", " ").lower().split(),
        query.author,
        query.pinned,
        query.links,
        since,
        until,
        query.message_id,
    )


def _place(after: Place | None) -> tuple[Any, ...]:
    return (None, None, None) if after is None else (after.date, after.peer, after.id)

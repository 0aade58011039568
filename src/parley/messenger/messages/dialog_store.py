"""An account's list of chats: marks, drafts, pins lie in its own box, a channel's newest post in the channel's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from parley.core.ids import AccountId, BoxId, MessageId
from parley.messenger.messages import content, mention_store
from parley.messenger.messages.boxes import peer_of_box
from parley.messenger.messages.model import Dialog, Draft, Message
from parley.messenger.messages.store import COLUMNS, message_of
from parley.messenger.sql import Executor

_NEVER = datetime.fromtimestamp(0, UTC)
UNREAD_COUNTED = 1000
"""Unread posts of a channel are counted up to this many."""


@dataclass(frozen=True, slots=True)
class BoxState:
    """A box's counters."""

    pts: int
    last_id: int


@dataclass(frozen=True, slots=True)
class Listed:
    """A dialog and its newest message; a channel without posts and an emptied chat have none."""

    dialog: Dialog
    top: Message | None


async def pts(db: Executor, box: BoxId) -> int:
    """The box's pts; a box that nothing was written to has 1."""
    return (await channel_state(db, box)).pts


async def channel_state(db: Executor, box: BoxId) -> BoxState:
    """The counters of a box."""
    row = await db.fetchrow("SELECT pts, last_id FROM messenger.boxes WHERE box_id = $1", box)
    return BoxState(1, 0) if row is None else BoxState(row["pts"], row["last_id"])


async def private(db: Executor, box: BoxId, peers: Sequence[BoxId] | None = None) -> list[Listed]:
    """An account's private chats: all, or those with `peers`."""
    rows = await db.fetch(
        f"SELECT d.peer AS of_peer, d.read_inbox, d.read_outbox, d.unread, d.unread_mark, d.pin_order, d.draft,"
        f" {COLUMNS} FROM messenger.dialogs d"
        " LEFT JOIN messenger.messages m ON m.box_id = d.box_id AND m.id = d.top_id"
        " WHERE d.box_id = $1 AND d.peer > 0 AND ($2::bigint[] IS NULL OR d.peer = ANY ($2))",
        box, None if peers is None else list(peers),
    )  # fmt: skip
    return [_listed(box, row, row["of_peer"], row["unread"], None) for row in rows]


async def channels(db: Executor, box: BoxId, wanted: Sequence[BoxId] | None = None) -> list[Listed]:
    """An account's channels: all that it has joined, or `wanted`. Marks come from its box, posts from theirs."""
    if wanted is None:
        joined = await db.fetch("SELECT box_id FROM messenger.account_channels WHERE account_id = $1", box)
        wanted = [row["box_id"] for row in joined]
    if not wanted:
        return []
    own = await db.fetch(
        "SELECT w.peer, d.peer IS NOT NULL AS marked, d.read_inbox, d.unread_mark, d.pin_order, d.draft, ARRAY ("
        "  SELECT u.message_id FROM messenger.mentions u WHERE u.box_id = $1 AND u.peer = w.peer) AS mentions"
        " FROM unnest($2::bigint[]) AS w (peer)"
        " LEFT JOIN messenger.dialogs d ON d.box_id = $1 AND d.peer = w.peer",
        box, list(wanted),
    )  # fmt: skip
    of_peer: dict[int, Any] = {row["peer"]: row for row in own if row["marked"]}
    read = [of_peer[channel]["read_inbox"] if channel in of_peer else 0 for channel in wanted]
    rows = await db.fetch(
        f"SELECT w.box_id AS of_peer, b.pts AS box_pts, {COLUMNS},"
        " (SELECT count(*) FROM (SELECT FROM messenger.messages u WHERE u.box_id = w.box_id AND u.id > w.read"
        "  AND u.sender_id <> $3 LIMIT $4) counted)::integer AS unread"
        " FROM unnest($1::bigint[], $2::integer[]) AS w (box_id, read)"
        " LEFT JOIN messenger.boxes b ON b.box_id = w.box_id"
        " LEFT JOIN LATERAL (SELECT * FROM messenger.messages n WHERE n.box_id = w.box_id"
        "  ORDER BY n.id DESC LIMIT 1) m ON true",
        list(wanted), read, box, UNREAD_COUNTED,
    )  # fmt: skip
    mentions = await mention_store.counts(db, {row["peer"]: row["mentions"] for row in own})
    return [
        _listed(box, row, row["of_peer"], row["unread"], of_peer.get(row["of_peer"]), mentions[row["of_peer"]])
        for row in rows
    ]


async def channel_unread(db: Executor, channel: BoxId, read: int, account: AccountId) -> int:
    """How many posts of others stay unread in a channel, counted up to UNREAD_COUNTED."""
    return int(
        await db.fetchval(
            "SELECT count(*) FROM (SELECT FROM messenger.messages WHERE box_id = $1 AND id > $2 AND sender_id <> $3"
            " LIMIT $4) counted",
            channel, read, account, UNREAD_COUNTED,
        )
    )  # fmt: skip


async def read_channel(db: Executor, box: BoxId, channel: BoxId, up_to: int) -> bool:
    """Move a member's read mark in a channel forward; whether it moved."""
    tag = await db.execute(
        "INSERT INTO messenger.dialogs AS d (box_id, peer, read_inbox) VALUES ($1, $2, $3)"
        " ON CONFLICT (box_id, peer) DO UPDATE SET read_inbox = EXCLUDED.read_inbox, unread_mark = false"
        " WHERE d.read_inbox < EXCLUDED.read_inbox",
        box, channel, up_to,
    )  # fmt: skip
    return tag.endswith(" 1")


async def remove_empty(db: Executor, box: BoxId, peer: BoxId) -> None:
    """Take a chat without messages off the list."""
    await db.execute(
        "DELETE FROM messenger.dialogs d WHERE d.box_id = $1 AND d.peer = $2 AND NOT EXISTS"
        " (SELECT FROM messenger.messages m WHERE m.box_id = $1 AND m.peer = $2)",
        box, peer,
    )  # fmt: skip


async def remove(db: Executor, box: BoxId, peer: BoxId) -> None:
    """Forget an account's marks and draft of a dialog."""
    await db.execute("DELETE FROM messenger.dialogs WHERE box_id = $1 AND peer = $2", box, peer)


async def save_draft(db: Executor, box: BoxId, peer: BoxId, draft: Draft) -> bool:
    """Keep a draft; whether anything but its date changed."""
    tag = await db.execute(
        "INSERT INTO messenger.dialogs AS d (box_id, peer, draft) VALUES ($1, $2, $3)"
        " ON CONFLICT (box_id, peer) DO UPDATE SET draft = EXCLUDED.draft"
        " WHERE d.draft - 'date' IS DISTINCT FROM EXCLUDED.draft - 'date'",
        box, peer, content.stored_draft(draft),
    )  # fmt: skip
    return tag.endswith(" 1")


async def clear_draft(db: Executor, box: BoxId, peer: BoxId) -> bool:
    """Drop a draft; whether there was one."""
    tag = await db.execute(
        "UPDATE messenger.dialogs SET draft = NULL WHERE box_id = $1 AND peer = $2 AND draft IS NOT NULL", box, peer
    )
    return tag.endswith(" 1")


async def set_pinned(db: Executor, box: BoxId, peers: Sequence[BoxId]) -> None:
    """Pin exactly these dialogs, in this order."""
    await db.execute(
        "INSERT INTO messenger.dialogs AS d (box_id, peer, pin_order)"
        " SELECT $1, w.peer, w.place FROM unnest($2::bigint[]) WITH ORDINALITY AS w (peer, place)"
        " ON CONFLICT (box_id, peer) DO UPDATE SET pin_order = EXCLUDED.pin_order",
        box, list(peers),
    )  # fmt: skip
    await db.execute(
        "UPDATE messenger.dialogs SET pin_order = NULL WHERE box_id = $1 AND pin_order IS NOT NULL"
        " AND NOT peer = ANY ($2)",
        box, list(peers),
    )  # fmt: skip


async def set_unread_mark(db: Executor, box: BoxId, peer: BoxId, marked: bool) -> bool:
    """Mark a dialog as unread by hand, or take the mark away; whether that changed anything."""
    tag = await db.execute(
        "UPDATE messenger.dialogs SET unread_mark = $3 WHERE box_id = $1 AND peer = $2 AND unread_mark <> $3",
        box, peer, marked,
    )  # fmt: skip
    return tag.endswith(" 1")


async def marked_unread(db: Executor, box: BoxId) -> list[BoxId]:
    """The chats that are marked as unread by hand."""
    rows = await db.fetch("SELECT peer FROM messenger.dialogs WHERE box_id = $1 AND unread_mark", box)
    return [row["peer"] for row in rows]


async def hide_bar(db: Executor, box: BoxId, peer: BoxId) -> bool:
    """Put the buttons above a chat away; False when they were."""
    tag = await db.execute(
        "INSERT INTO messenger.dialogs AS d (box_id, peer, bar_hidden) VALUES ($1, $2, true)"
        " ON CONFLICT (box_id, peer) DO UPDATE SET bar_hidden = true WHERE NOT d.bar_hidden",
        box, peer,
    )  # fmt: skip
    return tag.endswith(" 1")


async def bar_hidden(db: Executor, box: BoxId, peer: BoxId) -> bool:
    """Whether the buttons above a chat were put away."""
    return bool(
        await db.fetchval("SELECT bar_hidden FROM messenger.dialogs WHERE box_id = $1 AND peer = $2", box, peer)
    )


async def unread_total(db: Executor, box: BoxId) -> int:
    """Unread messages in all private chats."""
    return int(await db.fetchval("SELECT coalesce(sum(unread), 0) FROM messenger.dialogs WHERE box_id = $1", box))


def _listed(box: BoxId, row: Any, peer: int, unread: int, marks: Any, mentions: int = 0) -> Listed:
    own = row if peer > 0 else marks
    top = message_of(row) if row["id"] is not None else None
    draft = content.draft(own["draft"]) if own is not None else None
    top_id = top.id if top is not None else MessageId(0)
    dialog = Dialog(
        box_id=box,
        peer=peer_of_box(peer),
        top_message=top_id,
        top_date=top.date if top is not None else _NEVER if draft is None else draft.date,
        read_inbox_max=own["read_inbox"] if own is not None else MessageId(0),
        read_outbox_max=own["read_outbox"] if peer > 0 else top_id,
        unread_count=unread,
        unread_mentions=mentions,
        pinned=own is not None and own["pin_order"] is not None,
        unread_mark=own is not None and own["unread_mark"],
        draft=draft,
        pts=None if peer > 0 else (row["box_pts"] or 1),
        pin_order=own["pin_order"] if own is not None else None,
    )
    return Listed(dialog, top)

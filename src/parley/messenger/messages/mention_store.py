"""SQL of unread mentions: rows in the box of who was mentioned. A message that is gone is passed over when read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from parley.core.ids import AccountId, BoxId, MessageId, box_of_account
from parley.messenger.messages.model import Message
from parley.messenger.sql import Executor

READ_AT_ONCE = 1000
"""Unread mentions of one group are read up to this many, the newest first."""


async def add(db: Executor, accounts: Collection[AccountId], group: BoxId, message: MessageId) -> None:
    """Note for each account that it was mentioned."""
    await db.execute(
        "INSERT INTO messenger.mentions (box_id, peer, message_id) SELECT w.box_id, $2, $3"
        " FROM unnest($1::bigint[]) AS w (box_id) ON CONFLICT (box_id, peer, message_id) DO NOTHING",
        sorted(box_of_account(account) for account in accounts), group, message,
    )  # fmt: skip


async def unread(db: Executor, box: BoxId, group: BoxId) -> list[MessageId]:
    """Where an account was mentioned in a group and has not looked, the newest first."""
    rows = await db.fetch(
        "SELECT message_id FROM messenger.mentions WHERE box_id = $1 AND peer = $2"
        " ORDER BY message_id DESC LIMIT $3",
        box, group, READ_AT_ONCE,
    )  # fmt: skip
    ids = [row["message_id"] for row in rows]
    there = await _there(db, [(group, ident) for ident in ids])
    return [ident for ident in ids if (group, ident) in there]


async def counts(db: Executor, noted: Mapping[BoxId, Collection[MessageId]]) -> Counter[BoxId]:
    """How many of the unread mentions that are noted of each group are still there."""
    there = await _there(db, [(group, ident) for group, ids in noted.items() for ident in ids])
    return Counter(group for group, _ in there)


async def unread_among(db: Executor, box: BoxId, messages: Collection[Message]) -> set[tuple[BoxId, MessageId]]:
    """Those of the messages that mention the account and that it has not looked at."""
    rows = await db.fetch(
        "SELECT u.peer, u.message_id FROM unnest($2::bigint[], $3::integer[]) AS w (peer, message_id)"
        " JOIN messenger.mentions u ON u.box_id = $1 AND u.peer = w.peer AND u.message_id = w.message_id",
        box, [message.box_id for message in messages], [message.id for message in messages],
    )  # fmt: skip
    return {(row["peer"], row["message_id"]) for row in rows}


async def read(db: Executor, box: BoxId, group: BoxId, ids: Sequence[int] | None) -> list[MessageId]:
    """Forget unread mentions in a group: all, or those of these messages; which there were."""
    rows = await db.fetch(
        "DELETE FROM messenger.mentions WHERE box_id = $1 AND peer = $2"
        " AND ($3::integer[] IS NULL OR message_id = ANY ($3)) RETURNING message_id",
        box, group, None if ids is None else list(ids),
    )  # fmt: skip
    return sorted(row["message_id"] for row in rows)


async def _there(db: Executor, places: Sequence[tuple[BoxId, MessageId]]) -> set[tuple[BoxId, MessageId]]:
    if not places:
        return set()
    boxes, ids = (list(column) for column in zip(*places, strict=True))
    rows = await db.fetch(
        "SELECT m.box_id, m.id FROM unnest($1::bigint[], $2::integer[]) AS w (box_id, id)"
        " JOIN messenger.messages m ON m.box_id = w.box_id AND m.id = w.id",
        boxes, ids,
    )  # fmt: skip
    return {(row["box_id"], row["id"]) for row in rows}

"""The append of the box log as the messages use it: what one item is, how a batch is written, what comes back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from typing import Any

from parley.core.ids import AccountId, BoxId, ChannelId, MessageId, account_of_box
from parley.core.peers import Peer
from parley.core.tasks import Supervisor
from parley.messenger.messages import content
from parley.messenger.messages.model import Message, NewMessage
from parley.storage.boxlog import BoxWriter
from parley.storage.database import Database

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Reference = tuple[int, int]
"""A message wherever its copies lie: who sent it, and that sender's random id."""


@dataclass(frozen=True, slots=True)
class Append:
    """One message on its way into one box. `peer` is the other end's box; `target` the box that gets a copy."""

    box_id: BoxId
    peer: BoxId
    from_id: AccountId | None
    sender_id: AccountId
    date: datetime
    out: bool
    message: NewMessage
    extra: str | None
    reply_ref: Reference | None = None
    views: int | None = None
    rights: int | None = None
    target: BoxId | None = None
    clears_draft: bool = False


class Status(IntEnum):
    """What became of an item."""

    APPENDED = 0
    REPEATED = 1
    STALE_RIGHTS = 2


@dataclass(frozen=True, slots=True)
class Appended:
    """What the box said. For a repeat, `id`, `pts` and `date` are those of the first time."""

    status: Status
    id: MessageId
    pts: int
    date: datetime
    reply_to: MessageId | None
    reply_ref: Reference | None


def append_writer(database: Database, tasks: Supervisor) -> BoxWriter[Append, Appended]:
    """A writer of its own batches; sends and deliveries have one each, so that they commit side by side."""
    return BoxWriter(
        database,
        tasks,
        duty="messenger.append_messages",
        encode=_encode,
        decode=_decode,
        box_of=lambda item: item.box_id,
        key_of=lambda item: (item.box_id, item.sender_id, item.message.random_id),
    )


def _encode(items: Sequence[Append]) -> Sequence[object]:
    rows = [
        (
            item.box_id, item.peer, item.from_id, item.sender_id, item.message.random_id, item.date, item.out,
            item.message.text, item.extra, item.message.reply_to if item.reply_ref is None else None,
            item.reply_ref[0] if item.reply_ref else None, item.reply_ref[1] if item.reply_ref else None,
            item.views, item.rights, item.target, item.clears_draft,
        )
        for item in items
    ]  # fmt: skip
    return list(zip(*rows, strict=True))


def _decode(answer: Any, count: int) -> Sequence[Appended]:
    return [_appended(*row) for row in answer]


def _appended(
    status: int, message: int | None, pts: int | None, micros: int, answered: int | None, sender: int, random: int
) -> Appended:
    return Appended(
        status=Status(status),
        id=MessageId(message or 0),
        pts=pts or 0,
        date=_EPOCH + timedelta(microseconds=micros),
        reply_to=None if answered is None else MessageId(answered),
        reply_ref=(sender, random) if random else None,
    )


def peer_of_box(box: int) -> Peer:
    """The other end of a dialog from the number that is stored for it."""
    account = account_of_box(BoxId(box))
    return Peer.user(account) if account is not None else Peer.channel(ChannelId(-box))


def as_message(item: Append, stored: Appended) -> Message:
    """The message as the box now holds it, without reading it back."""
    new = item.message
    return Message(
        box_id=item.box_id,
        id=stored.id,
        peer=peer_of_box(item.peer),
        from_id=item.from_id,
        date=stored.date,
        text=new.text,
        out=item.out,
        author_id=item.sender_id,
        entities=new.entities,
        reply_to=stored.reply_to,
        quote=new.quote,
        forward=new.forward,
        media=new.media,
        action=new.action,
        random_id=new.random_id,
        views=item.views,
        post_author=new.post_author,
        silent=new.silent,
        no_forwards=new.no_forwards,
        grouped_id=new.grouped_id,
        mentions=new.mentions,
    )


def extra_of(message: NewMessage) -> str | None:
    """The stored form of everything but the text."""
    return content.stored_text(message)

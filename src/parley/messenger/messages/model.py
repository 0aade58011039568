"""Messages and the events of a box: the values that the box log stores and that clients hear of.

A box is an ordered log. Every event carries the `pts` that the box has after it and how many steps it took,
as core.telegram.org/api/updates describes; a client that sees a gap asks for the difference.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum

from parley.core.ids import AccountId, BoxId, MessageId
from parley.core.peers import Peer


@dataclass(frozen=True, slots=True)
class Entity:
    """A formatted stretch of text; `kind` is Telegram's constructor name without `messageEntity`
    (`Bold`, `TextUrl`, …), offset and length count UTF-16 code units, `extra` is its URL, language,
    user id or custom emoji id as text."""

    kind: str
    offset: int
    length: int
    extra: str = ""


@dataclass(frozen=True, slots=True)
class Forward:
    """Where a forwarded message came from."""

    from_peer: Peer | None
    from_name: str
    date: datetime
    channel_post: int | None = None
    post_author: str = ""


class MediaKind(StrEnum):
    """The media that this server stores."""

    PHOTO = "photo"
    DOCUMENT = "document"
    CONTACT = "contact"
    GEO = "geo"


@dataclass(frozen=True, slots=True)
class Media:
    """A reference to stored media; `reference` is the id that the media feature gave it."""

    kind: MediaKind
    reference: int
    spoiler: bool = False


class Action(StrEnum):
    """Service messages."""

    CHANNEL_CREATE = "channel_create"
    CHANNEL_EDIT_TITLE = "channel_edit_title"
    PIN_MESSAGE = "pin_message"
    CONTACT_SIGN_UP = "contact_sign_up"


@dataclass(frozen=True, slots=True)
class ServiceAction:
    """What a service message tells: the action and its text (such as the new title)."""

    action: Action
    text: str = ""


@dataclass(frozen=True, slots=True)
class Quote:
    """The part of the answered message that an answer is about; `offset` says where it stands in it (UTF-16)."""

    text: str
    entities: tuple[Entity, ...] = ()
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Message:
    """One message as one box sees it.

    In an account's box `peer` is the other end and `out` tells whose it is; in a channel's box `peer` is the
    channel, and `from_id` is None for a post in the channel's own name (`author_id` is then still kept for
    the administrators' log and never shown).
    """

    box_id: BoxId
    id: MessageId
    peer: Peer
    from_id: AccountId | None
    date: datetime
    text: str
    out: bool = False
    author_id: AccountId | None = None
    entities: tuple[Entity, ...] = ()
    reply_to: MessageId | None = None
    quote: Quote | None = None
    forward: Forward | None = None
    media: Media | None = None
    action: ServiceAction | None = None
    edit_date: datetime | None = None
    random_id: int | None = None
    views: int | None = None
    forwards: int | None = None
    post_author: str = ""
    silent: bool = False
    pinned: bool = False
    no_forwards: bool = False
    grouped_id: int | None = None
    mentions: tuple[AccountId, ...] = ()


@dataclass(frozen=True, slots=True)
class NewMessage:
    """What a sender asks for; the service decides id, date and box."""

    text: str
    random_id: int
    entities: tuple[Entity, ...] = ()
    reply_to: MessageId | None = None
    quote: Quote | None = None
    forward: Forward | None = None
    media: Media | None = None
    action: ServiceAction | None = None
    silent: bool = False
    no_forwards: bool = False
    post_author: str = ""
    grouped_id: int | None = None
    mentions: tuple[AccountId, ...] = ()


class EventKind(IntEnum):
    """The events of a box. The numbers are stored: never reuse one."""

    NEW_MESSAGE = 1
    EDIT_MESSAGE = 2
    DELETE_MESSAGES = 3
    READ_INBOX = 4
    READ_OUTBOX = 5
    PINNED_MESSAGES = 6
    DIALOG_PINNED = 7
    DRAFT = 8
    NOTIFY_SETTINGS = 9


@dataclass(frozen=True, slots=True)
class BoxEvent:
    """One committed event of a box.

    `message` is set for new and edited messages; `message_ids` for deletions and pins; `peer` names the
    dialog where the box has several; `max_id` and `still_unread` belong to read marks.
    """

    box_id: BoxId
    pts: int
    pts_count: int
    kind: EventKind
    date: datetime
    message: Message | None = None
    peer: Peer | None = None
    message_ids: tuple[MessageId, ...] = field(default_factory=tuple)
    max_id: MessageId | None = None
    still_unread: int = 0
    pinned: bool = False


@dataclass(frozen=True, slots=True)
class Draft:
    """A message that was begun: it waits in its chat, on every device."""

    text: str
    date: datetime
    entities: tuple[Entity, ...] = ()
    reply_to: MessageId | None = None
    no_webpage: bool = False


@dataclass(frozen=True, slots=True)
class Dialog:
    """One row of an account's list of chats."""

    box_id: BoxId
    peer: Peer
    top_message: MessageId
    top_date: datetime
    read_inbox_max: MessageId
    read_outbox_max: MessageId
    unread_count: int
    unread_mentions: int = 0
    pinned: bool = False
    unread_mark: bool = False
    draft: Draft | None = None
    pts: int | None = None
    pin_order: int | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """A page request in Telegram's terms (core.telegram.org/api/offsets)."""

    offset_id: int = 0
    offset_date: int = 0
    add_offset: int = 0
    limit: int = 20
    max_id: int = 0
    min_id: int = 0


@dataclass(frozen=True, slots=True)
class Query:
    """What a person looks for in their chats: every word of `text`, and whatever else is set.

    `since` and `until` are Unix seconds (0: no bound); a message of just that second is outside. `message_id`
    finds a message again by its id (0: any).
    """

    text: str = ""
    author: AccountId | None = None
    pinned: bool = False
    links: bool = False
    since: int = 0
    until: int = 0
    message_id: int = 0


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where a message stands among those of many chats: by its second, then its chat's box, then its id."""

    date: int
    peer: BoxId
    id: int


def place_of(message: Message) -> Place:
    """Give a message's place; the newest has the greatest."""
    return Place(int(message.date.timestamp()), message.peer.box, message.id)


@dataclass(frozen=True, slots=True)
class Found:
    """One page of messages from many chats, newest first, and whether more follow after the last one."""

    messages: tuple[Message, ...]
    more: bool


@dataclass(frozen=True, slots=True)
class MessagePage:
    """One page of messages, newest first, and how many there are in all."""

    messages: tuple[Message, ...]
    count: int

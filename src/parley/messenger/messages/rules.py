"""Decisions about messages that need nothing but their arguments."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from parley.core.ids import AccountId, BoxId, MessageId
from parley.core.peers import Peer, PeerKind
from parley.messenger.errors import BadRequest, Forbidden
from parley.messenger.messages.model import Dialog, Message, NewMessage, Page, Quote

#: Limits that clients know from help.getConfig (`message_length_max`) and from core.telegram.org/api/config.
TEXT_LIMIT = 4096
CAPTION_LIMIT = 1024
QUOTE_LIMIT = 1024
ENTITY_LIMIT = 100
IDS_LIMIT = 100
PAGE_LIMIT = 100
#: Posts that a search in all of one's channels looks through: together, and of each channel.
SEARCHED_TOGETHER, SEARCHED_AT_LEAST, SEARCHED_AT_MOST = 100_000, 200, 20_000
EDIT_TIME = timedelta(hours=48)
#: How a text mentions a username.
NAME = r"(?<![\w@/])@[A-Za-z][A-Za-z0-9_]{3,31}\b"
_NAMES = re.compile(NAME)


def check_content(message: NewMessage | Message) -> None:
    """Refuse what cannot be sent.

    Raises:
        BadRequest: `MESSAGE_EMPTY`, `MESSAGE_TOO_LONG`, `MEDIA_CAPTION_TOO_LONG`, `ENTITY_BOUNDS_INVALID`.
    """
    if not message.text.strip() and message.media is None and message.action is None:
        raise BadRequest("MESSAGE_EMPTY")
    if "\0" in message.text:
        raise BadRequest("MESSAGE_EMPTY")
    units = utf16_length(message.text)
    if message.media is not None and units > CAPTION_LIMIT:
        raise BadRequest("MEDIA_CAPTION_TOO_LONG")
    if units > TEXT_LIMIT:
        raise BadRequest("MESSAGE_TOO_LONG")
    for entity in message.entities[:ENTITY_LIMIT]:
        if entity.offset < 0 or entity.length <= 0 or entity.offset + entity.length > units:
            raise BadRequest("ENTITY_BOUNDS_INVALID")


def placed(quote: Quote, answered: Message | None) -> Quote:
    """A quote with the place nearest to the one it names where the answered message says this.

    Raises:
        BadRequest: `QUOTE_TEXT_INVALID`.
    """
    if answered is None or not quote.text or utf16_length(quote.text) > QUOTE_LIMIT:
        raise BadRequest("QUOTE_TEXT_INVALID")
    places = []
    at = answered.text.find(quote.text)
    while at >= 0:
        places.append(utf16_length(answered.text[:at]))
        at = answered.text.find(quote.text, at + 1)
    if not places:
        raise BadRequest("QUOTE_TEXT_INVALID")
    return replace(quote, offset=min(places, key=lambda place: abs(place - quote.offset)))


def check_random_id(random_id: int) -> None:
    """Refuse a send without a random id. Raises BadRequest `RANDOM_ID_EMPTY`."""
    if random_id == 0:
        raise BadRequest("RANDOM_ID_EMPTY")


def check_ids(ids: Sequence[int]) -> None:
    """Refuse too many message ids in one call. Raises BadRequest `MESSAGE_IDS_EMPTY` or `LIMIT_INVALID`."""
    if not ids:
        raise BadRequest("MESSAGE_IDS_EMPTY")
    if len(ids) > IDS_LIMIT:
        raise BadRequest("LIMIT_INVALID")


def utf16_length(text: str) -> int:
    """Telegram counts UTF-16 code units (core.telegram.org/api/entities)."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def check_private_edit(message: Message, editor: AccountId, now: datetime) -> None:
    """Only one's own messages, for two days; saved messages for ever.

    Raises:
        BadRequest: `MESSAGE_ID_INVALID` for service messages and forwards, `MESSAGE_EDIT_TIME_EXPIRED`.
        Forbidden: `MESSAGE_AUTHOR_REQUIRED`.
    """
    saved = message.peer == Peer.user(editor)
    if message.from_id != editor:
        raise Forbidden("MESSAGE_AUTHOR_REQUIRED")
    if message.action is not None or message.forward is not None:
        raise BadRequest("MESSAGE_ID_INVALID")
    if not saved and now - message.date > EDIT_TIME:
        raise BadRequest("MESSAGE_EDIT_TIME_EXPIRED")


def changes(message: Message, edited: Message) -> bool:
    """Whether an edit changes anything that people see."""
    return (message.text, message.entities, message.media) != (edited.text, edited.entities, edited.media)


def page_limit(page: Page) -> int:
    """How many messages a page may hold."""
    return max(0, min(page.limit, PAGE_LIMIT))


def newer_limit(page: Page) -> int:
    """How many messages before its offset a page may reach; no client steps back by more than a page at once."""
    return max(0, min(-page.add_offset, PAGE_LIMIT))


def search_depth(channels: int) -> int:
    """How many of the newest posts of each channel a search in all of them looks through.

    In few channels it goes deep; with many it stays as quick. Search within a channel looks through all of it.
    """
    return max(SEARCHED_AT_LEAST, min(SEARCHED_AT_MOST, SEARCHED_TOGETHER // max(1, channels)))


def names_in(text: str) -> list[str]:
    """The usernames that a text mentions, each once."""
    return list(dict.fromkeys(name[1:] for name in _NAMES.findall(text))) if "@" in text else []


def page_of_ids(ids: Sequence[MessageId], page: Page) -> list[MessageId]:
    """A page of ids that come newest first, as a page of history would be."""
    bounded = [i for i in ids if (not page.max_id or i < page.max_id) and i > page.min_id]
    start = sum(i >= page.offset_id for i in bounded) if page.offset_id else 0
    start = max(0, start + page.add_offset)
    return bounded[start : start + page_limit(page)]


def dialog_peer(peer: Peer) -> Peer:
    """Refuse kinds of chats that do not exist here. Raises BadRequest `PEER_ID_INVALID`."""
    if peer.kind is PeerKind.CHAT:
        raise BadRequest("PEER_ID_INVALID")
    return peer


def dialog_order(dialog: Dialog) -> tuple[bool, int, float]:
    """The order of the list: pinned ones in their order, then by the newest message or draft."""
    newest = dialog.top_date if dialog.draft is None else max(dialog.top_date, dialog.draft.date)
    return (not dialog.pinned, dialog.pin_order or 0, -newest.timestamp())


def dialog_start(dialogs: Sequence[Dialog], offset_date: int, offset_id: int, offset_peer: Peer | None) -> int:
    """Where the next page begins: behind the dialog that the offset names, or behind its date."""
    for place, dialog in enumerate(dialogs):
        if offset_peer is not None and dialog.peer == offset_peer and dialog.top_message == offset_id:
            return place + 1
    if not offset_date:
        return 0
    older = (
        place
        for place, dialog in enumerate(dialogs)
        if not dialog.pinned and int(dialog.top_date.timestamp()) < offset_date
    )
    return next(older, len(dialogs))


def dialog_limit(limit: int) -> int:
    """How many dialogs a page may hold; 0 asks for the default."""
    return min(limit, PAGE_LIMIT) if limit > 0 else PAGE_LIMIT


def empty_dialog(box: BoxId, peer: Peer) -> Dialog:
    """The dialog with somebody to whom nothing was written yet."""
    nothing = MessageId(0)
    return Dialog(box, peer, nothing, datetime.fromtimestamp(0, UTC), nothing, nothing, 0)

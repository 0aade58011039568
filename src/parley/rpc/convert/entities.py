"""Formatted text: entities from a client to the messenger's values and back.

Clients send entities that may overlap the end of the text or be empty; Telegram's server drops those
(core.telegram.org/api/entities), and so do we.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from parley.messenger.messages.model import Entity
from parley.tl import types

#: Our kind → Telegram's constructor and the field that `extra` fills.
_PLAIN = (
    "Mention", "Hashtag", "BotCommand", "Url", "Email", "Bold", "Italic", "Code", "Cashtag", "Phone",
    "Underline", "Strike", "BankCard", "Spoiler",
)  # fmt: skip
_WITH_TEXT = {"Pre": "language", "TextUrl": "url"}
_WITH_NUMBER = {"MentionName": "user_id", "CustomEmoji": "document_id"}
_MAX_ENTITIES = 100


def to_wire(entities: Sequence[Entity]) -> list[Any] | None:
    """Give Telegram's objects, or None when there is none, as the optional field wants it."""
    return [_entity(item) for item in entities] if entities else None


def _entity(item: Entity) -> Any:
    made = getattr(types, f"MessageEntity{item.kind}")
    if item.kind in _WITH_TEXT:
        return made(offset=item.offset, length=item.length, **{_WITH_TEXT[item.kind]: item.extra})
    if item.kind in _WITH_NUMBER:
        return made(offset=item.offset, length=item.length, **{_WITH_NUMBER[item.kind]: int(item.extra)})
    if item.kind == "Blockquote":
        return made(offset=item.offset, length=item.length, collapsed=item.extra == "collapsed")
    return made(offset=item.offset, length=item.length)


def from_wire(entities: Iterable[Any] | None, text: str) -> tuple[Entity, ...]:
    """Read a client's entities, dropping those that lie outside of the text or that we do not know."""
    if not entities:
        return ()
    units = len(text.encode("utf-16-le")) // 2
    read = (_read(item, units) for item in entities)
    kept = [item for item in read if item is not None]
    return tuple(sorted(kept, key=lambda item: (item.offset, -item.length))[:_MAX_ENTITIES])


def _read(item: Any, units: int) -> Entity | None:
    kind = item.TL_NAME.removeprefix("messageEntity").removeprefix("inputMessageEntity")
    length = min(item.length, units - item.offset)
    if item.offset < 0 or length <= 0:
        return None
    extra = _extra(kind, item)
    return None if extra is None else Entity(kind, item.offset, length, extra)


def _extra(kind: str, item: Any) -> str | None:
    if kind in _PLAIN:
        return ""
    if kind in _WITH_TEXT:
        return str(getattr(item, _WITH_TEXT[kind]))
    if kind == "Blockquote":
        return "collapsed" if item.collapsed else ""
    if kind == "CustomEmoji":
        return str(item.document_id)
    if kind == "MentionName":
        user = item.user_id
        user_id = user if isinstance(user, int) else getattr(user, "user_id", None)
        return None if user_id is None else str(user_id)
    return None

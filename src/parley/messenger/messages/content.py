"""What a message holds besides its text, as the JSON that is stored beside it: short keys, absent when empty."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from parley.core.peers import Peer, PeerKind
from parley.messenger.messages.model import (
    Action,
    Draft,
    Entity,
    Forward,
    Media,
    MediaKind,
    Message,
    NewMessage,
    Quote,
    ServiceAction,
)


def stored(content: NewMessage | Message) -> dict[str, Any] | None:
    """The stored form, or None for a plain text."""
    found: dict[str, Any] = {}
    if content.entities:
        found["e"] = _stored_entities(content.entities)
    if content.quote:
        found["q"] = [content.quote.text, _stored_entities(content.quote.entities), content.quote.offset]
    if content.forward:
        found["f"] = _stored_forward(content.forward)
    if content.media:
        found["m"] = [content.media.kind.value, content.media.reference, content.media.spoiler]
    if content.action:
        found["a"] = [content.action.action.value, content.action.text]
    if content.silent:
        found["s"] = True
    if content.no_forwards:
        found["n"] = True
    if content.post_author:
        found["p"] = content.post_author
    if content.grouped_id is not None:
        found["g"] = content.grouped_id
    if content.mentions:
        found["u"] = list(content.mentions)
    return found or None


def stored_text(content: NewMessage | Message) -> str | None:
    """The stored form as JSON text, for the append that many messages share."""
    found = stored(content)
    return None if found is None else json.dumps(found, separators=(",", ":"), ensure_ascii=False)


def fields(found: Mapping[str, Any] | None) -> dict[str, Any]:
    """The stored form as keyword arguments of ``Message``."""
    if not found:
        return {}
    made: dict[str, Any] = {}
    if "e" in found:
        made["entities"] = _entities(found["e"])
    if "q" in found:
        text, entities, offset = found["q"]
        made["quote"] = Quote(text, _entities(entities), offset)
    if "f" in found:
        made["forward"] = _forward(found["f"])
    if "m" in found:
        kind, reference, spoiler = found["m"]
        made["media"] = Media(MediaKind(kind), reference, spoiler)
    if "a" in found:
        made["action"] = ServiceAction(Action(found["a"][0]), found["a"][1])
    made["silent"] = found.get("s", False)
    made["no_forwards"] = found.get("n", False)
    made["post_author"] = found.get("p", "")
    made["grouped_id"] = found.get("g")
    made["mentions"] = tuple(found.get("u", ()))
    return made


def stored_draft(draft: Draft) -> dict[str, Any]:
    """A draft as it lies beside its dialog."""
    found: dict[str, Any] = {"text": draft.text, "date": int(draft.date.timestamp())}
    if draft.entities:
        found["e"] = _stored_entities(draft.entities)
    if draft.reply_to is not None:
        found["r"] = draft.reply_to
    if draft.no_webpage:
        found["w"] = True
    return found


def draft(found: Mapping[str, Any] | None) -> Draft | None:
    """A stored draft as a value."""
    if found is None:
        return None
    return Draft(
        text=found["text"],
        date=datetime.fromtimestamp(found["date"], UTC),
        entities=_entities(found.get("e", ())),
        reply_to=found.get("r"),
        no_webpage=found.get("w", False),
    )


def _stored_entities(entities: Sequence[Entity]) -> list[list[Any]]:
    return [[e.kind, e.offset, e.length, e.extra] for e in entities]


def _entities(found: Sequence[Sequence[Any]]) -> tuple[Entity, ...]:
    return tuple(Entity(*entity) for entity in found)


def _stored_forward(forward: Forward) -> dict[str, Any]:
    peer = forward.from_peer
    return {
        "peer": None if peer is None else [peer.kind.value, peer.id],
        "name": forward.from_name,
        "date": int(forward.date.timestamp()),
        "post": forward.channel_post,
        "author": forward.post_author,
    }


def _forward(found: Mapping[str, Any]) -> Forward:
    peer = found["peer"]
    return Forward(
        from_peer=None if peer is None else Peer(PeerKind(peer[0]), peer[1]),
        from_name=found["name"],
        date=datetime.fromtimestamp(found["date"], UTC),
        channel_post=found["post"],
        post_author=found["author"],
    )

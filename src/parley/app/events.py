"""Carries committed facts to whoever listens: in this process at once, to other processes over the bus.

Events are the frozen dataclasses of the rooms' `events.py`. Nothing's correctness rests on their arrival:
caches are bounded by what the database says, and clients that miss a push ask for the difference.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import Enum
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints
from uuid import uuid4

from parley.core.peers import Peer, PeerKind
from parley.storage.bus import Bus

_log = logging.getLogger(__name__)
_SUBJECT = "event"
E = TypeVar("E")


class EventHub:
    """The rooms' `Events` port: publishes to listeners by the event's class."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._origin = uuid4().hex
        self._listeners: dict[type[Any], list[Callable[[Any], Awaitable[None]]]] = {}
        self._classes: dict[str, type[Any]] = {}

    def listen(self, kind: type[E], listener: Callable[[E], Awaitable[None]]) -> None:
        """Call `listener` for each event of a class, whichever process it happened in."""
        self._classes[kind.__name__] = kind
        self._listeners.setdefault(kind, []).append(listener)

    async def start(self) -> None:
        """Hear other processes."""
        if self._bus.spans_processes:
            await self._bus.subscribe(f"{_SUBJECT}.>", self._received)

    async def publish(self, event: object) -> None:
        """Tell one event; a listener that fails is logged and keeps nobody else from hearing."""
        await self._deliver(event)
        if self._bus.spans_processes:
            body = json.dumps({"from": self._origin, "event": encode(event)}).encode()
            await self._bus.publish(f"{_SUBJECT}.{type(event).__name__}", body)

    async def _received(self, subject: str, payload: bytes) -> None:
        said = json.loads(payload)
        kind = self._classes.get(subject.rpartition(".")[2])
        if kind is not None and said["from"] != self._origin:
            await self._deliver(decode(kind, said["event"]))

    async def _deliver(self, event: object) -> None:
        for listener in self._listeners.get(type(event), ()):
            try:
                await listener(event)
            except Exception:
                _log.exception("a listener of %s failed", type(event).__name__)


def encode(value: Any) -> Any:
    """Turn an event, or a value in it, into what JSON can carry."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: encode(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, tuple | list | frozenset | set):
        return [encode(item) for item in value]
    return value


def decode(kind: type[Any], said: dict[str, Any]) -> Any:
    """Make an event of a class from what `encode` gave."""
    hints = get_type_hints(kind)
    return kind(**{name: _decode(hints[name], value) for name, value in said.items()})


def _decode(hint: Any, value: Any) -> Any:
    if value is None:
        return None
    if get_origin(hint) in (Union, UnionType):
        hint = next(option for option in get_args(hint) if option is not type(None))
    if hint is Peer:
        return Peer(PeerKind(value["kind"]), value["id"])
    if hint is datetime:
        return datetime.fromisoformat(value)
    if isinstance(value, list):
        made = get_origin(hint) or tuple
        inner = get_args(hint)[0] if get_args(hint) else object
        return made(_decode(inner, item) for item in value)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint(value)
    if isinstance(hint, type) and is_dataclass(hint):
        return decode(hint, value)
    return value

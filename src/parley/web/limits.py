"""Limits at the doors: how much a request may carry and how many an address may send.

Addresses are held only as keyed, truncated hashes in memory; the key changes every hour, and all counters go
with it.
"""

from __future__ import annotations

import hashlib
import math
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from parley.core.errors import ParleyError
from parley.web.parts import Door
from parley.web.problems import answer

_KEY_LIFE_S = 3600.0
_MOST_BUCKETS = 50_000


class BodyTooLarge(ParleyError):
    """The request carries more than its door lets in."""

    status_code = 413


class Doors:
    """Finds the door of a path: the longest prefix that fits."""

    def __init__(self, doors: Sequence[Door]) -> None:
        self._doors = sorted(doors, key=lambda door: -len(door.prefix))

    def of(self, path: str, method: str) -> Door:
        """Give the door for a request; there is always one for `/`."""
        return next(
            door
            for door in self._doors
            if path.startswith(door.prefix) and (not door.methods or method in door.methods)
        )


class Buckets:
    """Token buckets per (door, address)."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._buckets: OrderedDict[bytes, tuple[float, float]] = OrderedDict()
        self._key = secrets.token_bytes(32)
        self._key_until = monotonic() + _KEY_LIFE_S

    def take(self, door: Door, address: str) -> int:
        """Take one token; 0 when there was one, else the seconds to wait."""
        now = self._monotonic()
        self._rotate(now)
        name = self._name(door, address)
        tokens, since = self._buckets.pop(name, (float(door.burst), now))
        tokens = min(float(door.burst), tokens + (now - since) * door.per_second)
        wait = 0 if tokens >= 1 else max(1, math.ceil((1 - tokens) / door.per_second))
        self._buckets[name] = (tokens if wait else tokens - 1, now)
        if len(self._buckets) > _MOST_BUCKETS:
            self._buckets.popitem(last=False)
        return wait

    def _name(self, door: Door, address: str) -> bytes:
        text = f"{door.prefix}\0{','.join(sorted(door.methods))}\0{address}"
        return hashlib.blake2b(text.encode(), key=self._key, digest_size=8).digest()

    def _rotate(self, now: float) -> None:
        if now >= self._key_until:
            self._buckets.clear()
            self._key = secrets.token_bytes(32)
            self._key_until = now + _KEY_LIFE_S


class RateLimit:
    """Answers 429 with Retry-After to an address that asks too often."""

    def __init__(self, app: ASGIApp, doors: Doors, buckets: Buckets) -> None:
        self._app = app
        self._doors = doors
        self._buckets = buckets

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the call on while the address has tokens at its door."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        client = scope.get("client")
        door = self._doors.of(scope["path"], scope.get("method", "GET"))
        wait = self._buckets.take(door, client[0] if client else "")
        if not wait:
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1013})
        else:
            text = f"That was too much at once. Please wait {wait} seconds and try again."
            response = answer(scope, 429, "Too many requests", text)
            response.headers["retry-after"] = str(wait)
            await response(scope, receive, send)


class BodyLimit:
    """Stops reading a request that is larger than its door allows, whatever its Content-Length says."""

    def __init__(self, app: ASGIApp, doors: Doors) -> None:
        self._app = app
        self._doors = doors

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the call on with a counted body."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = self._doors.of(scope["path"], scope["method"]).max_body
        if _announced(scope) > limit:
            response = answer(scope, 413, "Too large", too_large(limit))
            await response(scope, receive, send)
            return
        received = 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > limit:
                raise BodyTooLarge(too_large(limit))
            return message

        await self._app(scope, counted, send)


def too_large(limit: int) -> str:
    """Say how much a door takes."""
    return f"This is larger than the {limit // 1024} KiB that can be sent here."


def _announced(scope: Scope) -> int:
    try:
        return int(Headers(scope=scope).get("content-length", "0"))
    except ValueError:
        return 0

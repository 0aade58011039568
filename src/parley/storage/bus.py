"""Wake-ups between the parts and processes of the server. Nothing's correctness rests on it: it may lose messages.

Subjects are words joined by dots (``box.42``); the last word of a subscription may be ``>`` for everything below.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Generic, Protocol, TypeVar

from parley.storage.errors import StorageError

log = logging.getLogger(__name__)

Listener = Callable[[str, bytes], Awaitable[None]]
Responder = Callable[[bytes], Awaitable[bytes]]
T = TypeVar("T")


class Silence(StorageError):
    """A question found nobody who answers in time."""

    status_code = 503


class Subscription(Protocol):
    """A running subscription."""

    async def close(self) -> None:
        """Hear no more."""
        ...


class Bus(Protocol):
    """Publish and subscribe. ``spans_processes`` is False when nobody outside this process can hear."""

    @property
    def spans_processes(self) -> bool:
        """Whether other processes hear what is published."""
        ...

    async def publish(self, subject: str, payload: bytes) -> None:
        """Tell whoever listens now; at most once."""
        ...

    async def subscribe(self, subject: str, listener: Listener) -> Subscription:
        """Call ``listener(subject, payload)`` for each message; it must be quick and is called in order."""
        ...

    async def answer(self, subject: str, responder: Responder) -> Subscription:
        """Answer the questions of a subject; a responder that fails leaves the asker without an answer."""
        ...

    async def ask(self, subject: str, payload: bytes, timeout_s: float = 3.0) -> bytes:
        """Ask whoever answers a subject. Raises Silence when nobody does in time."""
        ...

    async def close(self) -> None:
        """End all subscriptions."""
        ...


class LocalBus:
    """The bus of a single process: a publication returns when every listener has heard it."""

    spans_processes = False

    def __init__(self) -> None:
        self._exact: dict[str, list[Listener]] = {}
        self._below: dict[str, list[Listener]] = {}
        self._answers: dict[str, list[Responder]] = {}

    async def publish(self, subject: str, payload: bytes) -> None:
        """See Bus. A listener that fails is logged and does not keep others from hearing."""
        heard = [*self._exact.get(subject, ())]
        if self._below:
            words = subject.split(".")
            for end in range(len(words)):
                heard += self._below.get(".".join(words[:end]), ())
        for listener in heard:
            try:
                await listener(subject, payload)
            except Exception:
                log.exception("a listener of %s failed", subject.partition(".")[0])

    async def subscribe(self, subject: str, listener: Listener) -> Subscription:
        """See Bus."""
        table, key = self._exact, subject
        if subject == ">" or subject.endswith(".>"):
            table, key = self._below, subject[:-1].rstrip(".")
        table.setdefault(key, []).append(listener)
        return _LocalSubscription(table, key, listener)

    async def answer(self, subject: str, responder: Responder) -> Subscription:
        """See Bus."""
        self._answers.setdefault(subject, []).append(responder)
        return _LocalSubscription(self._answers, subject, responder)

    async def ask(self, subject: str, payload: bytes, timeout_s: float = 3.0) -> bytes:
        """See Bus."""
        responders = self._answers.get(subject)
        if not responders:
            raise Silence("nobody answers")
        limit = asyncio.timeout(timeout_s)
        try:
            async with limit:
                return await responders[0](payload)
        except Exception:
            if not limit.expired():
                log.exception("a question of %s was not answered", subject)
            raise Silence("nobody answers") from None

    async def close(self) -> None:
        """See Bus."""
        self._exact.clear()
        self._below.clear()
        self._answers.clear()


class _LocalSubscription(Generic[T]):
    def __init__(self, table: dict[str, list[T]], key: str, listener: T) -> None:
        self._table, self._key, self._listener = table, key, listener

    async def close(self) -> None:
        """Hear no more."""
        listeners = self._table.get(self._key, [])
        if self._listener in listeners:
            listeners.remove(self._listener)
        if not listeners:
            self._table.pop(self._key, None)

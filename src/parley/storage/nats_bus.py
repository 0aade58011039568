"""The bus of several processes: NATS core. It starts without its server, goes on without it, and finds it again.

Nothing waits for it but questions, which fail after their time: what is published while the server is away is lost,
as the port allows.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Final
from urllib.parse import urlsplit

import nats.errors
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription as NatsSubscription

from parley.storage.bus import Listener, Responder, Silence, Subscription

log = logging.getLogger(__name__)

RECONNECT_S: Final = 1
PENDING_BYTES: Final = 4 * 1024 * 1024


class NatsBus:
    """One connection of one process; ``name`` is the part's, by which the server's rights tell answers apart."""

    spans_processes = True

    def __init__(self, url: str, name: str) -> None:
        self._url = url
        self._name = name
        self._client = Client()
        self._waiting: list[_NatsSubscription] = []
        self._opening = asyncio.Lock()
        self._greeted = False
        self._closed = False

    async def connect(self) -> None:
        """Connect, trying for as long as it takes; started under the supervisor. Subscriptions come along."""
        await self._client.connect(
            self._url,
            name=f"parley {self._name}",
            inbox_prefix=f"_INBOX.{self._name}",
            no_echo=True,
            reconnect_time_wait=RECONNECT_S,
            max_reconnect_attempts=-1,
            pending_size=PENDING_BYTES,
            error_cb=self._failed,
            disconnected_cb=self._lost,
            reconnected_cb=self._found,
        )
        log.info("the bus at %s is there", shown(self._url))
        self._greeted = True
        await self._open_waiting()

    @property
    def connected(self) -> bool:
        """Whether the server is there now, and the first greeting is over: before that its answers are not ours."""
        return self._greeted and bool(self._client.is_connected)

    async def publish(self, subject: str, payload: bytes) -> None:
        """See Bus. Lost, not queued, while the server is away."""
        if self.connected:
            await self._client.publish(subject, payload)

    async def subscribe(self, subject: str, listener: Listener) -> Subscription:
        """See Bus."""

        async def heard(message: Msg) -> None:
            try:
                await listener(message.subject, message.data)
            except Exception:
                log.exception("a listener of %s failed", message.subject.partition(".")[0])

        return await self._add(subject, heard)

    async def answer(self, subject: str, responder: Responder) -> Subscription:
        """See Bus."""

        async def asked(message: Msg) -> None:
            try:
                await message.respond(await responder(message.data))
            except Exception:
                log.exception("a question of %s was not answered", message.subject)

        return await self._add(subject, asked)

    async def ask(self, subject: str, payload: bytes, timeout_s: float = 3.0) -> bytes:
        """See Bus."""
        if not self.connected:
            raise Silence("the bus is away")
        try:
            answer = await self._client.request(subject, payload, timeout=timeout_s)
        except (nats.errors.TimeoutError, nats.errors.NoRespondersError, nats.errors.ConnectionClosedError):
            raise Silence("nobody answers") from None
        return bytes(answer.data)

    async def close(self) -> None:
        """See Bus."""
        self._closed = True
        await self._client.close()

    async def _add(self, subject: str, heard: Callable[[Msg], Awaitable[None]]) -> Subscription:
        subscription = _NatsSubscription(subject, heard)
        if self.connected:
            await subscription.open(self._client)
        else:
            self._waiting.append(subscription)
        return subscription

    async def _failed(self, error: Exception) -> None:
        log.debug("the bus: %s", type(error).__name__)

    async def _lost(self) -> None:
        if not self._closed:
            log.warning("the bus at %s is away; pushes and decisions reach other processes late", shown(self._url))

    async def _found(self) -> None:
        log.info("the bus at %s is there again", shown(self._url))
        await self._open_waiting()

    async def _open_waiting(self) -> None:
        """Open what was subscribed to while the server was away."""
        async with self._opening:
            while self._waiting:
                await self._waiting[0].open(self._client)
                del self._waiting[0]


class _NatsSubscription:
    def __init__(self, subject: str, heard: Callable[[Msg], Awaitable[Any]]) -> None:
        self._subject, self._heard = subject, heard
        self._open: NatsSubscription | None = None

    async def open(self, client: Client) -> None:
        self._open = self._open or await client.subscribe(self._subject, cb=self._heard)
        await client.flush()

    async def close(self) -> None:
        if self._open is not None:
            await self._open.unsubscribe()


def shown(url: str) -> str:
    """The address without the password in it."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname or ''}:{parts.port or 4222}"

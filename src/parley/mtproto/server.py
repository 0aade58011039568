"""The MTProto server: the only file here that knows sockets, and the place where the parts are put together."""

from __future__ import annotations

import asyncio
import logging
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import cast

from parley.core.ids import AuthKeyId
from parley.core.networks import TrustedNetworks, parse_ip
from parley.core.tasks import Supervisor
from parley.mtproto import proxy_protocol
from parley.mtproto.connection import Connection, Edge
from parley.mtproto.diffie_hellman import Workbench
from parley.mtproto.dispatch import Dispatcher
from parley.mtproto.door import Door
from parley.mtproto.errors import MtprotoError
from parley.mtproto.keys import KeyRing
from parley.mtproto.limits import Limits
from parley.mtproto.metrics import Counters
from parley.mtproto.ports import CallHandler, KeyStore, LayerCodec, SessionObserver
from parley.mtproto.rsa_key import RsaKeys
from parley.mtproto.sessions import Registry
from parley.tl import layers

_log = logging.getLogger(__name__)

_TICK_S = 0.5
_EXPIRY_TICKS = 120


@dataclass(frozen=True, slots=True)
class Listening:
    """Where to listen. Port 0 takes a free one; PROXY headers are read from networks in `trusted_proxies` only."""

    host: str = "127.0.0.1"
    port: int = 8443
    trusted_proxies: tuple[str, ...] = ()
    reuse_port: bool = False


class Server:
    """MTProto over TCP, and connections for other carriers such as WebSockets.

    Create it inside a running event loop. `registry` finds sessions to push to, `counters` feed metrics.
    """

    def __init__(
        self,
        *,
        rsa: RsaKeys,
        keys: KeyStore,
        handler: CallHandler,
        supervisor: Supervisor,
        observer: SessionObserver | None = None,
        limits: Limits | None = None,
        counters: Counters | None = None,
        codec_of: Callable[[int], LayerCodec] = layers.get,
        now: Callable[[], float] = time.time,
        proxy_secrets: Sequence[bytes] = (),
    ) -> None:
        """`proxy_secrets` are the 16-byte MTProxy secrets of clients that were given one; others come in too."""
        loop = asyncio.get_running_loop()
        self.limits = limits or Limits()
        self.counters = counters or Counters()
        self.registry = Registry(loop.call_soon, limits=self.limits, counters=self.counters, observer=observer)
        self.ring = KeyRing(keys, self.limits.cached_keys, now)
        self._supervisor = supervisor
        self._bench = Workbench()
        self._door = Door(self.limits)
        self._dispatcher = Dispatcher(handler, codec_of, self.ring, self.registry, supervisor.once, now)
        self._edge = Edge(
            limits=self.limits,
            counters=self.counters,
            rsa=rsa,
            bench=self._bench,
            ring=self.ring,
            registry=self.registry,
            dispatcher=self._dispatcher,
            door=self._door,
            spawn=supervisor.once,
            secrets=proxy_secrets,
            now=now,
        )
        self._connections: set[Connection] = set()
        self._deserted = asyncio.Event()
        self._listener: asyncio.Server | None = None
        self._ticker: asyncio.Task[None] | None = None

    # --- life ---

    async def start(self, listening: Listening) -> tuple[str, int]:
        """Listen, and give the address that was taken.

        Raises:
            OSError: the address cannot be used.
        """
        loop = asyncio.get_running_loop()
        trusted = TrustedNetworks(listening.trusted_proxies)
        self._listener = await loop.create_server(
            lambda: _Socket(self, trusted),
            listening.host,
            listening.port,
            reuse_port=listening.reuse_port or None,
            backlog=1024,
        )
        self.start_ticking()
        host, port = self._listener.sockets[0].getsockname()[:2]
        return str(host), int(port)

    def start_ticking(self) -> None:
        """Watch time limits; `start` does so itself, a server of WebSockets alone calls it."""
        if self._ticker is None:
            self._bench.restock()
            self._ticker = self._supervisor.service("mtproto clock", self._tick)

    async def stop(self) -> None:
        """Accept nothing more, finish the calls that were accepted, send their answers, then close."""
        if self._listener is not None:
            self._listener.close()
        for connection in list(self._connections):
            connection.stop_reading()
        try:
            async with asyncio.timeout(self.limits.drain_s):
                await self._dispatcher.idle()
        except TimeoutError:
            _log.warning("%s calls did not end in time", self.counters.calls_running)
        self.registry.tick()
        self.registry.flush_all()
        for connection in list(self._connections):
            connection.close()
        await self._until_written()
        if self._ticker is not None:
            self._ticker.cancel()
            await asyncio.gather(self._ticker, return_exceptions=True)
            self._ticker = None
        if self._listener is not None:
            await self._listener.wait_closed()
            self._listener = None
        self._bench.close()

    async def _until_written(self) -> None:
        """Wait until every closed connection has sent its last bytes and is gone."""
        if not self._connections:
            return
        try:
            async with asyncio.timeout(self.limits.drain_s):
                await self._deserted.wait()
        except TimeoutError:
            _log.warning("%s peers did not read their last answers", len(self._connections))

    def drop_key(self, auth_key_id: AuthKeyId) -> None:
        """Forget a key that was deleted or revoked elsewhere, and close everything that uses it."""
        for key in self.ring.forget(auth_key_id):
            self.registry.drop_key(key.acting_id)
        self.registry.drop_key(auth_key_id)

    # --- connections ---

    def connect(
        self,
        address: tuple[str, int],
        send: Callable[[bytes], None],
        close: Callable[[], None],
        throttle: Callable[[bool], None] = lambda paused: None,
    ) -> Connection | None:
        """Begin a connection on any carrier; None when there are too many.

        Feed it with `receive`, tell it `lost` when the carrier is gone, and call `disconnected` then.
        """
        if not self._door.enter(address[0]):
            self.counters.connections_refused += 1
            return None
        connection = Connection(self._edge, address, send, close, throttle)
        self._connections.add(connection)
        self._deserted.clear()
        return connection

    def disconnected(self, connection: Connection) -> None:
        """Forget a connection whose carrier is gone."""
        connection.lost()
        if connection in self._connections:
            self._connections.discard(connection)
            self._door.leave(connection.address[0])
            if not self._connections:
                self._deserted.set()

    async def _tick(self) -> None:
        ticks = 0
        while True:
            await asyncio.sleep(_TICK_S)
            ticks += 1
            now = self._edge.now()
            self.registry.tick()
            if ticks % 2 == 0:
                self._close_overdue(now)
            if ticks % _EXPIRY_TICKS == 0:
                self.registry.expire(now)

    def _close_overdue(self, now: float) -> None:
        for connection in [c for c in self._connections if c.overdue(now)]:
            connection.close()


class _Socket(asyncio.Protocol):
    """One TCP connection: hands bytes over, and the address that a trusted proxy names."""

    __slots__ = ("_connection", "_head", "_server", "_transport", "_trusted")

    def __init__(self, server: Server, trusted: TrustedNetworks) -> None:
        self._server = server
        self._trusted = trusted
        self._transport: asyncio.Transport | None = None
        self._connection: Connection | None = None
        self._head: bytearray | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._transport.set_write_buffer_limits(high=self._server.limits.write_buffer_bytes)
        _keep_alive(transport.get_extra_info("socket"))
        peer = transport.get_extra_info("peername") or ("", 0)
        address = (str(peer[0]), int(peer[1]))
        if self._trusted and parse_ip(address[0]) in self._trusted:
            self._head = bytearray()
        else:
            self._open(address)

    def _open(self, address: tuple[str, int]) -> None:
        transport = self._transport
        assert transport is not None
        self._connection = self._server.connect(address, transport.write, transport.close, self._throttle)
        if self._connection is None:
            transport.abort()

    def _throttle(self, paused: bool) -> None:
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        if paused:
            transport.pause_reading()
        else:
            transport.resume_reading()

    def data_received(self, data: bytes) -> None:
        if self._head is not None:
            data = self._after_proxy_header(self._head, data)
        if self._connection is not None and data:
            self._connection.receive(data)

    def _after_proxy_header(self, head: bytearray, data: bytes) -> bytes:
        """Collect a PROXY header; give what follows it once it is complete or was none."""
        head += data
        address = self._peer()
        start = 0
        if proxy_protocol.may_start(head):
            try:
                header = proxy_protocol.parse(head)
            except MtprotoError:
                self._abort()
                return b""
            if header is None:
                return b""
            address, start = header.address or address, header.size
        self._head = None
        self._open(address)
        return bytes(head[start:])

    def _peer(self) -> tuple[str, int]:
        assert self._transport is not None
        peer = self._transport.get_extra_info("peername") or ("", 0)
        return str(peer[0]), int(peer[1])

    def _abort(self) -> None:
        self._server.counters.malformed += 1
        if self._transport is not None:
            self._transport.abort()

    def pause_writing(self) -> None:
        if self._connection is not None:
            self._connection.set_writable(False)

    def resume_writing(self) -> None:
        if self._connection is not None:
            self._connection.set_writable(True)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._connection is not None:
            self._server.disconnected(self._connection)
        self._connection = None
        self._transport = None


def _keep_alive(carrier: socket.socket | None) -> None:
    if carrier is not None and carrier.family in (socket.AF_INET, socket.AF_INET6):
        carrier.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        carrier.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

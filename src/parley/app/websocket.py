"""MTProto over WebSocket at `/apiws`: frames in, frames out, with back-pressure in both directions."""

from __future__ import annotations

import asyncio
from collections import deque

from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from parley.mtproto.connection import Connection
from parley.mtproto.server import Server
from parley.web.parts import Part

_PROTOCOL = "binary"


class WebSocketCarrier:
    """One WebSocket as a carrier of an MTProto connection."""

    def __init__(self, server: Server, socket: WebSocket) -> None:
        self._server = server
        self._socket = socket
        self._outgoing: deque[bytes] = deque()
        self._queued = 0
        self._wake = asyncio.Event()
        self._may_read = asyncio.Event()
        self._may_read.set()
        self._closing = False
        self._connection: Connection | None = None

    async def run(self) -> None:
        """Carry until either side ends it."""
        client = self._socket.client
        address = (client.host, client.port) if client else ("", 0)
        connection = self._server.connect(address, self._send, self._close, self._throttle)
        if connection is None:
            await self._socket.close(1013)
            return
        self._connection = connection
        try:
            async with asyncio.TaskGroup() as tasks:
                writer = tasks.create_task(self._write())
                await self._read(connection)
                self._close()
                await writer
        finally:
            self._server.disconnected(connection)

    async def _read(self, connection: Connection) -> None:
        while not self._closing:
            await self._may_read.wait()
            try:
                data = await self._socket.receive_bytes()
            except (WebSocketDisconnect, KeyError, RuntimeError):
                return
            connection.receive(data)

    async def _write(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._outgoing:
                data = self._outgoing.popleft()
                try:
                    await self._socket.send_bytes(data)
                except (WebSocketDisconnect, RuntimeError):
                    return
                self._queued -= len(data)
                self._tell_writable()
            if self._closing:
                await self._end()
                return

    async def _end(self) -> None:
        try:
            await self._socket.close()
        except RuntimeError:
            return  # the peer was faster

    def _send(self, data: bytes) -> None:
        self._outgoing.append(data)
        self._queued += len(data)
        if self._queued > self._server.limits.write_buffer_bytes and self._connection is not None:
            self._connection.set_writable(False)
        self._wake.set()

    def _tell_writable(self) -> None:
        connection = self._connection
        if connection and not connection.writable and self._queued < self._server.limits.write_buffer_bytes // 2:
            connection.set_writable(True)

    def _close(self) -> None:
        self._closing = True
        self._may_read.set()
        self._wake.set()

    def _throttle(self, paused: bool) -> None:
        if paused and not self._closing:
            self._may_read.clear()
        else:
            self._may_read.set()


def part(server: Server) -> Part:
    """The route of MTProto over WebSocket."""

    async def endpoint(socket: WebSocket) -> None:
        offered = socket.scope.get("subprotocols", [])
        await socket.accept(_PROTOCOL if _PROTOCOL in offered else None)
        await WebSocketCarrier(server, socket).run()

    return Part("mtproto over websocket", (WebSocketRoute("/apiws", endpoint),))

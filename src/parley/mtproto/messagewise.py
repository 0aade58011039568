"""MTProto over carriers of whole messages with asynchronous reads and writes, such as any framework's WebSocket."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from parley.mtproto.connection import Connection
from parley.mtproto.server import Server

Receive = Callable[[], Awaitable[bytes | None]]
Send = Callable[[bytes], Awaitable[None]]


class _Outbox:
    """What waits to be sent on one carrier, and whether the connection may read on."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._size = 0
        self._changed = asyncio.Event()
        self.may_read = asyncio.Event()
        self.may_read.set()
        self.ended = False

    def put(self, data: bytes) -> None:
        self._parts.append(data)
        self._size += len(data)
        self._changed.set()

    def end(self) -> None:
        """Nothing more comes; what is queued still goes out."""
        self.ended = True
        self._changed.set()
        self.may_read.set()

    def throttle(self, paused: bool) -> None:
        if paused and not self.ended:
            self.may_read.clear()
        else:
            self.may_read.set()

    @property
    def size(self) -> int:
        return self._size

    async def take(self) -> bytes | None:
        """Wait for something to send; None at the end."""
        while not self._parts:
            if self.ended:
                return None
            self._changed.clear()
            await self._changed.wait()
        data = b"".join(self._parts)
        self._parts.clear()
        self._size = 0
        return data


async def serve(server: Server, address: tuple[str, int], receive: Receive, send: Send) -> None:
    """Run one connection until either side ends it.

    `receive` gives the next message and None at the end, `send` writes one; an `OSError` of either ends the
    connection. The caller closes its carrier when this returns.
    """
    outbox = _Outbox()

    def write(data: bytes) -> None:
        outbox.put(data)
        if outbox.size > server.limits.write_buffer_bytes:
            connection.set_writable(False)

    made = server.connect(address, write, outbox.end, outbox.throttle)
    if made is None:
        return
    connection = made
    try:
        async with asyncio.TaskGroup() as group:
            reading = group.create_task(_read(connection, outbox, receive))
            await _write(connection, outbox, send)
            reading.cancel()
    finally:
        server.disconnected(connection)


async def _read(connection: Connection, outbox: _Outbox, receive: Receive) -> None:
    try:
        while not outbox.ended:
            await outbox.may_read.wait()
            data = await receive()
            if data is None:
                break
            connection.receive(data)
    except OSError:
        pass  # the carrier broke; what is left to do is the same as at its end
    finally:
        outbox.end()


async def _write(connection: Connection, outbox: _Outbox, send: Send) -> None:
    try:
        while (data := await outbox.take()) is not None:
            await send(data)
            if not connection.writable:
                connection.set_writable(True)
    except OSError:
        outbox.end()

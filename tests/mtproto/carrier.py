"""A connection without a socket: what the server writes lands in a list, what a test sends goes straight in."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from parley.mtproto.connection import Connection
from parley.mtproto.server import Server
from parley.mtproto.transports import Intermediate
from tests.journeys.waiting import LIMIT_S
from tests.mtproto.peer import Peer, Received

INTERMEDIATE_START = b"\xee\xee\xee\xee"


async def until(ready: Callable[[], object]) -> None:
    """Wait for a condition."""
    async with asyncio.timeout(LIMIT_S):
        while not ready():  # noqa: ASYNC110  the server has no events for tests to wait on
            await asyncio.sleep(0.001)


class Carrier:
    """One in-memory connection in the intermediate framing."""

    def __init__(self, server: Server, address: tuple[str, int] = ("192.0.2.1", 1000)) -> None:
        self.written = bytearray()
        self.closed = False
        self.paused = False
        self._server = server
        self._read = 0
        connection = server.connect(address, self.written.extend, self._end, self._throttle)
        assert connection is not None
        self.connection: Connection = connection
        self.connection.receive(INTERMEDIATE_START)

    def _end(self) -> None:
        self.closed = True
        self._server.disconnected(self.connection)

    def _throttle(self, paused: bool) -> None:
        self.paused = paused

    def drop(self) -> None:
        """Lose the connection from the client's side."""
        self._server.disconnected(self.connection)

    def send(self, payload: bytes) -> None:
        self.connection.receive(Intermediate().wrap(payload))

    def frames(self) -> list[bytes]:
        """Give the payloads that have come since the last look."""
        found = []
        while self._read < len(self.written):
            cut = Intermediate().split(self.written, self._read, 1 << 24)
            assert not isinstance(cut, int)
            frame, self._read = cut
            found.append(frame.payload)
        return found

    async def receive(self, peer: Peer, constructor: int) -> Received:
        """Wait for the next message of a kind."""
        async with asyncio.timeout(LIMIT_S):
            while True:
                for payload in self.frames():
                    peer.open(payload)
                for received in peer.inbox:
                    if received.constructor == constructor:
                        peer.inbox.remove(received)
                        return received
                await asyncio.sleep(0.001)

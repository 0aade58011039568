"""A browser's client reaches the server through a WebSocket as one over TCP does."""

from __future__ import annotations

import asyncio
import struct

import pytest
from telethon.network.connection.tcpobfuscated import ObfuscatedIO
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from parley.mtproto import messages as m
from parley.mtproto import messagewise
from tests.journeys.waiting import LIMIT_S
from tests.mtproto import peer as p
from tests.mtproto.carrier import until
from tests.mtproto.conftest import Running, known


class _Codec:
    obfuscate_tag = b"\xee" * 4


async def mount(running: Running, socket: ServerConnection) -> None:
    """What a web framework has to do."""

    async def receive() -> bytes | None:
        try:
            data = await socket.recv()
        except ConnectionClosed:
            return None
        return data if isinstance(data, bytes) else None

    async def send(data: bytes) -> None:
        try:
            await socket.send(data)
        except ConnectionClosed as error:
            raise ConnectionError from error

    host, port = socket.remote_address[:2]
    await messagewise.serve(running.server, (host, port), receive, send)


async def test_calls_are_answered_over_a_websocket(running: Running) -> None:
    peer = known(running)
    async with serve(lambda socket: mount(running, socket), "127.0.0.1", 0) as site:
        port = next(iter(site.sockets)).getsockname()[1]
        async with connect(f"ws://127.0.0.1:{port}/apiws", subprotocols=None) as client:
            header, hide, reveal = ObfuscatedIO.init_header(_Codec)
            payload = peer.seal(p.get_nearest_dc())
            frame = hide.encrypt(struct.pack("<I", len(payload)) + payload)
            await client.send(bytes(header))
            for at in range(0, len(frame), 50):
                await client.send(frame[at : at + 50])
            got: set[int] = set()
            clear = b""
            async with asyncio.timeout(LIMIT_S):
                while m.RPC_RESULT not in got:
                    data = await client.recv()
                    assert isinstance(data, bytes)
                    clear += reveal.encrypt(data)
                    while len(clear) >= 4 and len(clear) >= 4 + int.from_bytes(clear[:4], "little"):
                        size = int.from_bytes(clear[:4], "little")
                        got |= {r.constructor for r in peer.open(clear[4 : 4 + size])}
                        clear = clear[4 + size :]
        assert running.handler.calls[0].address[0] == "127.0.0.1"
    assert running.server.counters.connections_open == 0


async def test_the_server_ends_a_websocket_that_breaks_the_protocol(running: Running) -> None:
    async with serve(lambda socket: mount(running, socket), "127.0.0.1", 0) as site:
        port = next(iter(site.sockets)).getsockname()[1]
        async with connect(f"ws://127.0.0.1:{port}/apiws") as client:
            await client.send(bytes(8) + b"\1" * 56)
            async with asyncio.timeout(LIMIT_S):
                with pytest.raises(ConnectionClosed):
                    await client.recv()


async def test_a_slow_carrier_is_waited_for(running: Running) -> None:
    peer = known(running)
    frames = [b"\xee" * 4, _framed(peer.seal(p.ping()))]
    gate = asyncio.Event()
    sent: list[bytes] = []

    async def receive() -> bytes | None:
        if frames:
            return frames.pop(0)
        await asyncio.Event().wait()
        return None

    async def send(data: bytes) -> None:
        await gate.wait()
        sent.append(data)
        if len(sent) == 2:
            raise ConnectionError

    async def push() -> None:
        await until(lambda: running.server.registry.sessions_of_key(peer.record.auth_key_id))
        [session] = running.server.registry.sessions_of_key(peer.record.auth_key_id)
        for _ in range(5):
            session.push(bytes(300_000))
            running.server.registry.flush()
        link = session.link
        assert link is not None
        assert not link.writable
        gate.set()

    async with asyncio.timeout(LIMIT_S):
        await asyncio.gather(messagewise.serve(running.server, ("192.0.2.1", 1), receive, send), push())
    assert len(sent) == 2
    assert running.server.counters.connections_open == 0


def _framed(payload: bytes) -> bytes:
    return struct.pack("<I", len(payload)) + payload

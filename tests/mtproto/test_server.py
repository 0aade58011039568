"""The server on real sockets: who may come in, whose address counts, and an end that finishes what was accepted."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace

import pytest

from parley.core.networks import TrustedNetworks
from parley.core.tasks import Supervisor
from parley.mtproto import messages as m
from parley.mtproto.limits import Limits
from parley.mtproto.rsa_key import RsaKey, RsaKeys
from parley.mtproto.server import Listening, Server, _Socket
from tests.journeys.waiting import LIMIT_S
from tests.mtproto import peer as p
from tests.mtproto.carrier import until
from tests.mtproto.conftest import Running, known
from tests.mtproto.peer import Answering, MemoryKeyStore, Peer, Received
from tests.mtproto.test_proxy_protocol import header, v4

LOOPBACK = ("127.0.0.0/8",)


class Socket:
    """A plain TCP client in the intermediate framing."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    def send(self, payload: bytes) -> None:
        self.writer.write(struct.pack("<I", len(payload)) + payload)

    async def payload(self) -> bytes:
        async with asyncio.timeout(LIMIT_S):
            size = struct.unpack("<I", await self.reader.readexactly(4))[0]
            return await self.reader.readexactly(size)

    async def receive(self, peer: Peer, constructor: int) -> Received:
        while True:
            for received in peer.open(await self.payload()):
                if received.constructor == constructor:
                    return received

    async def ended(self) -> bool:
        async with asyncio.timeout(LIMIT_S):
            try:
                return await self.reader.read(1) == b""
            except ConnectionError:
                return True


@asynccontextmanager
async def connected(port: int, before: bytes = b"") -> AsyncIterator[Socket]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(before + b"\xee" * 4)
    try:
        yield Socket(reader, writer)
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


@asynccontextmanager
async def serving(rsa_key: RsaKey, limits: Limits | None = None, **listening: object) -> AsyncIterator[Running]:
    handler, store = Answering(), MemoryKeyStore()
    async with Supervisor() as supervisor:
        server = Server(rsa=RsaKeys(rsa_key), keys=store, handler=handler, supervisor=supervisor, limits=limits)
        host, port = await server.start(Listening(port=0, **listening))  # type: ignore[arg-type]
        yield Running(server, handler, store, rsa_key, host, port)
        await server.stop()


async def test_a_trusted_proxy_names_the_real_address(rsa_key: RsaKey) -> None:
    async with serving(rsa_key, trusted_proxies=LOOPBACK) as running:
        peer = known(running)
        async with connected(running.port, header(1, 0x11, v4("203.0.113.9", 50123))) as client:
            client.send(peer.seal(p.get_nearest_dc()))
            await client.receive(peer, m.RPC_RESULT)
        async with connected(running.port) as client:
            client.send(peer.seal(p.get_nearest_dc()))
            await client.receive(peer, m.RPC_RESULT)
        addresses = [call.address for call in running.handler.calls]
        assert addresses[0] == ("203.0.113.9", 50123)
        assert addresses[1][0] == "127.0.0.1"


class Mapped(asyncio.Transport):
    """A connection of a socket for both families, whose peers have IPv6 addresses throughout."""

    def __init__(self, peer: str) -> None:
        super().__init__({"peername": (peer, 40000, 0, 0)})

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        pass

    def abort(self) -> None:
        pass


@pytest.mark.parametrize(("proxy", "named"), [("::ffff:127.0.0.1", True), ("::ffff:198.51.100.1", False)])
async def test_a_trusted_proxy_is_one_on_a_socket_for_both_families_too(
    running: Running, monkeypatch: pytest.MonkeyPatch, proxy: str, named: bool
) -> None:
    opened: list[tuple[str, int]] = []
    monkeypatch.setattr(running.server, "connect", lambda address, *_: opened.append(address))
    carrier = _Socket(running.server, TrustedNetworks(LOOPBACK))
    carrier.connection_made(Mapped(proxy))
    carrier.data_received(header(1, 0x11, v4("203.0.113.9", 50123)))
    assert opened == [("203.0.113.9", 50123) if named else (proxy, 40000)]


async def test_nobody_else_can_choose_an_address(running: Running) -> None:
    async with connected(running.port, header(1, 0x11, v4("203.0.113.9", 1))) as client:
        assert await client.ended()
    assert running.handler.calls == []


async def test_a_broken_proxy_header_ends_the_connection(rsa_key: RsaKey) -> None:
    broken = header(1, 0x11, bytes(2))
    async with serving(rsa_key, trusted_proxies=LOOPBACK) as running, connected(running.port, broken) as client:
        assert await client.ended()


async def test_an_address_has_a_bounded_number_of_connections(rsa_key: RsaKey) -> None:
    limits = replace(Limits(), connections_per_address=1)
    async with serving(rsa_key, limits) as running:
        peer = known(running)
        async with connected(running.port) as first:
            first.send(peer.seal(p.ping()))
            await first.receive(peer, m.PONG)
            async with connected(running.port) as second:
                assert await second.ended()
        assert running.server.counters.connections_refused == 1
        await until(lambda: not running.server.counters.connections_open)
        async with connected(running.port) as third:
            third.send(peer.seal(p.ping()))
            await third.receive(peer, m.PONG)


async def test_stopping_finishes_what_was_accepted(rsa_key: RsaKey) -> None:
    async with serving(rsa_key) as running:
        peer = known(running)
        gate = running.handler.gates["help.getNearestDc"] = asyncio.Event()
        async with connected(running.port) as client:
            client.send(peer.seal(p.get_nearest_dc()))
            await until(lambda: running.handler.calls)
            stopping = asyncio.ensure_future(running.server.stop())
            await asyncio.sleep(0)
            client.send(peer.seal(p.get_nearest_dc()))
            gate.set()
            assert (await client.receive(peer, m.RPC_RESULT)).result
            assert await client.ended()
            await stopping
        assert len(running.handler.calls) == 1, "what came after the end began was not run"


async def test_acknowledgements_come_without_being_asked_for(running: Running) -> None:
    peer = known(running)
    gate = running.handler.gates["help.getNearestDc"] = asyncio.Event()
    async with connected(running.port) as client:
        client.send(peer.seal(p.ping()))
        await client.receive(peer, m.PONG)
        client.send(peer.seal(p.get_nearest_dc()))
        assert await client.receive(peer, m.MSGS_ACK)
        gate.set()
        assert await client.receive(peer, m.RPC_RESULT)


async def test_a_revoked_key_is_cut_off_at_once(running: Running) -> None:
    peer = known(running)
    async with connected(running.port) as client:
        client.send(peer.seal(p.ping()))
        await client.receive(peer, m.PONG)
        del running.store.records[peer.record.auth_key_id]
        running.server.drop_key(peer.record.auth_key_id)
        assert await client.ended()
    async with connected(running.port) as client:
        client.send(peer.seal(p.ping()))
        assert await client.payload() == struct.pack("<i", -404)


async def test_two_servers_can_share_a_port(rsa_key: RsaKey) -> None:
    async with serving(rsa_key, reuse_port=True) as running, Supervisor() as supervisor:
        other = Server(rsa=RsaKeys(rsa_key), keys=running.store, handler=running.handler, supervisor=supervisor)
        host, port = await other.start(Listening(port=running.port, reuse_port=True))
        assert (host, port) == (running.host, running.port)
        await other.stop()


async def test_a_large_answer_reaches_a_reader_that_takes_its_time(running: Running) -> None:
    peer = known(running)
    async with connected(running.port) as client:
        client.send(peer.seal(p.ping()))
        await client.receive(peer, m.PONG)
        [session] = running.server.registry.sessions_of_key(peer.record.auth_key_id)
        bodies = [bytes((n,)) * 200_000 for n in range(30)]
        sent = 0
        got: list[bytes] = []
        async with asyncio.timeout(LIMIT_S):
            while len(got) < len(bodies):
                while sent < len(bodies) and session.push(bodies[sent]):
                    sent += 1
                    if not session._outgoing.has_room(200_000):
                        break
                got += [r.body for r in peer.open(await client.payload()) if len(r.body) == 200_000]
        assert got == bodies


def test_counters_have_names() -> None:
    from parley.mtproto.metrics import Counters

    assert Counters().snapshot()["handshakes"] == 0

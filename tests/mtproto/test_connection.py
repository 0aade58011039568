"""On any carrier a connection understands every transport and answers errors as clients expect."""

from __future__ import annotations

import asyncio
import struct
import time
from dataclasses import replace

import pytest
from telethon.network.connection.tcpobfuscated import ObfuscatedIO

from parley.mtproto import keyexchange as kx
from parley.mtproto import messages as m
from parley.mtproto import plain
from parley.mtproto.limits import Limits
from parley.mtproto.message_ids import ANSWER
from parley.mtproto.transports import Abridged, Framing, Full, Intermediate, PaddedIntermediate
from tests.journeys.waiting import LIMIT_S
from tests.mtproto import peer as p
from tests.mtproto.carrier import Carrier, until
from tests.mtproto.conftest import Running, known
from tests.mtproto.exchange import ClientExchange
from tests.mtproto.peer import Peer, new_record

TAGGED: dict[type[Framing], bytes] = {
    Abridged: b"\xef",
    Intermediate: b"\xee" * 4,
    PaddedIntermediate: b"\xdd" * 4,
}


class Wire:
    """A connection in any framing, with or without obfuscation, fed in pieces of any size."""

    def __init__(self, running: Running, framing: Framing, start: bytes, obfuscated: bool, piece: int) -> None:
        self.written = bytearray()
        self.framing = framing
        self.piece = piece
        self.closed = False
        made = running.server.connect(("192.0.2.1", 5), self.written.extend, self._end)
        assert made is not None
        self.connection = made
        self.hide = self.reveal = lambda data: data
        if obfuscated:
            tag = type("Codec", (), {"obfuscate_tag": (start * 4)[:4]})
            header, out, back = ObfuscatedIO.init_header(tag)
            self.hide, self.reveal = out.encrypt, back.encrypt
            start = bytes(header)
        self._feed(start)

    def _end(self) -> None:
        self.closed = True

    def _feed(self, data: bytes) -> None:
        for at in range(0, len(data), self.piece):
            self.connection.receive(data[at : at + self.piece])

    def send(self, payload: bytes) -> None:
        self._feed(self.hide(self.framing.wrap(payload)))

    async def answer(self) -> bytes:
        await until(lambda: self.written)
        clear = self.reveal(bytes(self.written))
        self.written.clear()
        cut = self.framing.split(clear, 0, 1 << 20)
        assert not isinstance(cut, int)
        return cut[0].payload


@pytest.mark.parametrize("piece", [1, 7, 100_000])
@pytest.mark.parametrize(
    ("make", "start", "obfuscated"),
    [
        (Full, b"", False),
        *((make, tag, hidden) for make, tag in TAGGED.items() for hidden in (False, True)),
    ],
)
async def test_every_transport_works_in_pieces_of_any_size(
    running: Running, make: type[Framing], start: bytes, obfuscated: bool, piece: int
) -> None:
    peer = known(running)
    wire = Wire(running, make(), start, obfuscated, piece)
    wire.send(peer.seal(p.ping(5)))
    got = peer.open(await wire.answer())
    assert [r.constructor for r in got] == [m.NEW_SESSION_CREATED, m.PONG]
    wire.send(peer.seal(p.ping(6)))
    assert [r.constructor for r in peer.open(await wire.answer())] == [m.PONG]
    running.server.disconnected(wire.connection)


async def test_a_key_is_made_and_used_on_one_connection(running: Running) -> None:
    client, carrier = ClientExchange(running.rsa), Carrier(running.server)

    async def step(body: bytes) -> bytes:
        carrier.send(plain.pack(int(time.time()) << 32, body))
        found: list[bytes] = []
        await until(lambda: found.extend(carrier.frames()) or found)
        assert found[0][:8] == bytes(8)
        assert int.from_bytes(found[0][8:16], "little") & 3 == ANSWER
        return plain.parse(found[0])

    params = await step(client.parameters(await step(client.start())))
    assert client.verdict(await step(client.finish(params))) == kx.DH_GEN_OK
    [record] = running.store.records.values()
    assert record.key == client.key
    peer = Peer(replace(record, layer=229), salt=record.first_salt)
    carrier.send(peer.seal(p.ping()))
    assert await carrier.receive(peer, m.PONG)


async def test_a_broken_key_exchange_ends_the_connection(running: Running) -> None:
    for body in (b"garb" * 4, struct.pack("<I", kx.REQ_DH_PARAMS) + bytes(64)):
        carrier = Carrier(running.server)
        carrier.send(plain.pack(1, body))
        await until(lambda c=carrier: c.closed)  # type: ignore[misc]
        assert carrier.frames() == [struct.pack("<i", -404)]
    assert running.server.counters.handshakes_failed == 2


async def test_starting_key_exchanges_without_end_is_a_flood(running: Running) -> None:
    carrier, client = Carrier(running.server), ClientExchange(running.rsa)
    for n in range(running.server.limits.handshake_starts):
        carrier.send(plain.pack(1, client.start()))
        await until(lambda: carrier.frames())
        assert not carrier.closed, n
    carrier.send(plain.pack(1, client.start()))
    assert carrier.closed
    assert carrier.frames() == [struct.pack("<i", -429)]


async def test_an_unknown_or_expired_key_is_told(running: Running) -> None:
    expired = new_record(expires_at=int(time.time()) - 1)
    running.store.records[expired.auth_key_id] = expired
    for record in (new_record(), expired):
        carrier = Carrier(running.server)
        carrier.send(Peer(record).seal(p.ping()))
        await until(lambda c=carrier: c.closed)  # type: ignore[misc]
        assert carrier.frames() == [struct.pack("<i", -404)]
    assert running.server.counters.unknown_keys == 2


async def test_messages_that_come_while_a_key_is_loaded_are_kept_in_order(running: Running) -> None:
    peer, carrier = known(running), Carrier(running.server)
    ids = [peer.next_id() for _ in range(5)]
    for msg_id in ids:
        carrier.send(peer.seal(p.ping(), msg_id=msg_id))
    assert carrier.paused
    got = [(await carrier.receive(peer, m.PONG)).answers for _ in ids]
    assert got == ids
    assert not carrier.paused
    assert running.store.loads == 1


async def test_messages_that_do_not_decrypt_end_the_connection(running: Running) -> None:
    peer, carrier = known(running), Carrier(running.server)
    carrier.send(peer.seal(p.ping()))
    await carrier.receive(peer, m.PONG)
    broken = bytearray(peer.seal(p.ping()))
    broken[30] ^= 1
    carrier.send(bytes(broken))
    assert carrier.closed
    assert carrier.frames() == []
    assert running.server.counters.undecryptable == 1


async def test_a_quick_acknowledgement_comes_before_the_answer(running: Running) -> None:
    peer, carrier = known(running), Carrier(running.server)
    carrier.send(peer.seal(p.ping()))
    await carrier.receive(peer, m.PONG)
    payload = peer.seal(p.get_nearest_dc())
    carrier.connection.receive(struct.pack("<I", len(payload) | 0x80000000) + payload)
    from parley.mtproto.encryption import decrypt

    token = decrypt(peer.record.key, payload).quick_ack
    await until(lambda: len(carrier.written) > carrier._read)
    [acknowledgement] = struct.unpack_from("<I", carrier.written, carrier._read)
    assert acknowledgement == token | 0x80000000
    carrier._read += 4
    assert await carrier.receive(peer, m.RPC_RESULT)


async def test_an_answer_finds_its_way_over_a_reconnect(running: Running) -> None:
    peer, first = known(running), Carrier(running.server)
    gate = running.handler.gates["help.getNearestDc"] = asyncio.Event()
    msg_id, seqno = peer.next_id(), peer.seqno(True)
    first.send(peer.seal(p.get_nearest_dc(), msg_id=msg_id, seqno=seqno))
    await until(lambda: running.handler.calls)
    first.drop()
    gate.set()
    await until(lambda: not running.server.counters.calls_running)
    second = Carrier(running.server)
    second.send(peer.seal(m.write_container([(msg_id, seqno, p.get_nearest_dc())]), content=False))
    answer = await second.receive(peer, m.RPC_RESULT)
    assert answer.answers == msg_id
    assert len(running.handler.calls) == 1, "the repeated call was not run again"
    third = Carrier(running.server)
    third.send(peer.seal(p.ping()))
    assert (await third.receive(peer, m.RPC_RESULT)).msg_id == answer.msg_id
    third.send(peer.seal(p.ack(answer.msg_id), content=False))
    fourth = Carrier(running.server)
    fourth.send(peer.seal(p.ping()))
    await fourth.receive(peer, m.PONG)
    assert m.RPC_RESULT not in [r.constructor for r in peer.inbox]


async def test_a_replayed_packet_runs_nothing(running: Running) -> None:
    peer, carrier = known(running), Carrier(running.server)
    packet = peer.seal(p.get_nearest_dc())
    carrier.send(packet)
    await carrier.receive(peer, m.RPC_RESULT)
    other = Carrier(running.server)
    for _ in range(3):
        other.send(packet)
    await other.receive(peer, m.MSG_DETAILED_INFO)
    assert len(running.handler.calls) == 1


async def test_sessions_of_one_key_share_a_connection_or_use_several(running: Running) -> None:
    peer, carrier = known(running), Carrier(running.server)
    other = Peer(peer.record)
    for one in (peer, other):
        carrier.send(one.seal(p.ping()))
    async with asyncio.timeout(LIMIT_S):
        opened: dict[int, set[int]] = {peer.session_id: set(), other.session_id: set()}
        while not all(m.PONG in kinds for kinds in opened.values()):
            await asyncio.sleep(0.001)
            for payload in carrier.frames():
                one = peer if _belongs(peer, payload) else other
                opened[one.session_id] |= {r.constructor for r in one.open(payload)}
    assert len(running.server.registry.sessions_of_key(peer.record.auth_key_id)) == 2


def _belongs(peer: Peer, payload: bytes) -> bool:
    try:
        peer.open(payload)
    except AssertionError:
        return False
    peer.inbox.clear()
    return True


async def test_reading_stops_while_too_many_calls_run(running: Running) -> None:
    peer, carrier = known(running), Carrier(running.server)
    gate = running.handler.gates["help.getNearestDc"] = asyncio.Event()
    carrier.send(peer.seal(p.ping()))
    await carrier.receive(peer, m.PONG)
    most = Limits().calls_in_flight
    for n in range(most):
        assert not carrier.paused, n
        carrier.send(peer.seal(p.get_nearest_dc()))
    assert carrier.paused
    gate.set()
    await until(lambda: not carrier.paused)
    for _ in range(most):
        await carrier.receive(peer, m.RPC_RESULT)


async def test_a_slow_reader_is_waited_for(running: Running) -> None:
    peer, carrier = known(running), Carrier(running.server)
    carrier.send(peer.seal(p.ping()))
    await carrier.receive(peer, m.PONG)
    carrier.connection.set_writable(False)
    assert carrier.paused
    [session] = running.server.registry.sessions_of_key(peer.record.auth_key_id)
    before = len(carrier.written)
    assert session.push(b"pushpush")
    running.server.registry.flush()
    assert len(carrier.written) == before
    carrier.connection.set_writable(True)
    assert not carrier.paused
    await until(lambda: len(carrier.written) > before)


async def test_time_limits(running: Running) -> None:
    before = time.time()
    peer, carrier = known(running), Carrier(running.server)
    assert not carrier.connection.overdue(before + 50)
    assert carrier.connection.overdue(time.time() + 70), "nothing was ever decrypted"
    carrier.send(peer.seal(p.ping()))
    await carrier.receive(peer, m.PONG)
    assert not carrier.connection.overdue(before + 70)
    assert carrier.connection.overdue(time.time() + 16 * 60)
    before = time.time()
    carrier.send(peer.seal(struct.pack("<Iqi", m.PING_DELAY_DISCONNECT, 1, 35)))
    assert not carrier.connection.overdue(before + 30)
    assert carrier.connection.overdue(time.time() + 40)


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        bytes(64)[:8] + b"\1" * 56,
        b"\xef\x00",
        b"\xee" * 4 + b"\xff" * 8,
        b"\xef\x01abcd",
    ],
)
async def test_what_is_no_mtproto_ends_the_connection(running: Running, data: bytes) -> None:
    closed: list[bool] = []
    made = running.server.connect(("192.0.2.1", 5), lambda _: None, lambda: closed.append(True))
    assert made is not None
    made.receive(data)
    made.receive(b"more")
    assert closed == [True]
    assert running.server.counters.malformed >= 1
    running.server.disconnected(made)

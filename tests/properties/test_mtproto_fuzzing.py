"""No bytes that a peer sends can do more than end its own connection: no other exception, no call."""

from __future__ import annotations

import asyncio
import random
import struct
from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parley.core.tasks import Supervisor
from parley.mtproto import messages as m
from parley.mtproto import plain, proxy_protocol
from parley.mtproto.calls import open_call
from parley.mtproto.encryption import decrypt, decrypt_v1
from parley.mtproto.errors import MtprotoError, RpcError
from parley.mtproto.keys import LiveKey
from parley.mtproto.obfuscation import open_header
from parley.mtproto.rsa_key import RsaKey, RsaKeys
from parley.mtproto.server import Server
from parley.mtproto.sessions import Registry
from parley.mtproto.transports import Abridged, Framing, Full, Intermediate, PaddedIntermediate, detect
from parley.mtproto.wire import Reader, pack_bytes
from tests.journeys.waiting import LIMIT_S
from tests.mtproto import peer as p
from tests.mtproto.carrier import Carrier
from tests.mtproto.exchange import ClientExchange
from tests.mtproto.peer import Answering, MemoryKeyStore, Peer, new_record

FAST = settings(max_examples=150)
FRAMINGS: list[Callable[[], Framing]] = [Abridged, Intermediate, PaddedIntermediate, Full]
LIMIT = 1 << 16
SERVICE_IDS = [
    value for name, value in vars(m).items() if name.isupper() and isinstance(value, int) and value > 999
]
WRAPPER_IDS = [0xDA9B0D0D, 0xC1CD5EA9, 0xCB9F372D, 0x3DC4B4F0, 0xBF9459B7, 0x365275F2, 0xACA9FD2E, 0xDD289F8E]


@FAST
@given(st.sampled_from(FRAMINGS), st.lists(st.binary(min_size=4, max_size=700).map(lambda b: b[: len(b) // 4 * 4])))
def test_frames_survive_any_cutting(make: Callable[[], Framing], payloads: list[bytes]) -> None:
    sender, receiver = make(), make()
    stream = b"".join(sender.wrap(payload) for payload in payloads)
    buffer, found, start = bytearray(), [], 0
    while True:
        cut = receiver.split(buffer, start, LIMIT)
        if isinstance(cut, int):
            assert cut > len(buffer) - start
            if not stream:
                break
            take = random.randint(1, 200)
            buffer += stream[:take]
            stream = stream[take:]
        else:
            frame, start = cut
            found.append(frame.payload)
    assert len(found) == len(payloads)
    assert all(got.startswith(sent) for got, sent in zip(found, payloads, strict=True))


@FAST
@given(st.sampled_from(FRAMINGS), st.binary(max_size=400))
def test_any_bytes_are_a_frame_incomplete_or_malformed(make: Callable[[], Framing], data: bytes) -> None:
    framing, start = make(), 0
    with suppress(MtprotoError):
        while start < len(data):
            cut = framing.split(data, start, LIMIT)
            if isinstance(cut, int):
                assert len(data) - start < cut <= LIMIT + 16
                break
            _, following = cut
            assert start < following <= len(data)
            start = following


PARSERS: list[Callable[[bytes], object]] = [
    detect,
    plain.parse,
    proxy_protocol.parse,
    lambda data: proxy_protocol.parse(proxy_protocol.SIGNATURE + data),
    lambda data: open_header(data.ljust(64, b"\0")[:64]),
    lambda data: m.read_container(struct.pack("<I", m.MSG_CONTAINER) + data, 1024),
    lambda data: m.unpack_gzip(struct.pack("<I", m.GZIP_PACKED) + data, 10_000),
    lambda data: m.unpack_gzip(struct.pack("<I", m.GZIP_PACKED) + pack_bytes(data), 10_000),
    lambda data: decrypt(bytes(256), data),
    lambda data: decrypt_v1(bytes(256), data),
    lambda data: Reader(data).longs(),
    lambda data: Reader(data).string(),
    *(lambda data, w=w: open_call(struct.pack("<I", w) + data, 10_000) for w in WRAPPER_IDS),  # type: ignore[misc]
]


@pytest.mark.parametrize("parse", PARSERS, ids=range(len(PARSERS)))
@settings(FAST, max_examples=60)
@given(data=st.binary(max_size=300))
def test_parsers_raise_nothing_but_our_errors(parse: Callable[[bytes], object], data: bytes) -> None:
    with suppress(MtprotoError, RpcError):
        parse(data)


@settings(FAST, max_examples=200)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([*SERVICE_IDS, *WRAPPER_IDS]),
            st.binary(max_size=64).map(lambda b: b + bytes(-len(b) % 4)),
            st.booleans(),
        ),
        max_size=6,
    )
)
def test_no_service_message_breaks_a_session(bodies: list[tuple[int, bytes, bool]]) -> None:
    registry = Registry(lambda work: None)
    peer = Peer(new_record())
    session = registry.session_of(LiveKey.of(peer.record), peer.session_id, peer.clock())
    for constructor, rest, inside in bodies:
        body = struct.pack("<I", constructor) + rest
        if inside:
            body = m.write_container([peer.message(body)])
        with suppress(MtprotoError):
            session.receive(peer.incoming(body, content=not inside), peer.clock())
    for msg_id, seqno, _ in session.drain():
        assert msg_id & 1
        assert seqno >= 0


async def _with_server(work: Callable[[Server, MemoryKeyStore, Answering, RsaKey], object]) -> None:
    handler, store, rsa_key = Answering(), MemoryKeyStore(), RsaKey.generate()
    async with Supervisor() as supervisor:
        server = Server(rsa=RsaKeys(rsa_key), keys=store, handler=handler, supervisor=supervisor)
        result = work(server, store, handler, rsa_key)
        if asyncio.iscoroutine(result):
            await result
        await server.stop()
        assert server.counters.internal_errors == 0


def _mutated(data: bytes, chance: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.randint(1, 4)):
        kind = chance.randrange(4)
        at = chance.randrange(len(changed)) if changed else 0
        if kind == 0 and changed:
            changed[at] ^= 1 << chance.randrange(8)
        elif kind == 1:
            del changed[at : at + chance.randint(1, 16)]
        elif kind == 2:
            changed[at:at] = chance.randbytes(chance.randint(1, 16))
        else:
            changed[at:] = b""
    return bytes(changed)


async def test_mutated_streams_never_reach_the_handler_nor_raise(caplog: pytest.LogCaptureFixture) -> None:
    chance = random.Random(20261122)

    async def work(server: Server, store: MemoryKeyStore, handler: Answering, rsa_key: RsaKey) -> None:
        record = new_record()
        store.records[record.auth_key_id] = record
        await server.ring.load(record.auth_key_id)
        for _ in range(400):
            peer = Peer(record)
            stream = b"\xee" * 4
            for _ in range(chance.randint(1, 3)):
                payload = peer.seal(p.get_nearest_dc())
                stream += struct.pack("<I", len(payload)) + _mutated(payload, chance)
            carrier = Carrier(server)
            carrier.connection.receive(_mutated(stream, chance))
            await asyncio.sleep(0)
            carrier.drop()

    await _with_server(work)
    assert "Traceback" not in caplog.text


async def test_mutated_key_exchanges_end_cleanly(caplog: pytest.LogCaptureFixture) -> None:
    chance = random.Random(5)

    async def work(server: Server, store: MemoryKeyStore, handler: Answering, rsa_key: RsaKey) -> None:
        for round_number in range(60):
            client, carrier = ClientExchange(rsa_key), Carrier(server)
            body = client.start()
            for step in range(3):
                broken = step == round_number % 3
                message = plain.pack(4, body)
                carrier.send(_mutated(message, chance) if broken else message)
                found: list[bytes] = []
                async with asyncio.timeout(LIMIT_S):
                    while not (found or carrier.closed or not carrier.connection._blocked):
                        found += carrier.frames()
                        await asyncio.sleep(0.0005)
                found += carrier.frames()
                if broken or carrier.closed or not found:
                    break
                answer = plain.parse(found[0])
                body = client.parameters(answer) if step == 0 else client.finish(answer)
            carrier.drop()
        assert not store.records or all(len(r.key) == 256 for r in store.records.values())

    await _with_server(work)
    assert "Traceback" not in caplog.text


async def test_random_calls_get_an_answer_each(caplog: pytest.LogCaptureFixture) -> None:
    """Random bytes as calls: unknown, malformed or known, each has exactly one result."""
    chance = random.Random(7)

    async def work(server: Server, store: MemoryKeyStore, handler: Answering, rsa_key: RsaKey) -> None:
        record = new_record()
        store.records[record.auth_key_id] = record
        peer, carrier = Peer(record), Carrier(server)
        wanted = set()
        for _ in range(300):
            size = chance.randrange(0, 40) * 4
            head = chance.choice([*WRAPPER_IDS, chance.getrandbits(32)])
            if head in SERVICE_IDS:
                continue
            msg_id = peer.next_id()
            carrier.send(peer.seal(struct.pack("<I", head) + chance.randbytes(size), msg_id=msg_id))
            wanted.add(msg_id)
            if chance.random() < 0.3:
                await asyncio.sleep(0)
        async with asyncio.timeout(LIMIT_S):
            answered: set[int] = set()
            while answered != wanted:
                await asyncio.sleep(0.001)
                for payload in carrier.frames():
                    answered |= {r.answers for r in peer.open(payload) if r.constructor == m.RPC_RESULT}
        assert not carrier.closed

    await _with_server(work)
    assert "Traceback" not in caplog.text

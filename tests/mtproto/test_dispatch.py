"""Calls run in the client's layer and in the order it asks for; every fault has the answer that clients know."""

from __future__ import annotations

import asyncio
import logging
import struct
import time

import pytest

from parley.core.auth_keys import AuthKey
from parley.core.ids import AuthKeyId
from parley.mtproto import messages as m
from parley.mtproto.wire import pack_bytes
from parley.tl import functions, layers
from tests.mtproto import peer as p
from tests.mtproto.carrier import Carrier, until
from tests.mtproto.conftest import Running
from tests.mtproto.peer import Peer, Received, new_record
from tests.mtproto.seal_v1 import bind_query

BOOL_TRUE = struct.pack("<I", 0x997275B5)


def known(running: Running, record: AuthKey | None = None) -> Peer:
    record = record or new_record()
    running.store.records[record.auth_key_id] = record
    return Peer(record)


def call_of(name: str) -> bytes:
    return struct.pack("<I", getattr(functions.help, name).TL_ID & 0xFFFFFFFF)


async def ask(carrier: Carrier, peer: Peer, body: bytes) -> Received:
    carrier.send(peer.seal(body))
    return await carrier.receive(peer, m.RPC_RESULT)


async def test_a_call_is_answered_in_the_layer_of_its_client(running: Running) -> None:
    peer, carrier = known(running, new_record(layer=0)), Carrier(running.server)
    refused = await ask(carrier, peer, p.get_nearest_dc())
    assert refused.error == (400, "CONNECTION_NOT_INITED")
    answer = await ask(carrier, peer, p.with_layer(p.get_nearest_dc(), 221))
    expected = functions.help.GetNearestDc()
    assert answer.result == layers.get(221).encode_result(expected, await running.handler(running.handler.calls[0]))
    assert running.handler.calls[0].layer == 221
    assert (await ask(carrier, peer, p.get_nearest_dc())).result == answer.result
    assert running.store.records[peer.record.auth_key_id].layer == 221
    client = running.store.records[peer.record.auth_key_id].client
    assert client is not None
    assert client.device_model == "device"


async def test_a_later_session_speaks_the_layer_that_the_key_remembers(running: Running) -> None:
    peer, carrier = known(running, new_record(layer=224)), Carrier(running.server)
    await ask(carrier, peer, p.get_nearest_dc())
    assert running.handler.calls[0].layer == 224


async def test_calls_carry_who_and_how(running: Running) -> None:
    peer, carrier = known(running), Carrier(running.server, ("203.0.113.7", 4444))
    carrier.send(peer.seal(struct.pack("<I", 0xBF9459B7) + p.get_nearest_dc()))
    await carrier.receive(peer, m.RPC_RESULT)
    [call] = running.handler.calls
    assert call.without_updates
    assert call.address == ("203.0.113.7", 4444)
    assert call.auth_key_id == peer.record.auth_key_id
    assert call.bound
    assert not call.session.wants_updates
    await ask(carrier, peer, p.get_nearest_dc())
    assert call.session.wants_updates


@pytest.mark.parametrize(
    ("body", "code", "name"),
    [
        (struct.pack("<I", 0x12345678), 400, "INPUT_METHOD_INVALID"),
        (struct.pack("<I", functions.users.GetUsers.TL_ID & 0xFFFFFFFF), 400, "INPUT_FETCH_ERROR"),
        (
            struct.pack("<IIII", functions.users.GetUsers.TL_ID & 0xFFFFFFFF, 0x1CB5C415, 1, 0x12345678),
            400,
            "INPUT_CONSTRUCTOR_INVALID",
        ),
        (struct.pack("<I", 0xDA9B0D0D), 400, "INPUT_FETCH_ERROR"),
        (call_of("GetTermsOfServiceUpdate"), 400, "METHOD_INVALID"),
        (call_of("GetInviteText"), 500, "INTERNAL_SERVER_ERROR"),
    ],
)
async def test_each_fault_has_its_error(running: Running, body: bytes, code: int, name: str) -> None:
    peer, carrier = known(running), Carrier(running.server)
    assert (await ask(carrier, peer, body)).error == (code, name)


async def test_an_internal_error_is_logged_without_what_it_says(
    running: Running, caplog: pytest.LogCaptureFixture
) -> None:
    peer, carrier = known(running), Carrier(running.server)
    with caplog.at_level(logging.ERROR):
        await ask(carrier, peer, call_of("GetInviteText"))
    assert "incident" in caplog.text
    assert "ValueError in GetInviteText" in caplog.text
    assert "nobody may see" not in caplog.text


async def test_a_call_waits_for_the_one_that_it_names(running: Running) -> None:
    peer, carrier = known(running), Carrier(running.server)
    gate = running.handler.gates["help.getNearestDc"] = asyncio.Event()
    first = peer.next_id()
    carrier.send(peer.seal(p.get_nearest_dc(), msg_id=first))
    carrier.send(peer.seal(struct.pack("<Iq", 0xCB9F372D, first) + call_of("GetSupportName")))
    await until(lambda: running.handler.names == ["help.getNearestDc"])
    assert running.server.counters.calls_running == 2
    gate.set()
    answers = [await carrier.receive(peer, m.RPC_RESULT) for _ in range(2)]
    assert running.handler.names == ["help.getNearestDc", "help.getSupportName"]
    assert answers[0].answers == first


async def test_a_call_may_name_one_that_comes_later(running: Running) -> None:
    peer, carrier = known(running), Carrier(running.server)
    await ask(carrier, peer, p.get_nearest_dc())
    early, late = peer.next_id(), peer.next_id()
    carrier.send(peer.seal(struct.pack("<Iq", 0xCB9F372D, late) + p.get_nearest_dc(), msg_id=early))
    carrier.send(peer.seal(call_of("GetSupportName"), msg_id=late))
    assert (await carrier.receive(peer, m.RPC_RESULT)).answers == late
    assert (await carrier.receive(peer, m.RPC_RESULT)).answers == early


async def test_a_call_fails_when_what_it_waits_for_failed(running: Running) -> None:
    peer, carrier = known(running), Carrier(running.server)
    first = peer.next_id()
    carrier.send(peer.seal(call_of("GetInviteText"), msg_id=first))
    await carrier.receive(peer, m.RPC_RESULT)
    for body in (
        struct.pack("<Iq", 0xCB9F372D, first) + p.get_nearest_dc(),
        struct.pack("<IIIqq", 0x3DC4B4F0, 0x1CB5C415, 2, 4, first) + p.get_nearest_dc(),
    ):
        assert (await ask(carrier, peer, body)).error == (400, "MSG_WAIT_FAILED")
    before_the_session = struct.pack("<Iq", 0xCB9F372D, 4) + p.get_nearest_dc()
    assert (await ask(carrier, peer, before_the_session)).result[:4] != struct.pack("<I", m.RPC_ERROR)


# --- temporary keys ---


async def test_a_bound_temporary_key_acts_for_the_permanent_one(running: Running) -> None:
    permanent = new_record()
    running.store.records[permanent.auth_key_id] = permanent
    peer = known(running, new_record(expires_at=int(time.time()) + 86_400))
    carrier = Carrier(running.server)
    await ask(carrier, peer, p.get_nearest_dc())
    assert not running.handler.calls[0].bound
    until, msg_id = int(time.time()) + 3600, peer.next_id()
    query = bind_query(permanent, peer.record, session_id=peer.session_id, msg_id=msg_id, expires_at=until)
    carrier.send(peer.seal(query, msg_id=msg_id))
    assert (await carrier.receive(peer, m.RPC_RESULT)).result == BOOL_TRUE
    await ask(carrier, peer, p.get_nearest_dc())
    assert running.handler.calls[1].bound
    assert running.handler.calls[1].auth_key_id == permanent.auth_key_id
    [session] = running.server.registry.sessions_of_key(permanent.auth_key_id)
    assert session.session_id == peer.session_id
    kept = running.store.records[peer.record.auth_key_id]
    assert (kept.bound_to, kept.expires_at) == (permanent.auth_key_id, until)


async def test_keys_that_cannot_be_bound_are_told(running: Running) -> None:
    permanent = new_record()
    running.store.records[permanent.auth_key_id] = permanent
    temporary, lasting = known(running, new_record(expires_at=int(time.time()) + 86_400)), known(running)
    carrier = Carrier(running.server)

    async def bind(peer: Peer, to: AuthKey, **changes: int) -> tuple[int, str] | bytes:
        msg_id = peer.next_id()
        fields = {"session_id": peer.session_id, "msg_id": msg_id, "expires_at": int(time.time()) + 60} | changes
        carrier.send(peer.seal(bind_query(to, peer.record, **fields), msg_id=msg_id))
        answer = await carrier.receive(peer, m.RPC_RESULT)
        return answer.result if answer.result == BOOL_TRUE else answer.error

    assert await bind(lasting, permanent) == (400, "TEMP_AUTH_KEY_EMPTY")
    assert await bind(temporary, new_record()) == (400, "ENCRYPTED_MESSAGE_INVALID")
    assert await bind(temporary, permanent, session_id=3) == (400, "ENCRYPTED_MESSAGE_INVALID")
    assert await bind(temporary, permanent) == BOOL_TRUE
    other = new_record()
    running.store.records[other.auth_key_id] = other
    assert await bind(temporary, other) == (400, "TEMP_AUTH_KEY_ALREADY_BOUND")


async def test_a_client_can_give_its_key_up(running: Running) -> None:
    peer, carrier = known(running), Carrier(running.server)
    carrier.send(peer.seal(struct.pack("<I", m.DESTROY_AUTH_KEY)))
    assert await carrier.receive(peer, m.DESTROY_AUTH_KEY_OK)
    await until(lambda: carrier.closed)
    assert AuthKeyId(peer.record.auth_key_id) not in running.store.records
    again = Carrier(running.server)
    again.send(peer.seal(p.get_nearest_dc()))
    await until(lambda: again.closed)
    assert again.frames() == [struct.pack("<i", -404)]


async def test_strings_of_a_client_are_cut(running: Running) -> None:
    peer, carrier = known(running), Carrier(running.server)
    texts = b"".join(pack_bytes(b"x" * 5000) for _ in range(6))
    init = struct.pack("<IIi", 0xC1CD5EA9, 0, 42) + texts + p.get_nearest_dc()
    await ask(carrier, peer, struct.pack("<Ii", 0xDA9B0D0D, 229) + init)
    assert len(running.handler.calls[0].client.device_model) == 128

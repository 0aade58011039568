"""Telethon and kurigram, unmodified, reach the server over every transport that they have."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pyrogram
import pytest
from pyrogram import raw
from pyrogram.connection.transport import (
    TCP,
    TCPAbridged,
    TCPAbridgedO,
    TCPFull,
    TCPIntermediate,
    TCPIntermediateO,
    TCPIntermediatePadded,
)
from pyrogram.crypto import rsa as pyrogram_rsa
from pyrogram.session import Auth
from telethon import TelegramClient
from telethon import functions as telethon_functions
from telethon import types as telethon_types
from telethon.crypto import rsa as telethon_rsa
from telethon.errors import RPCError
from telethon.network.connection import (
    ConnectionTcpAbridged,
    ConnectionTcpFull,
    ConnectionTcpIntermediate,
    ConnectionTcpMTProxyAbridged,
    ConnectionTcpMTProxyIntermediate,
    ConnectionTcpMTProxyRandomizedIntermediate,
    ConnectionTcpObfuscated,
)
from telethon.sessions import MemorySession

from parley.tl import layers, types
from tests.journeys.waiting import LIMIT_S
from tests.mtproto.carrier import until
from tests.mtproto.conftest import PROXY_SECRET, Running

_ONCE: dict[str, Any] = {"request_retries": 1, "raise_last_call_error": True}


def telethon_client(running: Running, connection: type = ConnectionTcpFull, session: Any = None) -> TelegramClient:
    telethon_rsa.add_key(running.rsa.public_pem(), old=False)
    session = session or MemorySession()
    session.set_dc(2, running.host, running.port)
    return TelegramClient(
        session, 1, "0" * 32, connection=connection, timeout=LIMIT_S, receive_updates=False, **_ONCE
    )


@pytest.mark.parametrize(
    "connection",
    [ConnectionTcpFull, ConnectionTcpAbridged, ConnectionTcpIntermediate, ConnectionTcpObfuscated],
)
async def test_telethon_connects_over_every_transport(running: Running, connection: type) -> None:
    client = telethon_client(running, connection)
    await client.connect()
    try:
        nearest = await client(telethon_functions.help.GetNearestDcRequest())
        assert nearest.country == "SE"
        assert "help.getConfig" in running.handler.names
        assert running.handler.calls[0].layer == 229
        assert running.handler.calls[0].client.api_id == 1
    finally:
        await client.disconnect()


@pytest.mark.parametrize(
    "connection",
    [
        ConnectionTcpMTProxyAbridged,
        ConnectionTcpMTProxyIntermediate,
        ConnectionTcpMTProxyRandomizedIntermediate,
    ],
)
async def test_telethon_comes_in_with_a_proxy_secret(running: Running, connection: type) -> None:
    telethon_rsa.add_key(running.rsa.public_pem(), old=False)
    proxy = (running.host, running.port, PROXY_SECRET.hex())
    client = TelegramClient(
        MemorySession(), 1, "0" * 32, connection=connection, proxy=proxy, receive_updates=False, **_ONCE
    )
    await client.connect()
    try:
        assert (await client(telethon_functions.help.GetNearestDcRequest())).country == "SE"
    finally:
        await client.disconnect()


async def test_telethon_sees_the_names_of_errors(running: Running) -> None:
    client = telethon_client(running)
    await client.connect()
    try:
        with pytest.raises(RPCError, match="The key is not registered"):
            await client(telethon_functions.users.GetUsersRequest([telethon_types.InputUserSelf()]))
    finally:
        await client.disconnect()


async def test_telethon_reads_packed_answers_and_service_messages(running: Running) -> None:
    client = telethon_client(running)
    await client.connect()
    try:
        name = await client(telethon_functions.help.GetSupportNameRequest())
        assert name.name == "parley " * 600
        salts = await client._sender.send(telethon_functions.GetFutureSaltsRequest(3))
        assert len(salts.salts) == 3
        pong = await client._sender.send(telethon_functions.PingRequest(9))
        assert pong.ping_id == 9
    finally:
        await client.disconnect()


async def test_telethon_keeps_its_key_over_a_reconnect(running: Running) -> None:
    session = MemorySession()
    client = telethon_client(running, session=session)
    await client.connect()
    await client.disconnect()
    again = telethon_client(running, session=session)
    await again.connect()
    try:
        await again(telethon_functions.help.GetNearestDcRequest())
        assert running.server.counters.handshakes == 1
    finally:
        await again.disconnect()


async def test_telethon_comes_back_after_a_lost_connection(running: Running) -> None:
    client = telethon_client(running)
    await client.connect()
    try:
        [session] = running.server.registry.sessions_of_key(running.handler.calls[0].auth_key_id)
        link = session.link
        assert link is not None
        link.close()
        await until(lambda: running.server.counters.connections == 2)
        nearest = await client(telethon_functions.help.GetNearestDcRequest())
        assert nearest.country == "SE"
        assert running.server.counters.handshakes == 1
    finally:
        await client.disconnect()


async def test_a_push_reaches_a_telethon_client(running: Running) -> None:
    telethon_rsa.add_key(running.rsa.public_pem(), old=False)
    session = MemorySession()
    session.set_dc(2, running.host, running.port)
    client = TelegramClient(session, 1, "0" * 32, timeout=LIMIT_S)
    await client.connect()
    try:
        pushed = layers.get(229).encode(types.UpdatesTooLong())
        sessions = running.server.registry.sessions_of_key(running.handler.calls[0].auth_key_id)
        assert [s.push(pushed) for s in sessions] == [True]
        update = await client._updates_queue.get()
        assert isinstance(update, telethon_types.UpdatesTooLong)
    finally:
        await client.disconnect()


class Kurigram(pyrogram.Client):
    """A client that starts at our address instead of the compiled-in one."""

    def __init__(self, running: Running, workdir: Path, transport: type[TCP]) -> None:
        self.at = running
        super().__init__(
            "kurigram", 1, "0" * 32, workdir=workdir, in_memory=True, protocol_factory=transport, no_updates=True
        )

    async def load_session(self) -> None:
        await self.storage.open()
        await self.storage.api_id(1)
        await self.storage.dc_id(2)
        await self.storage.server_address(self.at.host)
        await self.storage.port(self.at.port)
        await self.storage.date(0)
        await self.storage.test_mode(False)
        await self.storage.auth_key(await Auth(self, 2, self.at.host, self.at.port, False).create())
        await self.storage.user_id(None)
        await self.storage.is_bot(None)


def trust(running: Running) -> None:
    lines = [line for line in running.rsa.public_pem().splitlines() if not line.startswith("-")]
    modulus = int.from_bytes(base64.b64decode("".join(lines))[8:][1:257], "big")
    assert modulus == running.rsa.modulus
    pyrogram_rsa.server_public_keys[running.rsa.fingerprint] = pyrogram_rsa.PublicKey(modulus, 65537)


@pytest.mark.parametrize(
    "transport", [TCPAbridged, TCPAbridgedO, TCPFull, TCPIntermediate, TCPIntermediateO, TCPIntermediatePadded]
)
async def test_kurigram_connects_over_every_transport(
    running: Running, tmp_path: Path, transport: type[TCP]
) -> None:
    trust(running)
    client = Kurigram(running, tmp_path, transport)
    await client.connect()
    try:
        nearest = await client.invoke(raw.functions.help.GetNearestDc())
        assert nearest.country == "SE"
        assert running.server.counters.handshakes == 1
    finally:
        await client.disconnect()

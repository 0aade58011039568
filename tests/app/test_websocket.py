"""A browser's client reaches the very route that the program mounts, and gets an answer."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from telethon.network.connection.tcpobfuscated import ObfuscatedIO
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from parley.app import websocket
from parley.core.networks import TrustedNetworks
from parley.core.tasks import Supervisor
from parley.mtproto import messages as m
from parley.mtproto.rsa_key import RsaKey, RsaKeys
from parley.mtproto.server import Server
from parley.web.forwarded import ForwardedAddresses, ForwardedHeader
from tests.journeys.waiting import LIMIT_S
from tests.mtproto import peer as p
from tests.mtproto.peer import Answering, MemoryKeyStore, Peer, new_record

BINARY = Subprotocol("binary")


class _Intermediate:
    obfuscate_tag = b"\xee" * 4


@asynccontextmanager
async def mounted(
    store: MemoryKeyStore, handler: Answering, proxies: Sequence[str] = ()
) -> AsyncIterator[tuple[Server, str]]:
    """The route on a free port, as uvicorn serves it for the program."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    async with Supervisor() as supervisor:
        server = Server(rsa=RsaKeys(RsaKey.generate()), keys=store, handler=handler, supervisor=supervisor)
        server.start_ticking()
        trusted = TrustedNetworks(proxies)
        wall = Middleware(ForwardedAddresses, trusted=trusted, header=ForwardedHeader.X_FORWARDED_FOR)
        site = Starlette(routes=list(websocket.part(server).routes), middleware=[wall])
        web = uvicorn.Server(uvicorn.Config(site, lifespan="off", log_config=None, ws="websockets-sansio"))
        serving = supervisor.once("web", web.serve([listener]))
        while not web.started:  # noqa: ASYNC110  uvicorn has no event for it
            await asyncio.sleep(0.005)
        yield server, f"ws://127.0.0.1:{listener.getsockname()[1]}/apiws"
        await server.stop()
        web.should_exit = True
        await serving


@pytest.mark.parametrize(
    ("named", "seen"),
    [
        ("", "127.0.0.1"),
        ("192.0.2.7:51000", ("192.0.2.7", 51000)),
        ("[2001:db8::7]:51000", ("2001:db8::7", 51000)),
        ("2001:db8::7", ("2001:db8::7", 0)),
    ],
)
async def test_a_call_is_answered_over_the_mounted_websocket(named: str, seen: object) -> None:
    """Behind a proxy the address is the person's, with the port where the proxy names one."""
    store, handler = MemoryKeyStore(), Answering()
    record = new_record()
    store.records[record.auth_key_id] = record
    peer = Peer(record)
    headers = {"X-Forwarded-For": named} if named else {}
    async with (
        mounted(store, handler, ["127.0.0.1/32"]) as (_, url),
        connect(url, subprotocols=[BINARY], additional_headers=headers) as client,
    ):
        assert client.subprotocol == "binary"
        header, hide, reveal = ObfuscatedIO.init_header(_Intermediate)
        payload = peer.seal(p.get_nearest_dc())
        await client.send(bytes(header) + hide.encrypt(struct.pack("<I", len(payload)) + payload))
        clear, got = b"", set[int]()
        async with asyncio.timeout(LIMIT_S):
            while m.RPC_RESULT not in got:
                data = await client.recv()
                assert isinstance(data, bytes)
                clear += reveal.encrypt(data)
                while len(clear) >= 4 and len(clear) >= 4 + (size := int.from_bytes(clear[:4], "little")):
                    got |= {received.constructor for received in peer.open(clear[4 : 4 + size])}
                    clear = clear[4 + size :]
    address = handler.calls[0].address
    assert (address if named else address[0]) == seen


async def test_noise_ends_the_websocket_and_leaves_nothing_behind() -> None:
    async with mounted(MemoryKeyStore(), Answering()) as (server, url):
        async with connect(url, subprotocols=[BINARY]) as client, asyncio.timeout(LIMIT_S):
            await client.send(bytes(8) + b"\1" * 56)
            with pytest.raises(ConnectionClosed):
                await client.recv()
        assert server.counters.connections_open == 0

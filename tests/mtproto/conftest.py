"""A server on a free port with a handler and a key store of the test's own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from parley.core.tasks import Supervisor
from parley.mtproto.rsa_key import RsaKey, RsaKeys
from parley.mtproto.server import Listening, Server
from tests.mtproto.peer import Answering, MemoryKeyStore, Peer, new_record

PROXY_SECRET = bytes(range(16))


@pytest.fixture(scope="session")
def rsa_key() -> RsaKey:
    """One server key for the whole run."""
    return RsaKey.generate()


@dataclass
class Running:
    """A running server and what is behind it."""

    server: Server
    handler: Answering
    store: MemoryKeyStore
    rsa: RsaKey
    host: str
    port: int


def known(running: Running) -> Peer:
    """A client whose key the server has."""
    record = new_record()
    running.store.records[record.auth_key_id] = record
    return Peer(record)


@pytest.fixture
async def running(rsa_key: RsaKey) -> AsyncIterator[Running]:
    handler, store = Answering(), MemoryKeyStore()
    async with Supervisor() as supervisor:
        server = Server(
            rsa=RsaKeys(rsa_key), keys=store, handler=handler, supervisor=supervisor, proxy_secrets=[PROXY_SECRET]
        )
        host, port = await server.start(Listening(port=0))
        handler.address = (host, port)
        yield Running(server, handler, store, rsa_key, host, port)
        await server.stop()

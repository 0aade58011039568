"""Server and database are killed ten times while people write: what was acknowledged is there once, in order."""

from __future__ import annotations

import asyncio
import os
import signal
from functools import partial
from operator import eq, le
from pathlib import Path

import pytest
from telethon import TelegramClient
from telethon.tl.functions.account import UpdateUsernameRequest
from telethon.tl.functions.messages import SendMessageRequest
from telethon.tl.types import InputPeerUser

from parley.storage.pools import Pools
from parley.storage.supervisor import running
from tests.journeys.people import telethon_person
from tests.journeys.server_process import RunningServer, Start
from tests.journeys.waiting import until

KILLS = 10
PER_LIFE = 25
WRITERS = 6


class Writer:
    """Sends numbered messages, the number being the random id, and sends again what was not acknowledged."""

    def __init__(self, client: TelegramClient, to: InputPeerUser, first: int) -> None:
        self._client = client
        self._to = to
        self._next = first
        self.acknowledged: list[int] = []
        self.stopped = False

    async def run(self, gate: asyncio.Event) -> None:
        """Write until stopped; while the server is away, wait until `gate` opens and try the same message again."""
        while not self.stopped:
            await gate.wait()
            request = SendMessageRequest(self._to, f"message {self._next}", random_id=self._next)
            try:
                await asyncio.wait_for(self._client(request), 20)
            except (OSError, TimeoutError, asyncio.CancelledError):
                if not self._client.is_connected():
                    await asyncio.sleep(0.05)
                continue
            self.acknowledged.append(self._next)
            self._next += 1


def counted(writers: list[Writer]) -> int:
    return sum(len(writer.acknowledged) for writer in writers)


async def kill_everything(server: RunningServer) -> None:
    """Database first, so that it cannot finish anything, then the server."""
    postmaster = int((server.data_dir / "postgres" / "postmaster.pid").read_text().splitlines()[0])
    os.kill(postmaster, signal.SIGKILL)
    await server.kill()


async def reconnect(*clients: TelegramClient) -> None:
    for client in clients:
        await client.disconnect()
        await client.connect()


@pytest.mark.timeout(1200)
async def test_ten_kills_under_load_lose_nothing(tmp_path: Path, start_server: Start) -> None:
    server = await start_server(tmp_path / "data")
    ports = {"mtproto_port": server.mtproto_port, "http_port": server.http_port}
    alice = await telethon_person.sign_up(server, "+4915550000001", "Alice")
    bob = await telethon_person.sign_up(server, "+4915550000002", "Bob")
    for client in (alice, bob):
        client.flood_sleep_threshold = 60  # whoever writes as fast as this is asked to wait, and waits
    people = [(await client.get_me()) for client in (alice, bob)]
    await alice(UpdateUsernameRequest("alice_parley"))
    await bob(UpdateUsernameRequest("bob_parley"))
    to_bob = await alice.get_input_entity("bob_parley")
    to_alice = await bob.get_input_entity("alice_parley")
    gate, writers = asyncio.Event(), []
    for number in range(WRITERS):
        client, to = (alice, to_bob) if number % 2 else (bob, to_alice)
        writers.append(Writer(client, to, 1 + number * 1_000_000))
    tasks = [asyncio.ensure_future(writer.run(gate)) for writer in writers]
    for _ in range(KILLS):
        gate.set()
        wanted = counted(writers) + PER_LIFE
        await until(lambda: counted(writers), partial(le, wanted), 120)
        await kill_everything(server)
        server = await start_server(tmp_path / "data", **ports)
        await reconnect(alice, bob)
    for writer in writers:
        writer.stopped = True
    gate.set()
    await asyncio.gather(*tasks)
    await asyncio.gather(alice.disconnect(), bob.disconnect())
    await check(tmp_path / "data", writers, [person.id for person in people])
    assert await server.stop() == 0


async def check(data_dir: Path, writers: list[Writer], people: list[int]) -> None:
    """Every acknowledged message once in either box, nothing twice, no gap in pts."""
    target = running(data_dir)
    assert target is not None
    pools = Pools(target)
    db = pools.of("messenger")
    await until(lambda: db.fetchval("SELECT count(*) FROM messenger.relays"), partial(eq, 0), what="the last copy")
    wanted = {number for writer in writers for number in writer.acknowledged}
    assert len(wanted) >= KILLS * PER_LIFE
    for box in people:
        rows = await db.fetch(
            "SELECT random_id FROM messenger.messages WHERE box_id = $1 AND text LIKE 'message %'", box
        )
        found = [row["random_id"] for row in rows]
        assert len(found) == len(set(found)), "a message is there twice"
        assert wanted <= set(found), f"{len(wanted - set(found))} acknowledged messages are gone"
    gaps = await db.fetch(
        "SELECT box_id FROM (SELECT box_id, pts - pts_count AS before,"
        " lag(pts, 1, 1) OVER (PARTITION BY box_id ORDER BY pts) AS reached FROM messenger.events) e"
        " WHERE before <> reached"
    )
    assert not gaps
    await pools.close()

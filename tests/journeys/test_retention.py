"""A person shortens how long their addresses are kept: by command, by the page that its answer links, for real."""

from __future__ import annotations

import re
from typing import Any

from telethon import TelegramClient

from parley.storage.pools import Pools
from parley.storage.supervisor import running
from tests.journeys.people import telethon_person
from tests.journeys.server_process import RunningServer
from tests.journeys.waiting import until

PHONE = "+4915550007901"
SERVICE = 777000


async def test_a_persons_wish_reaches_the_vault(server: RunningServer) -> None:
    person = await telethon_person.sign_up(server, PHONE, "Ana")
    target = running(server.data_dir)
    assert target is not None
    pools = Pools(target)

    async def kept() -> int | None:
        days: int | None = await pools.of("legal").fetchval("SELECT days FROM vault.retentions")
        return days

    async def answer(to: str, wanted: str) -> str:
        await person.send_message(SERVICE, to)

        async def newest() -> str:
            return (await person.get_messages(SERVICE, limit=1))[0].message or ""

        return await until(newest, lambda said: wanted in said)

    try:
        await _hear_from_the_service_account(server, person)
        assert "kept for 7 days" in await answer("/retention 7", "kept for")
        await until(kept, lambda days: days == 7)
        told = await answer("/retention", "stay for")
        assert "stay for 7 days" in told
        link = re.search(r"(/retention/\S+)", told)
        assert link is not None
        await _shorten(server, link[1], "3")
        await until(kept, lambda days: days == 3)
        assert "stay for 3 days" in await answer("/retention", "stay for 3")
        await answer("/retention default", "kept for 30")
        await until(kept, lambda days: days is None)
        on_record: list[Any] = await pools.of("legal").fetch(
            "SELECT detail FROM audit.entries WHERE action = 'vault.retention' ORDER BY seq"
        )
        assert [row["detail"]["days"] for row in on_record] == [7, 3, None]
    finally:
        await pools.close()
        await person.disconnect()


async def _hear_from_the_service_account(server: RunningServer, person: TelegramClient) -> None:
    """A code for a second device comes as its message; from then on the client knows it."""
    other = telethon_person.client(server)
    await other.connect()
    await other.send_code_request(PHONE)
    await other.disconnect()

    async def known() -> bool:
        return SERVICE in [dialog.id for dialog in await person.get_dialogs()]

    await until(known)


async def _shorten(server: RunningServer, path: str, days: str) -> None:
    async with server.visitor() as http:
        page = (await http.get(path)).text
        token = re.search(r'name="csrf_token" value="([0-9a-f]+)"', page)
        assert token is not None
        done = await http.post(path, data={"csrf_token": token[1], "days": days})
        assert done.status_code == 200, done.text

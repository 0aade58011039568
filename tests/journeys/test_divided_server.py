"""A server in separate processes does for people what one process does, and survives the loss of each."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from telethon import TelegramClient
from telethon.errors import RPCError
from telethon.tl.functions.account import UpdateUsernameRequest
from telethon.tl.functions.channels import (
    CreateChannelRequest,
    JoinChannelRequest,
)
from telethon.tl.functions.channels import UpdateUsernameRequest as UpdateChannelUsernameRequest
from telethon.tl.functions.contacts import SearchRequest

from parley.core.parts import Part
from tests.journeys import divided as divided_server
from tests.journeys.divided import DividedServer
from tests.journeys.people import kurigram_person, telethon_person
from tests.journeys.people.desk_person import DeskPerson, links
from tests.journeys.server_process import parley
from tests.journeys.waiting import LIMIT_S, until

NAME = "papers_shop"


@pytest.fixture
async def divided(tmp_path: Path) -> AsyncIterator[DividedServer]:
    """Five processes and a bus, under one user: the walls between users have tests of their own."""
    async with divided_server.running(tmp_path) as server:
        yield server


async def staff(server: DividedServer, name: str, role: str) -> None:
    """The operator adds somebody on the command line."""
    code, said = await parley("staff", "add", name, "--role", role, "--data-dir", str(server.data_dir))
    assert code == 0, said


async def finds(person: TelegramClient, name: str) -> bool:
    found = await person(SearchRequest("discreet papers", 10))
    return any(getattr(chat, "username", None) == name for chat in found.chats)


async def posts(person: TelegramClient, channel: Any) -> str:
    """Try to post; what became of it."""
    try:
        await person.send_message(channel, "Another offer.")
    except (RPCError, ValueError) as refused:
        return type(refused).__name__
    return "posted"


async def suspend(desk: DeskPerson) -> None:
    """A moderator finds the one case and suspends its channel."""

    async def the_case() -> str:
        for queue in links(await desk.read("/desk/moderation"), r"/desk/moderation/queues/[a-z_]+"):
            for path in links(await desk.read(queue), r"/desk/moderation/cases/[0-9a-f]{32}"):
                return path
        return ""

    case = await until(the_case, what="the case")
    await desk.submit(case, "/lock")
    await desk.submit(case, "/reveal")
    await desk.submit(
        case, "/decide", policy="illegal_goods", actions=["hide_from_search", "suspend"], hours="720", scope="all",
        facts="The channel offers forged identity papers for sale.", step="decide",
    )  # fmt: skip


async def test_a_decision_at_one_process_takes_effect_at_the_clients_of_another(divided: DividedServer) -> None:
    """Two real clients on the one part, a notice and a moderator on another: search and posting follow at once."""
    at_pages = await divided.seen_from(Part.HTTP)
    alice = await telethon_person.sign_up(at_pages, "+4915550000001", "Alice")
    await alice(UpdateUsernameRequest("alice_parley"))
    bob = await kurigram_person.sign_up(at_pages, divided.data_dir.parent, "+4915550000002", "Bob")
    await bob.set_username("bob_parley")
    await bob.send_message("alice_parley", "Hello from another client.")
    await until(lambda: alice.get_messages("bob_parley", limit=1), what="Bob's message")
    channel = (await alice(CreateChannelRequest("Discreet Papers", "papers", broadcast=True))).chats[0]
    await alice(UpdateChannelUsernameRequest(channel, NAME))
    await alice.send_message(channel, "Forged passports, all countries.")
    await until(lambda: finds(alice, NAME), what="the channel in search")

    async with at_pages.visitor(follow_redirects=True) as stranger:
        assert "Discreet Papers" in (await stranger.get(f"/{NAME}")).text
        assert (await stranger.get("/transparency/log/checkpoint")).status_code == 200
        assert (await stranger.get("/desk/orders")).status_code == 404, "the pages know no order"
    visitor = DeskPerson(at_pages)
    answer = await visitor.submit(
        "/report", "", where=f"@{NAME}", policy="illegal_goods", good_faith="yes",
        explanation="They offer forged passports.", name="Nora", email="nora@example.org",
    )  # fmt: skip
    assert "It waits for a moderator" in answer.text, answer.text
    await staff(divided, "Mona", "moderator")
    mona = await DeskPerson.enter(at_pages, "Mona")
    await suspend(mona)
    await until(lambda: finds(alice, NAME), lambda found: not found, what="the hiding")
    await until(lambda: posts(alice, channel), lambda outcome: outcome != "posted", what="the suspension")
    await the_desk_is_apart(divided, mona)
    await asyncio.gather(mona.close(), visitor.close(), alice.disconnect(), bob.stop())
    assert "Traceback" not in divided.logs(), divided.logs()[-8000:]


async def the_desk_is_apart(divided: DividedServer, mona: DeskPerson) -> None:
    """The legal desk works at its own part, with the log beside it; neither desk has the other's pages."""
    at_desk = await divided.seen_from(Part.LEGAL)
    await staff(divided, "Lea", "legal")
    lea = await DeskPerson.enter(at_desk, "Lea")
    assert "No" in await lea.read("/desk/orders")
    assert "/desk/orders" in await lea.read("/desk")
    assert (await lea.http.get("/desk/moderation")).status_code == 404
    assert "/desk/orders" not in await mona.read("/desk")
    assert (await lea.http.get("/transparency/log/checkpoint")).status_code == 200
    assert (await lea.http.get("/authority")).status_code == 200
    await at_desk.advance_clock(3600)

    async def rules() -> str:
        return (await lea.http.get("/transparency/log/checkpoint")).text.split("\n")[1]

    await until(rules, lambda size: int(size) > 0, what="the log's first batch, with the rules of the desk in it")
    await lea.close()


async def test_each_part_may_be_killed_and_comes_back(divided: DividedServer) -> None:
    """Whichever process dies, the others stay, and after its return everything works; nothing sent is lost."""
    at_pages = await divided.seen_from(Part.HTTP)
    alice = await telethon_person.sign_up(at_pages, "+4915550000001", "Alice")
    bob = await telethon_person.sign_up(at_pages, "+4915550000002", "Bob")
    await bob(UpdateUsernameRequest("bob_parley"))
    channel = (await bob(CreateChannelRequest("Night sky", "stars", broadcast=True))).chats[0]
    await bob(UpdateChannelUsernameRequest(channel, "night_sky"))
    await alice(JoinChannelRequest(await alice.get_input_entity("night_sky")))
    for number, part in enumerate(Part):
        process = divided.parts[part]
        await process.kill()
        others = [other for other in divided.parts.values() if other is not process]
        assert all(other.process is not None and other.process.returncode is None for other in others)
        await process.start()
        text = f"after the loss of {part} ({number})"
        await until(lambda text=text: _sent(bob, text), what=f"sending {text}")
        await until(lambda: _newest(alice), lambda found, text=text: found == text, what=f"reading {text}")
        async with httpx.AsyncClient(timeout=LIMIT_S) as http:
            for pages in (Part.HTTP, Part.LEGAL, Part.MTPROTO):
                url = f"http://localhost:{divided.parts[pages].http_port}/healthz"
                await until(lambda url=url, http=http: _healthy(http, url), what=f"{pages} after {part}")
    await asyncio.gather(alice.disconnect(), bob.disconnect())


async def _sent(person: TelegramClient, text: str) -> bool:
    try:
        if not person.is_connected():
            await person.connect()
        await asyncio.wait_for(person.send_message("night_sky", text), 20)
    except (OSError, TimeoutError, RPCError):
        return False
    return True


async def _newest(person: TelegramClient) -> str:
    try:
        if not person.is_connected():
            await person.connect()
        found = await asyncio.wait_for(person.get_messages("night_sky", limit=1), 20)
    except (OSError, TimeoutError, RPCError):
        return ""
    return str(found[0].message) if found else ""


async def _healthy(http: httpx.AsyncClient, url: str) -> bool:
    try:
        return (await http.get(url)).status_code == 200
    except httpx.HTTPError:
        return False

"""What is wrong gets its precise error, nothing of others leaks, and the server goes on."""

from __future__ import annotations

import asyncio
import os

import pytest
from telethon import TelegramClient
from telethon.errors import (
    ChannelInvalidError,
    FloodWaitError,
    MethodInvalidError,
    PhoneCodeInvalidError,
    PhoneNumberInvalidError,
    UserIdInvalidError,
)
from telethon.tl.functions.auth import SignInRequest
from telethon.tl.functions.channels import GetFullChannelRequest
from telethon.tl.functions.contacts import ResolveUsernameRequest
from telethon.tl.functions.messages import GetMessagesRequest, SendMessageRequest
from telethon.tl.functions.phone import GetCallConfigRequest
from telethon.tl.functions.users import GetUsersRequest
from telethon.tl.types import InputChannel, InputMessageID, InputPeerUser, InputUser, MessageEmpty

from tests.journeys.people import telethon_person
from tests.journeys.server_process import RunningServer
from tests.journeys.waiting import LIMIT_S

ALICE, BOB = "+4915550000001", "+4915550000002"


async def test_wrong_codes_and_numbers_have_their_errors(server: RunningServer) -> None:
    person = telethon_person.client(server)
    await person.connect()
    with pytest.raises(PhoneNumberInvalidError):
        await person.send_code_request("12")
    sent = await person.send_code_request(ALICE)
    right = await server.login_code(ALICE)
    wrong = f"{(int(right) + 1) % 100_000:05d}"
    with pytest.raises(PhoneCodeInvalidError):
        await person(SignInRequest(ALICE, sent.phone_code_hash, wrong))
    await person.disconnect()


async def test_what_belongs_to_others_answers_as_if_it_did_not_exist(server: RunningServer) -> None:
    alice = await telethon_person.sign_up(server, ALICE, "Alice")
    bob = await telethon_person.sign_up(server, BOB, "Bob")
    note = await bob.send_message("me", "for my eyes only")
    bobs_id = (await bob.get_me()).id
    for ident in (bobs_id, 1_234_567_890):
        with pytest.raises(UserIdInvalidError):
            await alice(SendMessageRequest(InputPeerUser(ident, 42), "hello", random_id=7))
        assert await alice(GetUsersRequest([InputUser(ident, 42)])) == []
    with pytest.raises(ChannelInvalidError):
        await alice(GetFullChannelRequest(InputChannel(1_234_567_890, 42)))
    found = await alice(GetMessagesRequest([InputMessageID(note.id)]))
    assert isinstance(found.messages[0], MessageEmpty)
    await alice.disconnect()
    await bob.disconnect()


async def test_a_method_that_we_do_not_have_says_so_at_once(server: RunningServer) -> None:
    alice = await telethon_person.sign_up(server, ALICE, "Alice")
    with pytest.raises(MethodInvalidError):
        await alice(GetCallConfigRequest())
    await alice.disconnect()


async def test_a_flood_is_told_how_long_to_wait(server: RunningServer) -> None:
    alice = await telethon_person.sign_up(server, ALICE, "Alice")
    with pytest.raises(FloodWaitError) as refused:
        await _resolve_often(alice)
    assert 1 <= refused.value.seconds <= 3600
    await alice.disconnect()


async def test_noise_on_the_wire_ends_its_connection_and_nothing_else(server: RunningServer) -> None:
    alice = await telethon_person.sign_up(server, ALICE, "Alice")
    for size in (1, 7, 64, 65, 200_000):
        await asyncio.wait_for(_make_noise(server, size), LIMIT_S)
    assert (await alice.get_me()).first_name == "Alice"
    async with server.visitor() as http:
        assert (await http.get("/healthz")).json()["status"] == "ok"
        assert (await http.get("/desk/../../secrets/accounts")).status_code == 404
        assert (await http.post("/authority/orders", content=b"x" * 2_000_000)).status_code in (403, 404, 405, 413)
    await alice.disconnect()


async def _resolve_often(person: TelegramClient) -> None:
    for _ in range(400):
        await person(ResolveUsernameRequest("SearchReport"))


async def _make_noise(server: RunningServer, size: int) -> None:
    """Send noise and wait until the server has ended the connection, politely or not."""
    reader, writer = await asyncio.open_connection(server.host, server.mtproto_port)
    try:
        writer.write(os.urandom(size))
        await writer.drain()
        writer.write_eof()
        await reader.read()
    except (ConnectionError, OSError):
        return
    finally:
        writer.close()

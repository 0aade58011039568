"""People with three different clients write to each other, and nobody misses anything."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from pyrogram import filters
from pyrogram.enums import ChatAction, MessageEntityType
from pyrogram.handlers import MessageHandler
from pyrogram.raw.functions.account import UpdateStatus
from telethon import TelegramClient, events
from telethon.tl.functions.account import UpdateUsernameRequest
from telethon.tl.types import MessageEntityUrl, UpdateUserStatus, UserStatusOffline, UserStatusOnline

from tests.journeys.people import kurigram_person, mtcute_person, telethon_person
from tests.journeys.people.kurigram_person import Person
from tests.journeys.server_process import RunningServer
from tests.journeys.waiting import heard, until

ALICE, BOB, CAROL = "+4915550000001", "+4915550000002", "+4915550000003"


async def _alice(server: RunningServer) -> TelegramClient:
    alice = await telethon_person.sign_up(server, ALICE, "Alice")
    await alice(UpdateUsernameRequest("alice_parley"))
    return alice


async def _bob(server: RunningServer, tmp_path: Path) -> Person:
    bob = await kurigram_person.sign_up(server, tmp_path, BOB, "Bob")
    await bob.set_username("bob_parley")
    return bob


async def test_a_note_to_oneself_keeps_its_form(server: RunningServer) -> None:
    alice = await _alice(server)
    sent = await alice.send_message("me", "a note to **myself**")
    found = await alice.get_messages("me", limit=5)
    assert [message.id for message in found] == [sent.id]
    assert found[0].text == "a note to **myself**"
    await alice.disconnect()


async def test_alice_and_bob_write_reply_edit_delete_and_read(server: RunningServer, tmp_path: Path) -> None:
    alice, bob = await _alice(server), await _bob(server, tmp_path)
    arrived: asyncio.Queue[Any] = asyncio.Queue()
    alice.add_event_handler(arrived.put, events.NewMessage(incoming=True, from_users=bob.me.id))
    typed: asyncio.Queue[Any] = asyncio.Queue()
    alice.add_event_handler(typed.put, events.UserUpdate(chats=bob.me.id))

    await bob.send_chat_action("alice_parley", ChatAction.TYPING)
    assert (await heard(typed)).typing
    read = kurigram_person.read_marks(bob)
    hello = await bob.send_message("alice_parley", "hello from kurigram")
    event = await heard(arrived)
    assert event.message.text == "hello from kurigram"

    answer = await event.reply("hello from Telethon, on https://parley.example")
    assert [type(entity) for entity in answer.entities] == [MessageEntityUrl]
    read_by_bob = await _newest(bob, lambda m: m.text == answer.raw_text)
    assert [entity.type for entity in read_by_bob.entities] == [MessageEntityType.URL]
    await answer.edit("edited")
    assert await _newest(bob, lambda m: m.text == "edited")
    await alice.send_read_acknowledge("bob_parley")
    assert await heard(read) == hello.id
    await answer.delete(revoke=True)
    assert await _newest(bob, lambda m: m.text == "hello from kurigram")
    await alice.disconnect()
    await bob.stop()


async def test_who_shares_a_chat_sees_the_other_come_and_go(server: RunningServer, tmp_path: Path) -> None:
    alice, bob = await _alice(server), await _bob(server, tmp_path)
    await alice.send_message("bob_parley", "hello")
    assert await _newest(bob, lambda m: m.text == "hello")
    seen: asyncio.Queue[Any] = asyncio.Queue()
    alice.add_event_handler(
        lambda update: seen.put(update.status) if update.user_id == bob.me.id else asyncio.sleep(0),
        events.Raw(UpdateUserStatus),
    )
    for offline, expected in ((True, UserStatusOffline), (False, UserStatusOnline), (True, UserStatusOffline)):
        await bob.invoke(UpdateStatus(offline=offline))
        while not isinstance(await heard(seen), expected):
            pass
    await alice.disconnect()
    await bob.stop()


WHILE_AWAY = [f"while away {number}" for number in range(30)]


async def test_who_was_offline_catches_up_once_and_in_order_with_telethon(
    server: RunningServer, tmp_path: Path
) -> None:
    alice, bob = await _alice(server), await _bob(server, tmp_path)
    await bob.send_message("alice_parley", "before")
    await until(lambda: alice.get_messages("bob_parley", limit=5), lambda found: len(found) == 1)
    await alice.disconnect()
    for text in WHILE_AWAY:
        await bob.send_message("alice_parley", text)
    again = telethon_person.client(server, alice.session, catch_up=True, sequential_updates=True)
    caught: list[str] = []

    async def catch(event: Any) -> None:
        caught.append(event.message.text)

    again.add_event_handler(catch, events.NewMessage(incoming=True, from_users=bob.me.id))
    await again.connect()
    assert await again.get_me() is not None
    await bob.send_message("alice_parley", "and now")
    await _heard(caught, "and now")
    assert caught == [*WHILE_AWAY, "and now"]
    history = await again.get_messages("bob_parley", limit=50)
    assert [m.text for m in reversed(history)] == ["before", *caught]
    await again.disconnect()
    await bob.stop()


async def test_who_was_offline_catches_up_once_and_in_order_with_kurigram(
    server: RunningServer, tmp_path: Path
) -> None:
    alice = await _alice(server)
    options = {"in_memory": False, "skip_updates": False, "workers": 1}
    bob = await kurigram_person.sign_up(server, tmp_path, BOB, "Bob", **options)
    await bob.set_username("bob_parley")
    await bob.stop()
    await (at_home := Person(server, bob.name, tmp_path, **options)).start()
    first = _texts(at_home)
    await alice.send_message("bob_parley", "before")
    await _heard(first, "before")
    await at_home.stop()
    for text in WHILE_AWAY:
        await alice.send_message("bob_parley", text)
    again = Person(server, bob.name, tmp_path, **options)
    caught = _texts(again)
    await again.start()
    await alice.send_message("bob_parley", "and now")
    await until(lambda: caught, lambda found: {*WHILE_AWAY, "and now"} <= set(found), what="all that was written")
    assert sorted(caught) == sorted([*WHILE_AWAY, "and now"])
    assert [text for text in caught if text in WHILE_AWAY] == WHILE_AWAY
    await again.stop()
    await alice.disconnect()


@pytest.mark.node
async def test_who_was_offline_catches_up_once_and_in_order_with_mtcute(server: RunningServer) -> None:
    if reason := mtcute_person.missing():
        pytest.skip(reason)
    alice = await _alice(server)
    carol = await mtcute_person.sign_up(server, CAROL, "Carol")
    await carol.do("send", to="alice_parley", text="I am off")
    dialogs = await until(alice.get_dialogs, lambda found: any(d.message.message == "I am off" for d in found))
    carols = next(d for d in dialogs if d.message.message == "I am off")
    await alice.send_message(carols.entity, "before")
    await carol.update("updateNewMessage")
    await carol.do("goOffline")
    for text in WHILE_AWAY:
        await alice.send_message(carols.entity, text)
    await carol.do("comeBack")
    await alice.send_message(carols.entity, "and now")
    caught = await carol.texts_until("and now")
    assert caught == ["before", *WHILE_AWAY, "and now"]
    await carol.close()
    await alice.disconnect()


@pytest.mark.node
async def test_carol_with_mtcute(server: RunningServer) -> None:
    if reason := mtcute_person.missing():
        pytest.skip(reason)
    alice = await _alice(server)
    carol = await mtcute_person.sign_up(server, CAROL, "Carol")
    await carol.do("send", to="alice_parley", text="hello from mtcute")
    dialogs = await until(
        alice.get_dialogs, lambda found: any(d.message.message == "hello from mtcute" for d in found)
    )
    carols = next(d for d in dialogs if d.message.message == "hello from mtcute")
    await alice.send_message(carols.entity, "hello from Telethon")
    update = await carol.update("updateNewMessage")
    assert update["message"]["message"] == "hello from Telethon"
    await carol.close()
    await alice.disconnect()


def _texts(person: Person) -> list[str]:
    """What others write to somebody from now on, in the order in which their client tells it."""
    texts: list[str] = []

    async def hear(_client: Any, message: Any) -> None:
        texts.append(message.text)

    person.add_handler(MessageHandler(hear, filters.incoming & filters.private))
    return texts


async def _heard(texts: list[str], last: str) -> None:
    """Wait until a text has arrived; what came twice or late stands in the list by then."""
    await until(lambda: texts, lambda found: last in found, what=f"the message {last!r}")


async def _newest(person: Person, fits: Any) -> Any:
    async def read() -> Any:
        async for message in person.get_chat_history("alice_parley", limit=1):
            return message
        return None

    return await until(read, lambda message: message is not None and fits(message))

"""A person with a real client finds what was written in all of their chats, over more than one page."""

from __future__ import annotations

from telethon import TelegramClient
from telethon.tl.functions.account import UpdateUsernameRequest
from telethon.tl.functions.channels import CreateChannelRequest
from telethon.tl.functions.messages import SearchGlobalRequest
from telethon.tl.types import InputMessagesFilterEmpty, InputPeerEmpty, Message
from telethon.tl.types.messages import MessagesSlice
from telethon.utils import get_peer_id

from tests.journeys.people import telethon_person
from tests.journeys.server_process import RunningServer
from tests.journeys.waiting import until

POSTS = 120


async def every_page(person: TelegramClient, text: str) -> list[Message]:
    """All that a global search finds, asked for as Telegram's apps do; Telethon stops early where ids are low."""
    request = SearchGlobalRequest(text, InputMessagesFilterEmpty(), None, None, 0, InputPeerEmpty(), 0, 50)
    found: list[Message] = []
    while True:
        page = await person(request)
        entities = {get_peer_id(entity): entity for entity in (*page.users, *page.chats)}
        for message in page.messages:
            message._finish_init(person, entities, None)
        found += page.messages
        if not isinstance(page, MessagesSlice):
            return found
        request.offset_rate, request.offset_id = page.next_rate, found[-1].id
        request.offset_peer = found[-1].input_chat


async def test_search_goes_through_private_chats_and_channels_page_by_page(server: RunningServer) -> None:
    alice = await telethon_person.sign_up(server, "+4915550000001", "Alice")
    bob = await telethon_person.sign_up(server, "+4915550000002", "Bob")
    for person in (alice, bob):
        person.flood_sleep_threshold = 60
    await bob(UpdateUsernameRequest("bob_parley"))
    [news] = (await alice(CreateChannelRequest("News", "", broadcast=True))).chats
    [crew] = (await alice(CreateChannelRequest("Crew", "", megagroup=True))).chats
    for number in range(POSTS // 3):
        for chat in (news, crew, "bob_parley"):
            await alice.send_message(chat, f"a boat, number {number}")
    await alice.send_message("bob_parley", "something else")
    found = await every_page(alice, "BOAT")
    assert len(found) == POSTS
    assert len({(message.chat_id, message.id) for message in found}) == POSTS
    assert len({message.chat_id for message in found}) == 3
    dates = [message.date for message in found]
    assert dates == sorted(dates, reverse=True)

    async def at_bobs() -> list[str]:
        return [m.text async for m in bob.iter_messages(None, search="number 17")]

    assert await until(at_bobs, what="Bob's copy") == ["a boat, number 17"]
    for person in (alice, bob):
        await person.disconnect()

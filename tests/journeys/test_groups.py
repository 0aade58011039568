"""People with different clients share a group: they come by a link, mean each other in messages, and quote."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from pyrogram.errors import InviteHashExpired
from pyrogram.types import ReplyParameters
from telethon import TelegramClient, events
from telethon.tl.functions.channels import CreateChannelRequest
from telethon.tl.functions.messages import ExportChatInviteRequest, GetUnreadMentionsRequest

from tests.journeys.people import kurigram_person, telethon_person
from tests.journeys.server_process import RunningServer
from tests.journeys.waiting import heard, until

ALICE, BOB, CAROL = "+4915550000001", "+4915550000002", "+4915550000003"


async def _group(alice: TelegramClient) -> Any:
    made = await alice(CreateChannelRequest(title="Boat crew", about="", megagroup=True))
    return made.chats[0]


async def _mentions(alice: TelegramClient, group: Any) -> tuple[int, list[str]]:
    """The number on the @ of the group, and what stands behind it."""
    dialogs = await alice.get_dialogs()
    [count] = [d.unread_mentions_count for d in dialogs if d.is_channel and d.entity.id == group.id]
    unread = await alice(GetUnreadMentionsRequest(group, offset_id=0, add_offset=0, limit=10, max_id=0, min_id=0))
    return count, [message.message for message in unread.messages]


async def test_bob_comes_by_a_link_and_quotes_alice_who_finds_what_was_meant_for_her(
    server: RunningServer, tmp_path: Path
) -> None:
    alice = await telethon_person.sign_up(server, ALICE, "Alice")
    group = await _group(alice)
    link = await alice(ExportChatInviteRequest(group, usage_limit=1, title="for Bob"))
    bob = await kurigram_person.sign_up(server, tmp_path, BOB, "Bob")
    carol = await kurigram_person.sign_up(server, tmp_path, CAROL, "Carol")
    known_form = f"https://t.me/+{link.link.rpartition('/+')[2]}"  # kurigram knows no other host
    joined = (await bob.join_chat(known_form)).chat
    with pytest.raises(InviteHashExpired):
        await carol.join_chat(known_form)

    arrived: asyncio.Queue[Any] = asyncio.Queue()
    alice.add_event_handler(arrived.put, events.NewMessage(incoming=True, chats=group))
    asked = await alice.send_message(group, "bring bread and butter")
    about = ReplyParameters(message_id=asked.id, quote="butter")
    await bob.send_message(joined.id, "salted?", reply_parameters=about)
    event = await heard(arrived)
    assert (event.message.text, event.message.mentioned) == ("salted?", True)
    header = event.message.reply_to
    assert (header.reply_to_msg_id, header.quote_text, header.quote_offset) == (asked.id, "butter", 16)
    await bob.send_message(joined.id, "I have the rest")
    event = await heard(arrived)
    assert not event.message.mentioned

    assert await _mentions(alice, group) == (1, ["salted?"])
    await alice.send_read_acknowledge(group, clear_mentions=True)
    await until(lambda: _mentions(alice, group), lambda found: found == (0, []))
    await alice.disconnect()
    await bob.stop()
    await carol.stop()

"""A person with two devices sees on each what they did on the other, without asking."""

from __future__ import annotations

import asyncio
from typing import Any

from telethon import TelegramClient, events
from telethon.tl.functions.account import UpdateNotifySettingsRequest, UpdateUsernameRequest
from telethon.tl.functions.contacts import BlockRequest
from telethon.tl.functions.messages import MarkDialogUnreadRequest, SaveDraftRequest, ToggleDialogPinRequest
from telethon.tl.types import (
    DraftMessageEmpty,
    InputNotifyPeer,
    InputPeerNotifySettings,
    UpdateDialogPinned,
    UpdateDialogUnreadMark,
    UpdateDraftMessage,
    UpdateNotifySettings,
    UpdatePeerBlocked,
    UpdateUserName,
)

from tests.journeys.people import telethon_person
from tests.journeys.server_process import RunningServer
from tests.journeys.waiting import heard

ALICE = "+4915550000001"


def heard_by(device: TelegramClient, *kinds: type) -> asyncio.Queue[Any]:
    """Everything of these kinds that is pushed to a device."""
    pushed: asyncio.Queue[Any] = asyncio.Queue()
    device.add_event_handler(pushed.put, events.Raw(list(kinds)))
    return pushed


async def test_what_is_done_on_the_phone_shows_on_the_tablet(server: RunningServer) -> None:
    phone = await telethon_person.sign_up(server, ALICE, "Alice")
    bob = await telethon_person.sign_up(server, "+4915550000002", "Bob")
    await bob(UpdateUsernameRequest("bob_parley"))
    await phone.send_message("bob_parley", "hello")
    tablet = await telethon_person.sign_in(server, ALICE)
    await tablet.get_dialogs()
    kinds = (
        UpdateDraftMessage, UpdateDialogPinned, UpdateDialogUnreadMark, UpdateNotifySettings, UpdatePeerBlocked,
        UpdateUserName,
    )  # fmt: skip
    pushed = heard_by(tablet, *kinds)
    echoed = heard_by(phone, *kinds)
    to_bob = await phone.get_input_entity("bob_parley")

    await phone(SaveDraftRequest(to_bob, "half a thought"))
    draft = await heard(pushed)
    assert draft.draft.message == "half a thought"
    await phone.send_message(to_bob, "the whole thought", clear_draft=True)
    assert isinstance((await heard(pushed)).draft, DraftMessageEmpty)
    await phone(ToggleDialogPinRequest(to_bob, pinned=True))
    assert (await heard(pushed)).pinned
    await phone(MarkDialogUnreadRequest(to_bob, unread=True))
    assert (await heard(pushed)).unread
    muted = InputPeerNotifySettings(mute_until=2**31 - 1, silent=True)
    await phone(UpdateNotifySettingsRequest(InputNotifyPeer(to_bob), muted))
    settings = (await heard(pushed)).notify_settings
    assert (settings.mute_until.year, settings.silent) == (2038, True)
    await phone(BlockRequest(to_bob))
    assert (await heard(pushed)).blocked
    await phone(UpdateUsernameRequest("alice_parley"))
    named = await heard(pushed)
    assert [name.username for name in named.usernames] == ["alice_parley"]
    assert echoed.empty(), "the device that did it needs no telling"
    for device in (phone, tablet, bob):
        await device.disconnect()

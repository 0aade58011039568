"""The list of chats says everything about a chat, and what is set in it is told to the account's other devices."""

import pytest

from parley.core.peers import Peer
from parley.messenger.accounts.events import AccountChanged, NotifySettingsChanged, PrivacyChanged
from parley.messenger.contacts.events import BlockChanged
from parley.messenger.messages.events import DialogPinned, DraftChanged, PinnedReordered, UnreadMarked
from parley.tl import functions, types


@pytest.fixture
async def alice(server):
    return await server.person("+4930111111", "Alice")


@pytest.fixture
async def bob(server):
    return await server.person("+4930222222", "Bob")


@pytest.fixture
def to_bob(alice, bob):
    known = alice.user(bob)
    return types.InputPeerUser(user_id=known.user_id, access_hash=known.access_hash)


async def dialog_with(alice, to_bob):
    named = functions.messages.GetPeerDialogs(peers=[types.InputDialogPeer(peer=to_bob)])
    [dialog] = (await alice.call(named)).dialogs
    return dialog


async def test_a_chat_shows_all_that_was_set_for_it(alice, to_bob):
    text = "half a thought"
    bold = types.MessageEntityBold(offset=0, length=4)
    answered = types.InputReplyToMessage(reply_to_msg_id=3)
    draft = {"peer": to_bob, "message": text, "entities": [bold], "reply_to": answered, "no_webpage": True}
    await alice.call(functions.messages.SaveDraft(**draft))
    quiet = types.InputPeerNotifySettings(
        show_previews=False, silent=True, mute_until=2**31 - 1, sound=types.NotificationSoundNone()
    )
    of_bob = types.InputNotifyPeer(peer=to_bob)
    await alice.call(functions.account.UpdateNotifySettings(peer=of_bob, settings=quiet))

    shown = await dialog_with(alice, to_bob)
    assert (shown.draft.message, shown.draft.no_webpage) == (text, True)
    assert [type(entity) for entity in shown.draft.entities] == [types.MessageEntityBold]
    assert shown.draft.reply_to.reply_to_msg_id == 3
    settings = shown.notify_settings
    assert (settings.show_previews, settings.silent, settings.mute_until) == (False, True, 2**31 - 1)
    assert isinstance(settings.other_sound, types.NotificationSoundNone)
    [update] = (await alice.call(functions.messages.GetAllDrafts())).updates
    assert update.draft == shown.draft


async def test_each_change_is_told_with_the_session_that_made_it(server, alice, bob, to_bob):
    chat, peer = types.InputDialogPeer(peer=to_bob), Peer.user(bob.account)
    session, events = int(alice.key), server.messenger.recorder
    await alice.call(functions.messages.SaveDraft(peer=to_bob, message="hello"))
    await alice.call(functions.messages.SaveDraft(peer=to_bob, message="hello"))
    await alice.call(functions.messages.SaveDraft(peer=to_bob, message=""))
    kept, dropped = events.of(DraftChanged)
    assert (kept.draft.text, kept.origin) == ("hello", session)
    assert dropped == DraftChanged(alice.account, peer, None, session)

    await alice.call(functions.messages.ToggleDialogPin(pinned=True, peer=chat))
    await alice.call(functions.messages.ReorderPinnedDialogs(folder_id=0, order=[chat]))
    await alice.call(functions.messages.MarkDialogUnread(unread=True, peer=chat))
    assert events.of(DialogPinned) == [DialogPinned(alice.account, peer, True, session)]
    assert events.of(PinnedReordered) == [PinnedReordered(alice.account, (peer,), session)]
    assert events.of(UnreadMarked) == [UnreadMarked(alice.account, peer, True, session)]

    await alice.call(functions.contacts.Block(id=to_bob))
    await alice.call(functions.account.UpdateProfile(first_name="Alicia"))
    kind = types.InputNotifyUsers()
    settings = types.InputPeerNotifySettings(silent=True)
    await alice.call(functions.account.UpdateNotifySettings(peer=kind, settings=settings))
    nobody = [types.InputPrivacyValueDisallowAll()]
    await alice.call(functions.account.SetPrivacy(key=types.InputPrivacyKeyAbout(), rules=nobody))
    for event in (BlockChanged, AccountChanged, NotifySettingsChanged, PrivacyChanged):
        assert [told.origin for told in events.of(event)] == [session], event


async def test_resetting_all_settings_is_told_for_each_chat_that_had_some(server, alice, bob, to_bob):
    settings = types.InputPeerNotifySettings(silent=True)
    for peer in (types.InputNotifyPeer(peer=to_bob), types.InputNotifyUsers()):
        await alice.call(functions.account.UpdateNotifySettings(peer=peer, settings=settings))
    server.messenger.recorder.events.clear()
    await alice.call(functions.account.ResetNotifySettings())
    told = server.messenger.recorder.of(NotifySettingsChanged)
    assert {event.scope for event in told} == {f"user:{bob.account}", "users"}


async def test_a_sent_draft_is_told_as_gone(server, alice, bob, to_bob):
    await alice.call(functions.messages.SaveDraft(peer=to_bob, message="hel"))
    sent = functions.messages.SendMessage(peer=to_bob, message="hello", random_id=1, clear_draft=True)
    await alice.call(sent)
    told = server.messenger.recorder.of(DraftChanged)
    assert told[-1] == DraftChanged(alice.account, Peer.user(bob.account), None, int(alice.key))
    assert (await dialog_with(alice, to_bob)).draft is None


async def test_who_is_too_far_behind_in_a_channel_gets_its_real_row(server, alice, bob):
    """With the read marks, the settings and the draft of the person who asks, and the channel's pts."""
    made = await alice.call(functions.channels.CreateChannel(title="News", about="", broadcast=True))
    channel = alice.input_channel(made.chats[0].id)
    peer = types.InputPeerChannel(channel_id=channel.channel_id, access_hash=channel.access_hash)
    await alice.call(functions.messages.SaveDraft(peer=peer, message="next post"))
    quiet = types.InputPeerNotifySettings(mute_until=2**31 - 1)
    of_channel = types.InputNotifyPeer(peer=peer)
    await alice.call(functions.account.UpdateNotifySettings(peer=of_channel, settings=quiet))
    db = server.messenger.pools.of("messenger")
    await db.execute(
        "UPDATE messenger.boxes SET pts = pts + 6000 WHERE box_id = $1", Peer.channel(channel.channel_id).box
    )
    behind = functions.updates.GetChannelDifference(
        channel=channel, filter=types.ChannelMessagesFilterEmpty(), pts=1, limit=100
    )
    found = await alice.call(behind)
    assert isinstance(found, types.updates.ChannelDifferenceTooLong)
    assert found.dialog.pts == await server.services.messages.reading.pts(channel.channel_id)
    assert found.dialog.draft.message == "next post"
    assert found.dialog.notify_settings.mute_until == 2**31 - 1
    named = functions.messages.GetPeerDialogs(peers=[types.InputDialogPeer(peer=peer)])
    assert found.dialog == (await alice.call(named)).dialogs[0]

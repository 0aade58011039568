"""The list of chats says everything about a chat, and what is set in it is told to the account's other devices."""

import pytest

from parley.core.peers import Peer
from parley.messenger.accounts.events import AccountChanged, NotifySettingsChanged, PrivacyChanged
from parley.messenger.contacts.events import BlockChanged
from parley.messenger.messages.events import BarHidden, DialogPinned, DraftChanged, PinnedReordered, UnreadMarked
from parley.tl import functions, types


@pytest.fixture
def to_bob(alice, bob):
    known = alice.user(bob)
    return types.InputPeerUser(user_id=known.user_id, access_hash=known.access_hash)


async def dialog_with(alice, to_bob):
    named = functions.messages.GetPeerDialogs(peers=[types.InputDialogPeer(peer=to_bob)])
    [dialog] = (await alice.call(named)).dialogs
    return dialog


async def test_the_buttons_above_a_strangers_chat_are_the_same_everywhere_and_stay_away(alice, bob, to_bob):
    asked = functions.messages.GetPeerSettings(peer=to_bob)
    full = functions.users.GetFullUser(id=alice.user(bob))

    async def shown():
        settings = (await alice.call(asked)).settings
        assert settings == (await alice.call(full)).full_user.settings
        return settings.report_spam, settings.add_contact, settings.block_contact

    assert await shown() == (True, True, True)
    await alice.call(functions.contacts.Block(id=to_bob))
    assert await shown() == (True, True, False)
    await alice.call(functions.contacts.Unblock(id=to_bob))
    hide = functions.messages.HidePeerSettingsBar(peer=to_bob)
    assert await alice.call(hide) is True
    assert await alice.call(hide) is True
    assert await shown() == (False, False, False)
    events = alice.server.messenger.recorder
    assert events.of(BarHidden) == [BarHidden(alice.account, Peer.user(bob.account), int(alice.key))]
    himself = functions.messages.GetPeerSettings(peer=types.InputPeerSelf())
    assert (await alice.call(himself)).settings == types.PeerSettings()


async def test_every_chat_that_is_marked_as_unread_is_named_however_long_the_list(server, alice, bob, monkeypatch):
    monkeypatch.setattr("parley.messenger.messages.rules.PAGE_LIMIT", 1)
    carol = await server.person("+4930333333", "Carol")
    group = await alice.found(megagroup=True)
    for other in (bob, carol):
        await alice.write(other, "hello")
    for peer in (alice.peer(bob), alice.peer(carol), alice.peer(group)):
        mark = functions.messages.MarkDialogUnread(unread=True, peer=types.InputDialogPeer(peer=peer))
        assert await alice.call(mark) is True
    marked = await alice.call(functions.messages.GetDialogUnreadMarks())
    names = {getattr(m.peer, "user_id", None) or m.peer.channel_id for m in marked}
    assert names == {bob.account, carol.account, group}
    await alice.call(functions.messages.MarkDialogUnread(peer=types.InputDialogPeer(peer=alice.peer(group))))
    assert len(await alice.call(functions.messages.GetDialogUnreadMarks())) == 2


async def test_pins_come_first_in_their_order_and_a_chat_named_twice_is_pinned_once(server, alice, bob, to_bob):
    carol = await server.person("+4930333333", "Carol")
    for other in (carol, bob):
        await alice.write(other, "hello")
    chats = [types.InputDialogPeer(peer=peer) for peer in (alice.peer(carol), to_bob, alice.peer(carol))]
    await alice.call(functions.messages.ReorderPinnedDialogs(folder_id=0, order=chats))
    pinned = await alice.call(functions.messages.GetPinnedDialogs(folder_id=0))
    assert [dialog.peer.user_id for dialog in pinned.dialogs] == [carol.account, bob.account]
    assert [m.message for m in pinned.messages] == ["hello", "hello"]
    await alice.call(functions.messages.ToggleDialogPin(peer=chats[0]))
    pinned = await alice.call(functions.messages.GetPinnedDialogs(folder_id=0))
    assert [dialog.peer.user_id for dialog in pinned.dialogs] == [bob.account]
    assert (await alice.call(functions.messages.GetPinnedDialogs(folder_id=1))).dialogs == []
    many = [types.InputDialogPeer(peer=alice.peer(await alice.found())) for _ in range(6)]
    too_many = functions.messages.ReorderPinnedDialogs(folder_id=0, order=many)
    assert await alice.refused(too_many) == "PINNED_DIALOGS_TOO_MUCH"


async def test_named_chats_come_with_their_newest_message_and_the_state(server, alice, bob, to_bob):
    await bob.write(alice, "hello")
    await server.settle()
    named = functions.messages.GetPeerDialogs(
        peers=[types.InputDialogPeer(peer=to_bob), types.InputDialogPeer(peer=types.InputPeerSelf())]
    )
    found = await alice.call(named)
    assert [(d.unread_count, d.top_message) for d in found.dialogs] == [(1, found.messages[0].id), (0, 0)]
    assert (found.state.pts, found.state.unread_count) == (2, 1)
    folder = types.InputDialogPeerFolder(folder_id=1)
    assert await alice.refused(named.replaced(peers=[folder])) == "PEER_ID_INVALID"


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


async def test_a_channels_draft_is_told_as_gone_when_there_was_one(server, alice):
    channel = await alice.found()
    await alice.write(channel, "no draft before", clear_draft=True)
    assert server.messenger.recorder.of(DraftChanged) == []
    await alice.call(functions.messages.SaveDraft(peer=alice.peer(channel), message="hel"))
    await alice.write(channel, "hello", clear_draft=True)
    await alice.write(channel, "hello again", clear_draft=True)
    kept, gone = server.messenger.recorder.of(DraftChanged)
    assert kept.draft.text == "hel"
    assert gone == DraftChanged(alice.account, Peer.channel(channel), None, int(alice.key))
    assert (await dialog_with(alice, alice.peer(channel))).draft is None


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

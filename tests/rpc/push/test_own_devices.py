"""What somebody does on one device is to be seen on their other devices at once, and told to nobody else."""

import pytest

from parley.core.ids import ChannelId
from parley.core.peers import Peer
from parley.core.tasks import Supervisor
from parley.messenger.accounts.access import AccessHashes
from parley.messenger.accounts.model import NotifySettings, PrivacyRule, PrivacyRuleKind, PrivacySubject
from parley.messenger.accounts.preferences import USERS, scope_of
from parley.messenger.contacts.events import BlockChanged
from parley.messenger.messages.events import (
    BarHidden,
    DialogPinned,
    DraftChanged,
    MentionsRead,
    PinnedReordered,
    UnreadMarked,
)
from parley.messenger.messages.model import Draft, Entity, MessageId
from parley.messenger.updates.fanout import Fanout
from parley.rpc.push.encoder import PushEncoder
from parley.rpc.push.own_devices import OwnDevices
from parley.tl import layers, types
from tests.messenger.updates.test_fanout import Session

PHONE, TABLET, STRANGER = 1, 2, 3


@pytest.fixture
async def alice(messenger):
    return await messenger.sign_up("+4930111111", "Alice")


@pytest.fixture
async def bob(messenger):
    return await messenger.sign_up("+4930222222", "Bob")


@pytest.fixture
async def sessions(alice, bob):
    return {number: Session(number, layer=221 if number == TABLET else 229) for number in (PHONE, TABLET, STRANGER)}


@pytest.fixture
async def fanout(messenger, sessions, alice, bob):
    encoder = PushEncoder(messenger.clock, messenger.people, messenger.directory, AccessHashes(messenger.secrets))
    async with Supervisor() as tasks:
        made = Fanout(tasks, encoder, messenger.directory)
        made.start()
        for number, account in ((PHONE, alice), (TABLET, alice), (STRANGER, bob)):
            await made.attach(sessions[number], account)
        yield made


@pytest.fixture
def told(fanout, sessions):
    """The updates that the other device heard; nobody else heard any."""

    async def read():
        await fanout.settle()
        assert sessions[PHONE].heard == []
        assert sessions[STRANGER].heard == []
        session = sessions[TABLET]
        packed = [layers.get(session.layer).decode(body) for body in session.heard]
        session.heard.clear()
        return [update for updates in packed for update in updates.updates]

    return read


async def test_a_draft_with_its_form_and_its_answer_and_its_end(messenger, fanout, told, alice, bob):
    own, peer = OwnDevices(fanout), Peer.user(bob)
    draft = Draft("half a thought", messenger.clock.now(), (Entity("Bold", 0, 4),), MessageId(7), no_webpage=True)
    await own.draft_changed(DraftChanged(alice, peer, draft, PHONE))
    [update] = await told()
    assert update.peer == types.PeerUser(user_id=bob)
    assert (update.draft.message, update.draft.no_webpage) == ("half a thought", True)
    assert [type(e).__name__ for e in update.draft.entities] == ["MessageEntityBold"]
    assert update.draft.reply_to.reply_to_msg_id == 7
    await own.draft_changed(DraftChanged(alice, peer, None, PHONE))
    [update] = await told()
    assert isinstance(update.draft, types.DraftMessageEmpty)


async def test_pins_their_order_and_the_unread_mark(fanout, told, alice, bob):
    own, peer = OwnDevices(fanout), Peer.user(bob)
    await own.pinned(DialogPinned(alice, peer, pinned=True, origin=PHONE))
    await own.reordered(PinnedReordered(alice, (Peer.user(alice), peer), PHONE))
    await own.unread_marked(UnreadMarked(alice, peer, unread=True, origin=PHONE))
    pinned, ordered, marked = await told()
    assert (pinned.pinned, pinned.peer.peer.user_id) == (True, bob)
    assert [item.peer.user_id for item in ordered.order] == [alice, bob]
    assert (marked.unread, marked.peer.peer.user_id) == (True, bob)


async def test_buttons_that_were_put_away_and_mentions_that_were_looked_at(fanout, told, alice, bob):
    own, group = OwnDevices(fanout), ChannelId(5_000_000_001)
    await own.bar_hidden(BarHidden(alice, Peer.user(bob), PHONE))
    await own.mentions_read(MentionsRead(alice, group, (MessageId(3), MessageId(5)), PHONE))
    hidden, looked = await told()
    assert (hidden.peer.user_id, hidden.settings) == (bob, types.PeerSettings())
    assert (looked.channel_id, looked.messages) == (group, [3, 5])


async def test_how_loudly_a_chat_or_a_kind_of_chats_announces_itself(fanout, told, alice, bob):
    own = OwnDevices(fanout)
    muted = NotifySettings(show_previews=False, silent=True, mute_until=2**31 - 1, sound="none")
    own.notify_settings_changed(alice, scope_of(Peer.user(bob)), muted, PHONE)
    own.notify_settings_changed(alice, USERS, NotifySettings(silent=True), PHONE)
    chat, kind = await told()
    assert chat.peer.peer.user_id == bob
    shown = chat.notify_settings
    assert (shown.show_previews, shown.silent, shown.mute_until) == (False, True, 2**31 - 1)
    assert isinstance(shown.other_sound, types.NotificationSoundNone)
    assert isinstance(kind.peer, types.NotifyUsers)
    assert (kind.notify_settings.silent, kind.notify_settings.show_previews) == (True, True)


@pytest.mark.parametrize("subject", list(PrivacySubject))
async def test_privacy_with_the_people_whom_a_rule_names(fanout, told, sessions, alice, bob, subject):
    sessions[TABLET].layer = 229
    rules = [
        PrivacyRule(PrivacyRuleKind.ALLOW_USERS, frozenset({bob})),
        PrivacyRule(PrivacyRuleKind.DISALLOW_ALL),
    ]
    OwnDevices(fanout).privacy_changed(alice, subject, rules, PHONE)
    [update] = await told()
    assert update.key.TL_NAME.lower() == f"privacykey{subject.value.replace('_', '')}"
    assert [rule.TL_NAME for rule in update.rules] == ["privacyValueAllowUsers", "privacyValueDisallowAll"]
    assert update.rules[0].users == [bob]


async def test_who_is_blocked_and_what_one_is_called(messenger, fanout, told, alice, bob):
    own = OwnDevices(fanout)
    await own.blocked(BlockChanged(alice, Peer.user(bob), blocked=True, origin=PHONE))
    own.profile_changed(await messenger.accounts.update_profile(alice, first_name="Alicia"), PHONE)
    blocked, named = await told()
    assert (blocked.blocked, blocked.peer_id.user_id) == (True, bob)
    assert named.first_name == "Alicia"

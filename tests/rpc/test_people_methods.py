"""users.*, contacts.* and account.*: people find each other, and object ids of others are worth nothing."""

import pytest

from parley.core.peers import Peer
from parley.messenger.search.model import Entity
from parley.rpc.contacts.book import list_hash
from parley.tl import functions, types


@pytest.fixture
async def alice(server):
    return await server.person("+4930111111", "Alice", "alice_a")


async def test_a_username_leads_to_a_person_with_a_hash_for_the_asker_alone(server, alice, bob):
    found = await bob.call(functions.contacts.ResolveUsername(username="Alice_A"))
    [user] = found.users
    assert (found.peer.user_id, user.id, user.phone) == (alice.account, alice.account, None)
    mine = types.InputUser(user_id=user.id, access_hash=user.access_hash)
    full = (await bob.call(functions.users.GetFullUser(id=mine))).full_user
    assert full.settings.add_contact
    assert full.settings.report_spam
    mallory = await server.person("+4930333333", "Mallory")
    assert await mallory.refused(functions.users.GetFullUser(id=mine)) == "USER_ID_INVALID"
    assert await mallory.call(functions.users.GetUsers(id=[mine, types.InputUserSelf()])) != []
    [only_self] = await mallory.call(functions.users.GetUsers(id=[mine, types.InputUserSelf()]))
    assert only_self.id == mallory.account
    nobody = functions.contacts.ResolveUsername(username="nobody_at_all")
    assert await bob.refused(nobody) == "USERNAME_NOT_OCCUPIED"


async def test_an_imported_contact_is_named_as_its_owner_wrote_and_the_list_is_compared_by_hash(alice, bob):
    entry = types.InputPhoneContact(client_id=7, phone="+49 30 222222", first_name="Bobby", last_name="B")
    imported = await alice.call(functions.contacts.ImportContacts(contacts=[entry]))
    assert [(i.user_id, i.client_id) for i in imported.imported] == [(bob.account, 7)]
    listed = await alice.call(functions.contacts.GetContacts(hash=0))
    [user] = listed.users
    assert (user.first_name, user.contact, user.mutual_contact, user.phone) == ("Bobby", True, False, "4930222222")
    known = list_hash([1, bob.account])
    again = await alice.call(functions.contacts.GetContacts(hash=known))
    assert isinstance(again, types.contacts.ContactsNotModified)

    add = functions.contacts.AddContact(id=bob.user(alice), first_name="Al", last_name="", phone="")
    told = await bob.call(add)
    assert isinstance(told.updates[0], types.UpdatePeerSettings)
    [user] = (await alice.call(functions.contacts.GetContacts(hash=0))).users
    assert user.mutual_contact
    await bob.call(functions.contacts.DeleteContacts(id=[bob.user(alice)]))
    assert (await bob.call(functions.contacts.GetContacts(hash=0))).contacts == []


async def test_blocking_is_listed_and_taken_back(alice, bob):
    peer = alice.user(bob)
    as_peer = types.InputPeerUser(user_id=peer.user_id, access_hash=peer.access_hash)
    assert await alice.call(functions.contacts.Block(id=as_peer)) is True
    listed = await alice.call(functions.contacts.GetBlocked(offset=0, limit=10))
    assert [entry.peer_id.user_id for entry in listed.blocked] == [bob.account]
    full = (await alice.call(functions.users.GetFullUser(id=peer))).full_user
    assert full.blocked
    await alice.call(functions.contacts.Unblock(id=as_peer))
    assert (await alice.call(functions.contacts.GetBlocked(offset=0, limit=10))).blocked == []


async def test_statuses_follow_presence_and_privacy(alice, bob):
    await alice.call(functions.contacts.AddContact(id=alice.user(bob), first_name="Bob", last_name="", phone=""))
    await bob.call(functions.account.UpdateStatus(offline=False))
    [status] = await alice.call(functions.contacts.GetStatuses())
    assert isinstance(status.status, types.UserStatusOnline)
    nobody = functions.account.SetPrivacy(
        key=types.InputPrivacyKeyStatusTimestamp(), rules=[types.InputPrivacyValueDisallowAll()]
    )
    shown = await bob.call(nobody)
    assert [rule.TL_NAME for rule in shown.rules] == ["privacyValueDisallowAll"]
    [status] = await alice.call(functions.contacts.GetStatuses())
    assert isinstance(status.status, types.UserStatusRecently)
    named = functions.account.SetPrivacy(
        key=types.InputPrivacyKeyStatusTimestamp(),
        rules=[types.InputPrivacyValueAllowUsers(users=[bob.user(alice)]), types.InputPrivacyValueDisallowAll()],
    )
    assert [user.id for user in (await bob.call(named)).users] == [alice.account]


@pytest.mark.parametrize(
    "key",
    ["StatusTimestamp", "ChatInvite", "PhoneCall", "PhoneP2P", "Forwards", "ProfilePhoto", "PhoneNumber",
     "AddedByPhone", "VoiceMessages", "About", "Birthday", "StarGiftsAutoSave", "NoPaidMessages", "SavedMusic"],
)  # fmt: skip
async def test_every_privacy_key_has_rules(alice, key):
    made = getattr(types, f"InputPrivacyKey{key}")()
    rules = (await alice.call(functions.account.GetPrivacy(key=made))).rules
    expected = "privacyValueAllowContacts" if key == "PhoneNumber" else "privacyValueAllowAll"
    assert [rule.TL_NAME for rule in rules] == [expected]


async def test_a_profile_and_username_change_through_calls(alice, bob):
    user = await alice.call(functions.account.UpdateProfile(last_name="Adams", about="Sailing"))
    assert (user.first_name, user.last_name) == ("Alice", "Adams")
    full = (await bob.call(functions.users.GetFullUser(id=bob.user(alice)))).full_user
    assert full.about == "Sailing"
    assert await bob.call(functions.account.CheckUsername(username="alice_a")) is False
    assert await bob.refused(functions.account.UpdateUsername(username="alice_a")) == "USERNAME_OCCUPIED"
    assert await bob.refused(functions.account.UpdateUsername(username="x")) == "USERNAME_INVALID"


async def test_notification_settings_are_kept_per_chat_and_kind(alice, bob):
    peer = alice.user(bob)
    as_peer = types.InputPeerUser(user_id=peer.user_id, access_hash=peer.access_hash)
    chat = types.InputNotifyPeer(peer=as_peer)
    muted = types.InputPeerNotifySettings(mute_until=2**31 - 1, sound=types.NotificationSoundNone())
    assert await alice.call(functions.account.UpdateNotifySettings(peer=chat, settings=muted)) is True
    kept = await alice.call(functions.account.GetNotifySettings(peer=chat))
    assert (kept.mute_until, kept.other_sound) == (2**31 - 1, types.NotificationSoundNone())
    kind = await alice.call(functions.account.GetNotifySettings(peer=types.InputNotifyUsers()))
    assert (kind.show_previews, kind.mute_until) == (True, 0)
    told = await alice.call(functions.account.GetNotifyExceptions())
    assert [update.peer.peer.user_id for update in told.updates] == [bob.account]


async def test_small_switches_are_kept(alice):
    days = functions.account.SetAccountTTL(ttl=types.AccountDaysTTL(days=180))
    assert await alice.call(days) is True
    assert (await alice.call(functions.account.GetAccountTTL())).days == 180
    wanted = types.GlobalPrivacySettings(hide_read_marks=True)
    await alice.call(functions.account.SetGlobalPrivacySettings(settings=wanted))
    assert (await alice.call(functions.account.GetGlobalPrivacySettings())).hide_read_marks
    assert await alice.call(functions.account.SetContactSignUpNotification(silent=True)) is True
    assert await alice.call(functions.account.SetContentSettings()) is True
    push = functions.account.RegisterDevice(token_type=2, token="x", app_sandbox=False, secret=b"", other_uids=[])
    assert await alice.refused(push) == "TOKEN_TYPE_INVALID"


@pytest.mark.parametrize(
    ("function", "refusal"),
    [
        (functions.account.SetContactSignUpNotification(silent=False), "SETTINGS_INVALID"),
        (functions.account.SetContentSettings(sensitive_enabled=True), "SENSITIVE_CHANGE_FORBIDDEN"),
        *(
            (
                functions.account.SetGlobalPrivacySettings(settings=types.GlobalPrivacySettings(**{mark: True})),
                refusal,
            )
            for mark, refusal in (
                ("archive_and_mute_new_noncontact_peers", "AUTOARCHIVE_NOT_AVAILABLE"),
                ("keep_archived_unmuted", "SETTINGS_INVALID"),
                ("keep_archived_folders", "SETTINGS_INVALID"),
                ("new_noncontact_peers_require_premium", "PRIVACY_VALUE_INVALID"),
            )
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else value.TL_NAME,
)
async def test_a_switch_without_effect_is_refused_and_not_silently_kept(alice, function, refusal):
    """The client puts the switch back, so that nobody relies on what does not happen."""
    assert await alice.refused(function) == refusal


@pytest.mark.parametrize(
    "function",
    [
        functions.account.GetThemes(format="android", hash=0),
        functions.account.GetChatThemes(hash=0),
        functions.account.GetWallPapers(hash=0),
        functions.account.GetSavedRingtones(hash=0),
        functions.account.GetDefaultEmojiStatuses(hash=0),
        functions.account.GetConnectedBots(),
        functions.account.GetPasskeys(),
        functions.account.GetWebAuthorizations(),
        functions.account.GetContentSettings(),
        functions.account.GetContactSignUpNotification(),
        functions.contacts.GetTopPeers(correspondents=True, offset=0, limit=10, hash=0),
        functions.contacts.GetBirthdays(),
        functions.contacts.GetSponsoredPeers(q="x"),
        functions.contacts.GetContactIDs(hash=0),
        functions.help.GetTimezonesList(hash=0),
        functions.help.GetPeerColors(hash=0),
        functions.help.GetPeerProfileColors(hash=0),
        functions.help.GetPromoData(),
        functions.help.GetSupport(),
    ],
    ids=lambda function: function.TL_NAME,
)
async def test_what_clients_ask_on_start_is_answered(alice, function):
    await alice.call(function)


async def test_search_finds_ones_own_first_then_what_is_listed_and_nothing_that_is_gone(server, alice, bob):
    carol = await server.person("+4930555555", "Alicia", "alicia_c")
    gone = await server.person("+4930666666", "Alicia", "alicia_gone")
    await bob.call(functions.contacts.AddContact(id=bob.user(alice), first_name="Ali", last_name="", phone=""))
    entities = [
        Entity(Peer.user(person.account), "Alicia", name)
        for person, name in ((alice, "alice_a"), (carol, "alicia_c"), (gone, "alicia_gone"))
    ]
    server.index.put_entities(entities)
    server.index.commit()
    await gone.call(functions.account.DeleteAccount(reason=""))
    found = await bob.call(functions.contacts.Search(q="alicia", limit=10))
    assert [peer.user_id for peer in found.results if peer.user_id != alice.account] == [carol.account]
    found = await bob.call(functions.contacts.Search(q="ali", limit=10))
    assert [peer.user_id for peer in found.my_results] == [alice.account]
    assert alice.account not in [peer.user_id for peer in found.results]
    assert await bob.refused(functions.contacts.Search(q="  ", limit=10)) == "SEARCH_QUERY_EMPTY"
    assert await bob.refused(functions.contacts.Search(q="al", limit=10)) == "QUERY_TOO_SHORT"

"""Profile, username, privacy, presence and deletion, as the people concerned notice them."""

import pytest

from parley.core.peers import Peer
from parley.messenger.accounts import rules
from parley.messenger.accounts.events import AccountDeleted, UsernameChanged
from parley.messenger.accounts.model import (
    NotifySettings,
    Presence,
    PrivacyRule,
    PrivacyRuleKind,
    PrivacySubject,
    StatusKind,
)
from parley.messenger.accounts.preferences import scope_of
from parley.messenger.errors import BadRequest


@pytest.mark.parametrize(
    ("text", "digits"),
    [("+49 (30) 123-45.67", "49301234567"), ("0044 20 79460000", "442079460000"), ("9996612345", "9996612345")],
)
def test_a_number_is_found_however_it_is_written(text, digits):
    assert rules.normalise_phone(text) == digits


@pytest.mark.parametrize("text", ["", "+", "abc", "+0123456789", "+123456", "+1234567890123456", "+49x301234567"])
def test_what_is_no_number_is_refused(text):
    with pytest.raises(BadRequest, match="PHONE_NUMBER_INVALID"):
        rules.normalise_phone(text)


@pytest.mark.parametrize(
    "name",
    ["abcd", "a" * 33, "1alice", "_alice", "alice_", "al__ice", "al ice", "älice", "support", "Parley", "my_bot"],
)
def test_bad_and_reserved_usernames_are_refused(name):
    with pytest.raises(BadRequest, match="USERNAME_INVALID"):
        rules.username(name)


def test_a_username_keeps_its_owners_spelling():
    assert rules.username("@Alice_Adams9") == "Alice_Adams9"


async def test_a_username_is_held_by_one_and_free_again_when_given_back(messenger):
    alice = await messenger.sign_up("+4930111111", "Alice", username="Alice_A")
    bob = await messenger.sign_up("+4930222222", "Bob")
    assert await messenger.accounts.by_username("@aLICE_a") == Peer.user(alice)
    assert not await messenger.accounts.check_username(bob, "alice_a")
    with pytest.raises(BadRequest, match="USERNAME_OCCUPIED"):
        await messenger.accounts.set_username(bob, "ALICE_A")
    with pytest.raises(BadRequest, match="USERNAME_NOT_MODIFIED"):
        await messenger.accounts.set_username(alice, "Alice_A")

    await messenger.accounts.set_username(alice, "alice_a")
    assert (await messenger.accounts.get(alice)).username == "alice_a"
    await messenger.accounts.set_username(alice, "")
    assert await messenger.accounts.by_username("alice_a") is None
    await messenger.accounts.set_username(bob, "alice_a")
    assert await messenger.accounts.by_username("alice_a") == Peer.user(bob)
    assert messenger.recorder.of(UsernameChanged)[-1] == UsernameChanged("alice_a", Peer.user(bob))


async def test_a_profile_changes_only_where_it_is_asked_to(messenger):
    alice = await messenger.sign_up("+4930111111", "Alice", "Adams")
    after = await messenger.accounts.update_profile(alice, about="Sailing")
    assert (after.first_name, after.last_name, after.about) == ("Alice", "Adams", "Sailing")
    with pytest.raises(BadRequest, match="FIRSTNAME_INVALID"):
        await messenger.accounts.update_profile(alice, first_name="   ")
    with pytest.raises(BadRequest, match="ABOUT_TOO_LONG"):
        await messenger.accounts.update_profile(alice, about="x" * 71)


async def test_a_deleted_account_frees_its_identifiers_and_ends_its_devices(messenger):
    alice = await messenger.sign_up("+4930111111", "Alice", username="alice_a")
    [device] = await messenger.devices.list(alice)
    await messenger.accounts.delete(alice)
    await messenger.accounts.delete(alice)

    gone = await messenger.accounts.get(alice)
    assert gone.deleted
    assert (gone.first_name, gone.username) == ("", None)
    assert await messenger.accounts.by_username("alice_a") is None
    assert await messenger.devices.account_of(device.auth_key_id) is None
    assert messenger.recorder.of(AccountDeleted) == [AccountDeleted(alice)]
    assert await messenger.sign_up("+4930111111", "Somebody else") != alice


async def test_last_seen_is_exact_for_those_who_may_see_it_and_rough_for_others(clock):
    seen = Presence(clock.now(), None)
    clock.advance(3600)
    assert rules.visible_status(seen, clock.now(), exact=True).at == seen.seen_at
    assert rules.visible_status(seen, clock.now(), exact=False).kind is StatusKind.RECENTLY
    clock.advance(86400 * 4)
    assert rules.visible_status(seen, clock.now(), exact=False).kind is StatusKind.LAST_WEEK
    clock.advance(86400 * 30)
    assert rules.visible_status(seen, clock.now(), exact=False).kind is StatusKind.EMPTY


async def test_online_lasts_while_the_client_repeats_it(messenger):
    alice = await messenger.sign_up("+4930111111", "Alice")
    await messenger.presence.online(alice)
    [(first)] = (await messenger.presence.get_many([alice])).values()
    messenger.clock.advance(30)
    await messenger.presence.online(alice)
    assert (await messenger.presence.get_many([alice]))[alice] == first
    messenger.clock.advance(60)
    await messenger.presence.online(alice)
    assert (await messenger.presence.get_many([alice]))[alice].seen_at == messenger.clock.now()
    await messenger.presence.offline(alice)
    assert (await messenger.presence.get_many([alice]))[alice].online_until is None


def test_a_named_person_overrides_the_rule_for_contacts_and_for_everybody():
    contacts = PrivacyRule(PrivacyRuleKind.ALLOW_CONTACTS)
    everybody = PrivacyRule(PrivacyRuleKind.ALLOW_ALL)
    never_two = PrivacyRule(PrivacyRuleKind.DISALLOW_USERS, frozenset({2}))
    always_three = PrivacyRule(PrivacyRuleKind.ALLOW_USERS, frozenset({3}))
    assert not rules.allows([everybody, never_two], 2, viewer_is_contact=True)
    assert rules.allows([contacts, always_three], 3, viewer_is_contact=False)
    assert rules.allows([contacts], 4, viewer_is_contact=True)
    assert not rules.allows([contacts], 4, viewer_is_contact=False)
    assert not rules.allows([PrivacyRule(PrivacyRuleKind.DISALLOW_CONTACTS), everybody], 4, viewer_is_contact=True)


async def test_privacy_survives_a_restart(messenger, restarted):
    alice = await messenger.sign_up("+4930111111", "Alice")
    chosen = (
        PrivacyRule(PrivacyRuleKind.ALLOW_USERS, frozenset({777000})),
        PrivacyRule(PrivacyRuleKind.DISALLOW_ALL),
    )
    await messenger.privacy.set(alice, PrivacySubject.STATUS_TIMESTAMP, chosen)
    assert await restarted.privacy.get(alice, PrivacySubject.STATUS_TIMESTAMP) == chosen
    with pytest.raises(BadRequest, match="PRIVACY_VALUE_INVALID"):
        await messenger.privacy.set(alice, PrivacySubject.ABOUT, [])


async def test_notification_settings_and_switches_survive_a_restart(messenger, restarted):
    alice = await messenger.sign_up("+4930111111", "Alice")
    scope = scope_of(Peer.user(777000))
    await messenger.preferences.set_notify_settings(alice, scope, NotifySettings(mute_until=2**31 - 1))
    await messenger.preferences.set_setting(alice, "account_ttl_days", 180)
    assert (await restarted.preferences.notify_settings(alice, scope)).mute_until == 2**31 - 1
    assert await restarted.preferences.notify_settings(alice, "users") == NotifySettings()
    assert await restarted.preferences.setting(alice, "account_ttl_days", 365) == 180
    assert await restarted.preferences.setting(alice, "unknown", "x") == "x"

"""Address books: people find those whose numbers they have, and see of them what privacy allows."""

import pytest

from parley.core.peers import Peer
from parley.messenger.accounts.model import PrivacyRule, PrivacyRuleKind, PrivacySubject, StatusKind
from parley.messenger.contacts.events import BlockChanged, ContactsChanged
from parley.messenger.contacts.model import PhoneEntry
from parley.messenger.errors import BadRequest

NOBODY = (PrivacyRule(PrivacyRuleKind.DISALLOW_ALL),)


@pytest.fixture
async def alice(messenger):
    return await messenger.sign_up("+4930111111", "Alice", "Adams")


@pytest.fixture
async def bob(messenger):
    return await messenger.sign_up("+4930222222", "Bob")


async def test_an_imported_number_leads_to_its_account_and_the_rest_is_not_kept(messenger, alice, bob):
    found = await messenger.contacts.import_phones(
        alice,
        [
            PhoneEntry(1, "+49 30 222222", "Bobby", ""),
            PhoneEntry(2, "+49 30 999999", "Stranger", ""),
            PhoneEntry(3, "not a number", "Nobody", ""),
            PhoneEntry(4, "+4930111111", "Me", ""),
        ],
    )
    assert [(entry.client_id, entry.account_id) for entry in found] == [(1, bob)]
    person = await messenger.people.one(alice, bob)
    assert (person.first_name, person.contact, person.mutual, person.phone) == ("Bobby", True, False, "4930222222")
    assert messenger.recorder.of(ContactsChanged) == [ContactsChanged(alice, (bob,))]


async def test_two_who_have_each_other_are_mutual_contacts(messenger, alice, bob):
    await messenger.contacts.add(alice, bob, "Bob", "")
    assert not (await messenger.people.one(alice, bob)).mutual
    await messenger.contacts.add(bob, alice, "Alice", "")
    assert (await messenger.people.one(alice, bob)).mutual
    assert (await messenger.people.one(bob, alice)).mutual
    await messenger.contacts.delete(bob, [alice])
    assert not (await messenger.people.one(alice, bob)).mutual


async def test_a_number_is_shown_to_the_owners_contacts_only(messenger, alice, bob):
    assert (await messenger.people.one(alice, bob)).phone is None
    await messenger.contacts.add(bob, alice, "Alice", "")
    assert (await messenger.people.one(alice, bob)).phone == "4930222222"
    assert (await messenger.people.one(bob, alice)).phone is None
    await messenger.contacts.add(alice, bob, "Bob", "", share_phone=True)
    assert (await messenger.people.one(bob, alice)).phone == "4930111111"


async def test_a_false_number_sent_along_teaches_nobody_the_true_one(messenger, alice, bob):
    await messenger.contacts.add(alice, bob, "Bob", "", phone="+4930333333")
    assert (await messenger.people.one(alice, bob)).phone is None


async def test_who_does_not_want_to_be_found_by_number_is_not(messenger, alice, bob):
    await messenger.privacy.set(bob, PrivacySubject.ADDED_BY_PHONE, NOBODY)
    assert await messenger.contacts.import_phones(alice, [PhoneEntry(1, "+4930222222", "B", "")]) == []
    with pytest.raises(BadRequest, match="PHONE_NOT_OCCUPIED"):
        await messenger.contacts.by_phone(alice, "+4930222222")


async def test_a_hidden_last_seen_is_rough_in_both_directions(messenger, alice, bob):
    await messenger.presence.online(alice)
    await messenger.presence.online(bob)
    assert (await messenger.people.one(alice, bob)).status.kind is StatusKind.ONLINE
    await messenger.privacy.set(bob, PrivacySubject.STATUS_TIMESTAMP, NOBODY)
    assert (await messenger.people.one(alice, bob)).status.kind is StatusKind.RECENTLY
    assert (await messenger.people.one(bob, alice)).status.kind is StatusKind.RECENTLY


async def test_a_blocked_person_sees_nothing_of_the_blockers_presence(messenger, restarted, alice, bob):
    await messenger.presence.online(alice)
    await messenger.blocks.block(alice, Peer.user(bob))
    await messenger.blocks.block(alice, Peer.user(bob))
    assert await restarted.blocks.is_blocked(alice, bob)
    assert (await restarted.people.one(bob, alice)).status.kind is StatusKind.EMPTY
    assert messenger.recorder.of(BlockChanged) == [BlockChanged(alice, Peer.user(bob), blocked=True)]
    await messenger.blocks.unblock(alice, Peer.user(bob))
    assert not await messenger.blocks.is_blocked(alice, bob)
    with pytest.raises(BadRequest, match="PEER_ID_INVALID"):
        await messenger.blocks.block(alice, Peer.user(alice))


async def test_a_contact_needs_a_name_and_an_account(messenger, alice, bob):
    with pytest.raises(BadRequest, match="CONTACT_NAME_EMPTY"):
        await messenger.contacts.add(alice, bob, " ", "")
    for nobody in (alice, 5):
        with pytest.raises(BadRequest, match="CONTACT_ID_INVALID"):
            await messenger.contacts.add(alice, nobody, "X", "")


async def test_a_warm_view_of_people_costs_no_statement(messenger, alice, bob):
    await messenger.contacts.add(alice, bob, "Bob", "")
    before = await messenger.people.seen_by(alice, [alice, bob, 777000])
    messenger.accounts._db = messenger.books._db = messenger.blocks._db = None
    messenger.presence._db = messenger.privacy._db = None
    assert await messenger.people.seen_by(alice, [alice, bob, 777000]) == before
    assert before[777000].account.verified


async def test_a_deleted_account_takes_its_address_book_along(messenger, alice, bob):
    await messenger.contacts.add(alice, bob, "Bob", "")
    await messenger.blocks.block(alice, Peer.user(bob))
    await messenger.accounts.delete(alice)
    await messenger.contacts.account_deleted(alice)
    await messenger.contacts.account_deleted(alice)
    assert await messenger.books.of(alice) == {}
    assert (await messenger.people.one(bob, alice)).account.deleted

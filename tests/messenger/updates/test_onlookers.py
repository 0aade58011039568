"""A person's coming and going is told at once to those near them, and to nobody who may not know the time."""

import asyncio

import pytest

from parley.core.ids import AccountId, box_of_account
from parley.core.tasks import Supervisor
from parley.messenger.accounts.model import PrivacyRule, PrivacyRuleKind, PrivacySubject, StatusKind
from parley.messenger.messages.boxes import Append, append_writer
from parley.messenger.messages.model import NewMessage
from parley.messenger.updates.fanout import Fanout
from parley.messenger.updates.onlookers import Onlookers
from tests.journeys.waiting import LIMIT_S
from tests.messenger.conftest import Messenger
from tests.messenger.updates.test_fanout import Everybody, PlainEncoder, Session

NOBODY = (PrivacyRule(PrivacyRuleKind.DISALLOW_ALL),)


@pytest.fixture
async def alice(messenger: Messenger) -> AccountId:
    return await messenger.sign_up("+4930111111", "Alice")


@pytest.fixture
async def bob(messenger: Messenger) -> AccountId:
    return await messenger.sign_up("+4930222222", "Bob")


@pytest.fixture
async def fanout(messenger: Messenger, alice: AccountId) -> Fanout:
    """Alice has a session here."""
    made = Fanout(Supervisor(), PlainEncoder(), Everybody())
    await made.attach(Session(1), alice)
    return made


@pytest.fixture
def onlookers(messenger: Messenger, fanout: Fanout) -> Onlookers:
    return Onlookers(messenger.pools.of("messenger"), fanout, messenger.people)


async def test_a_stranger_hears_nothing_though_they_noted_the_person(
    messenger: Messenger, onlookers: Onlookers, alice: AccountId, bob: AccountId
) -> None:
    await messenger.contacts.add(alice, bob, "Bob", "")
    await messenger.presence.online(bob)
    assert await onlookers.of(bob) == {}


async def test_whom_the_person_keeps_as_a_contact_hears(
    messenger: Messenger, onlookers: Onlookers, alice: AccountId, bob: AccountId
) -> None:
    await messenger.contacts.add(bob, alice, "Alice", "")
    await messenger.presence.online(bob)
    assert (await onlookers.of(bob))[alice].kind is StatusKind.ONLINE
    messenger.clock.advance(120)
    await messenger.presence.offline(bob)
    gone = (await onlookers.of(bob))[alice]
    assert (gone.kind, gone.at) == (StatusKind.OFFLINE, messenger.clock.now())
    assert await onlookers.of(alice) == {}, "bob has no session here, and nobody hears of themselves"


async def test_who_shares_a_chat_hears(
    messenger: Messenger, onlookers: Onlookers, alice: AccountId, bob: AccountId
) -> None:
    hello = NewMessage(text="hello", random_id=1)
    async with Supervisor() as tasks, asyncio.timeout(LIMIT_S):
        writer = append_writer(messenger.pools.of("messenger"), tasks)
        box, peer = box_of_account(bob), box_of_account(alice)
        await writer.write(Append(box, peer, bob, bob, messenger.clock.now(), True, hello, None))
    await messenger.presence.online(bob)
    assert list(await onlookers.of(bob)) == [alice]


async def test_who_may_know_it_only_roughly_is_not_told_at_the_moment(
    messenger: Messenger, onlookers: Onlookers, alice: AccountId, bob: AccountId
) -> None:
    await messenger.contacts.add(bob, alice, "Alice", "")
    await messenger.privacy.set(bob, PrivacySubject.STATUS_TIMESTAMP, NOBODY)
    await messenger.presence.online(bob)
    person = await messenger.people.one(alice, bob)
    assert person is not None
    assert person.status.kind is StatusKind.RECENTLY
    assert await onlookers.of(bob) == {}

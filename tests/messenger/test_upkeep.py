"""What has run out is really gone, and what people chose about unused devices and accounts is done."""

from datetime import timedelta

import pytest

from parley.core.ids import box_of_account, box_of_channel
from parley.messenger.accounts.idle import Idle
from parley.messenger.accounts.model import ACCOUNT_TTL, DEVICE_TTL
from parley.messenger.accounts.service import ACCOUNT_DELETED
from parley.messenger.channels.model import ChannelKind
from parley.messenger.upkeep import DeletionFollowUp, Upkeep
from parley.policy.library import Library
from parley.policy.service import Policies
from parley.storage.leases import Lease
from parley.storage.outbox import Relay

DAY_S = 86_400


@pytest.fixture
def idle(messenger):
    return Idle(messenger.pools.of("messenger"), messenger.clock, messenger.accounts, messenger.devices)


@pytest.fixture
def upkeep(messenger, idle):
    lease = Lease(messenger.pools.of("outbox"), "messenger upkeep")
    return Upkeep(
        lease, messenger.clock, accounts=messenger.accounts, sign_in=messenger.sign_in,
        auth_keys=messenger.auth_keys, idle=idle,
        identifiers_kept=timedelta(days=30),
    )  # fmt: skip


async def test_an_unused_device_is_signed_out_when_its_owner_said_so(messenger, idle):
    alice = await messenger.sign_up("+4930111111", "Alice")
    bob = await messenger.sign_up("+4930222222", "Bob")
    await messenger.preferences.set_setting(alice, DEVICE_TTL, 7)
    messenger.clock.advance(8 * DAY_S)
    assert await idle.end_devices() == 1
    assert await messenger.devices.list(alice) == []
    assert len(await messenger.devices.list(bob)) == 1


async def test_an_unused_account_is_deleted_when_its_owner_said_so_and_the_servers_own_never(messenger, idle):
    alice = await messenger.sign_up("+4930111111", "Alice")
    bob = await messenger.sign_up("+4930222222", "Bob")
    await messenger.preferences.set_setting(alice, ACCOUNT_TTL, 30)
    messenger.clock.advance(31 * DAY_S)
    await messenger.presence.online(bob)
    assert await idle.delete_accounts() == 1
    assert (await messenger.accounts.get(alice)).deleted
    messenger.clock.advance(400 * DAY_S)
    assert await idle.delete_accounts() == 1
    assert not (await messenger.accounts.get(777000)).deleted


async def test_the_chores_forget_what_has_run_out(messenger, upkeep):
    alice = await messenger.sign_up("+4930111111", "Alice", username="alice_a")
    await messenger.accounts.set_username(alice, "")
    messenger.clock.advance(31 * DAY_S)
    await upkeep.once()
    db = messenger.pools.of("messenger")
    assert await db.fetchval("SELECT count(*) FROM messenger.sign_in_codes") == 0
    assert await db.fetchval("SELECT count(*) FROM messenger.username_periods WHERE name = 'alice_a'") == 0
    assert await db.fetchval("SELECT count(*) FROM messenger.phone_periods") == 1


async def test_a_deleted_account_leaves_books_channels_and_acceptances(messenger):
    alice = await messenger.sign_up("+4930111111", "Alice")
    bob = await messenger.sign_up("+4930222222", "Bob")
    group, _ = await messenger.channels.create(bob, ChannelKind.SUPERGROUP, "Crew", "", 1)
    await messenger.members.invite(bob, group.channel_id, [alice])
    await messenger.contacts.add(alice, bob, "Bob", "")
    policies = Policies(messenger.pools.of("messenger"), messenger.clock, Library.load())
    await policies.accept(alice, (await policies.needs_acceptance(alice)).id)

    outbox = messenger.pools.of("outbox")
    relay = Relay(outbox, Lease(outbox, "outbox"))
    relay.handle(ACCOUNT_DELETED, DeletionFollowUp(messenger.contacts, messenger.members, policies).handle)
    await messenger.accounts.delete(alice)
    assert await relay.deliver_due() == 1
    assert await relay.deliver_due() == 0
    assert await messenger.books.of(alice) == {}
    assert (await messenger.directory.get(group.channel_id)).members == 1
    assert await policies.acceptances(alice) == []


async def test_deleting_an_account_or_a_channel_has_its_box_emptied(messenger):
    alice = await messenger.sign_up("+4930111111", "Alice")
    news, _ = await messenger.channels.create(alice, ChannelKind.BROADCAST, "News", "", 1)
    await messenger.channels.delete(alice, news.channel_id)
    await messenger.accounts.delete(alice)
    db = messenger.pools.of("messenger")
    rows = await db.fetch("SELECT box_id FROM messenger.boxes_to_empty")
    assert {row["box_id"] for row in rows} == {box_of_channel(news.channel_id), box_of_account(alice)}


async def test_nothing_says_what_a_signed_out_device_was(messenger):
    alice = await messenger.sign_up("+4930111111", "Alice")
    await messenger.accounts.delete(alice)
    db = messenger.pools.of("messenger")
    described = "SELECT count(*) FROM messenger.auth_keys WHERE device_model <> '' OR app_version <> ''"
    assert await db.fetchval(described) == 0


#: Tables of the messenger whose rows belong to an account, and what its deletion does to them.
GOES = frozenset({
    "boxes_to_empty", "messages", "events", "dialogs", "mentions", "contacts", "blocks", "devices", "privacy",
    "notify_settings", "account_settings", "presence", "phones", "account_channels", "retention_links",
})  # fmt: skip
STAYS = {
    "accounts": "an empty account, so that what it sent to others keeps a sender",
    "account_phones": "who held a number: as long as addresses",
    "phone_periods": "who held a number: as long as addresses",
    "auth_keys": "keys without an account and without a word of their device",
    "boxes": "counters that number what might still arrive",
    "relays": "copies on their way to others; gone when they have arrived",
    "calls": "what a call made, for two days",
    "channel_members": "that somebody was there, by their number alone, so that a ban still holds",
    "channel_invites": "links of channels that stay",
    "channel_invites_of": "links of channels that stay",
    "channels": "belong to nobody once their maker is gone",
    "removed_posts": "what a decision removed: 215 days",
    "suspended_channels": "belong to channels",
    "search_progress": "belongs to channels",
    "robot_progress": "belongs to the server's own accounts",
}


async def test_every_table_with_rows_of_an_account_says_what_deletion_does_to_them(messenger):
    """A new table that nobody thought of when accounts are deleted would make the privacy policy untrue."""
    rows = await messenger.pools.of("owner").fetch(
        "SELECT DISTINCT table_name FROM information_schema.columns WHERE table_schema = 'messenger'"
        " AND column_name IN ('account_id', 'box_id')"
    )
    assert {row["table_name"] for row in rows} == GOES | set(STAYS)

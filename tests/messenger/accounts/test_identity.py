"""The legal desk's door: who held which identifier when, for one identifier at a time, and nothing else."""

import asyncpg
import pytest

from parley.messenger.accounts.identity import Identifier, IdentifierKind, Identities, parse

PHONE = "+4930111111"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("@Alice_A", Identifier(IdentifierKind.USERNAME, "alice_a")),
        (" +49 30 111111 ", Identifier(IdentifierKind.PHONE, "4930111111")),
        ("1234567890", Identifier(IdentifierKind.ACCOUNT, "1234567890")),
        ("alice", None),
        ("+12", None),
        ("0", None),
    ],
)
def test_an_order_names_an_account_by_id_username_or_number(text, expected):
    assert parse(text) == expected


async def test_a_recycled_username_leads_to_the_person_who_held_it_then(messenger, secrets):
    alice = await messenger.sign_up(PHONE, "Alice")
    mallory = await messenger.sign_up("+4930222222", "Mallory")
    start = messenger.clock.now()
    await messenger.accounts.set_username(mallory, "papers")
    messenger.clock.advance(3600)
    await messenger.accounts.set_username(mallory, "")
    messenger.clock.advance(3600)
    await messenger.accounts.set_username(alice, "Papers")
    now = messenger.clock.now()

    legal, identities = messenger.pools.of("legal"), Identities(secrets)
    name = parse("@PAPERS")
    assert await identities.find(legal, name, start) == mallory
    assert await identities.find(legal, name, now) == alice
    held = await identities.holders(legal, name, start, now)
    assert [period.account_id for period in held] == [mallory, alice]
    between = start.replace(hour=start.hour + 1, minute=30)
    assert await identities.find(legal, name, between) is None


async def test_the_number_of_a_deleted_account_is_known_until_its_period_is_purged(messenger, secrets):
    alice = await messenger.sign_up(PHONE, "Alice")
    signed_up = messenger.clock.now()
    messenger.clock.advance(60)
    await messenger.accounts.delete(alice)
    other = await messenger.sign_up(PHONE, "Other")
    legal, identities = messenger.pools.of("legal"), Identities(secrets)

    assert await identities.find(legal, parse(PHONE), signed_up) == alice
    assert await identities.find(legal, parse(PHONE), messenger.clock.now()) == other
    assert await identities.phone_of(legal, alice) == "4930111111"
    assert await identities.phone_of(legal, alice, messenger.clock.now()) is None
    assert await identities.phone_of(legal, other) == "4930111111"

    messenger.clock.advance(60)
    await messenger.accounts.purge_periods(messenger.clock.now())
    assert await identities.find(legal, parse(PHONE), signed_up) is None
    assert await identities.phone_of(legal, alice) is None
    assert await identities.find(legal, parse(PHONE), messenger.clock.now()) == other


@pytest.mark.parametrize(
    "table", ["accounts", "phones", "account_phones", "phone_periods", "usernames", "username_periods",
              "contacts", "devices", "auth_keys", "channels", "channel_members"]
)  # fmt: skip
async def test_the_legal_role_reads_no_table_of_the_messenger(pools, table):
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await pools.of("legal").fetch(f"SELECT * FROM messenger.{table}")


@pytest.mark.parametrize("duty", ["safety", "economy", "staff", "messenger"])
async def test_no_other_duty_may_ask_who_held_an_identifier(pools, duty):
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await pools.of(duty).fetch("SELECT * FROM identity.holders_of_username('x')")

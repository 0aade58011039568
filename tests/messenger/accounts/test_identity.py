"""The legal desk's door: who held which identifier when, for one identifier at a time, and nothing else."""

import asyncpg
import pytest

from parley.messenger.accounts.identity import Identifier, IdentifierKind, LookUpRefused, Reason, parse
from parley.storage import audit
from tests.messenger.accounts.looking import NOW, Looking

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

    looking = Looking(messenger.pools, secrets)
    name = parse("@PAPERS")
    assert await looking.find(name, start) == mallory
    assert await looking.find(name, now) == alice
    held = await looking.holders(name, start, now)
    assert [period.account_id for period in held] == [mallory, alice]
    between = start.replace(hour=start.hour + 1, minute=30)
    assert await looking.find(name, between) is None


async def test_the_number_of_a_deleted_account_is_known_until_its_period_is_purged(messenger, secrets):
    alice = await messenger.sign_up(PHONE, "Alice")
    signed_up = messenger.clock.now()
    messenger.clock.advance(60)
    await messenger.accounts.delete(alice)
    other = await messenger.sign_up(PHONE, "Other")
    looking = Looking(messenger.pools, secrets)

    assert await looking.find(parse(PHONE), signed_up) == alice
    assert await looking.find(parse(PHONE), messenger.clock.now()) == other
    assert await looking.phone_of(alice) == "4930111111"
    assert await looking.phone_of(alice, messenger.clock.now()) is None
    assert await looking.phone_of(other) == "4930111111"

    messenger.clock.advance(60)
    await messenger.accounts.purge_periods(messenger.clock.now())
    assert await looking.find(parse(PHONE), signed_up) is None
    assert await looking.phone_of(alice) is None
    assert await looking.find(parse(PHONE), messenger.clock.now()) == other


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
        await pools.of(duty).fetch("SELECT * FROM identity.holders_of_username('x', 'order', now())")


@pytest.mark.parametrize("text", ["@papers", PHONE, "ID"])
async def test_nothing_is_looked_up_without_an_open_order_that_names_it(messenger, secrets, text):
    alice = await messenger.sign_up(PHONE, "Alice", username="papers")
    named = parse(str(alice) if text == "ID" else text)
    looking, legal, now = Looking(messenger.pools, secrets), messenger.pools.of("legal"), messenger.clock.now()
    other = await looking.order(parse("@somebody"))
    closed = await looking.order(named)
    await messenger.pools.of("owner").execute(
        "UPDATE legal.orders SET closed_at = $2 WHERE order_id = $1", closed, NOW
    )
    for order in ("no such order", other, closed):
        with pytest.raises(LookUpRefused):
            await looking.identities.holders(legal, named, now, now, Reason(order, NOW))
    assert await looking.find(named, now) == alice


async def test_a_number_is_looked_up_by_the_hash_that_its_order_carries_and_no_other(messenger, secrets):
    await messenger.sign_up(PHONE, "Alice")
    looking = Looking(messenger.pools, secrets)
    order = await looking.order(parse("+4930222222"))
    [key] = looking.identities.lookup_keys(parse(PHONE))
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await messenger.pools.of("legal").fetch(
            "SELECT * FROM identity.holders_of_phone($1, $2, $3)", key, order, NOW
        )


async def test_an_accounts_number_is_read_for_a_release_that_two_people_signed(messenger, secrets):
    alice = await messenger.sign_up(PHONE, "Alice")
    mallory = await messenger.sign_up("+4930222222", "Mallory")
    looking, legal = Looking(messenger.pools, secrets), messenger.pools.of("legal")
    refused = [
        "no such release",
        await looking.release(mallory),
        await looking.release(alice, signers=("lea",)),
        await looking.release(alice, state="prepared"),
        await looking.release(alice, state="delivered"),
    ]
    for release in refused:
        with pytest.raises(LookUpRefused):
            await looking.identities.phone_of(legal, alice, Reason(release, NOW))
    assert await looking.phone_of(alice) == PHONE[1:]


async def test_each_look_up_is_on_the_trail_whoever_calls_it(messenger, secrets):
    alice = await messenger.sign_up(PHONE, "Alice")
    looking, legal = Looking(messenger.pools, secrets), messenger.pools.of("legal")
    order, release = await looking.order(parse(str(alice))), await looking.release(alice)
    await legal.fetch("SELECT * FROM identity.life_of_account($1, $2, $3)", alice, order, NOW)
    await legal.fetch("SELECT * FROM identity.phones_of_account($1, $2, $3)", alice, release, NOW)
    number, holder = await audit.search(legal, limit=2)
    assert (holder.action, holder.subject, holder.actor) == ("identity.looked_up", order, "officer:roth")
    assert (number.action, number.subject, number.detail) == ("identity.number_read", release, {"account": alice})
    assert {holder.duty, number.duty} == {"parley_legal"}
    assert PHONE[1:] not in f"{holder} {number}"
    assert await audit.first_breach(legal) is None

"""People take their account along to a new number, and an order about either number finds the right one."""

import asyncio

import pytest

from parley.messenger.accounts.events import PhoneChanged
from parley.messenger.accounts.identity import parse
from parley.messenger.errors import BadRequest, MessengerError
from tests.messenger.accounts.looking import Looking

OLD, NEW, OTHER = "+4930111111", "+4930333333", "+4930444444"
DAY_S = 86_400


@pytest.fixture
async def alice(messenger):
    account = await messenger.sign_up(OLD, "Alice")
    messenger.clock.advance(DAY_S)
    return account


async def key_of(messenger, account):
    [device] = await messenger.devices.list(account)
    return device.auth_key_id


async def asked(messenger, account, phone):
    sent = await messenger.number.send_code(account, await key_of(messenger, account), phone)
    return sent.code_hash, messenger.codes.newest(phone)


async def change(messenger, account, phone, code_hash, code):
    await messenger.number.change(account, await key_of(messenger, account), phone, code_hash, code)


async def test_the_account_is_found_by_its_new_number_and_the_old_one_is_free(messenger, alice):
    await change(messenger, alice, NEW, *await asked(messenger, alice, NEW))
    assert await messenger.accounts.by_phone(NEW) == alice
    assert await messenger.accounts.by_phone(OLD) is None
    assert messenger.recorder.of(PhoneChanged) == [PhoneChanged(alice)]
    assert [account for account, _ in messenger.recorder.notices if account == alice]
    assert await messenger.sign_up(OLD, "Somebody else") != alice


async def test_each_number_leads_to_who_held_it_at_that_time(messenger, alice, secrets):
    before = messenger.clock.now()
    messenger.clock.advance(3600)
    await change(messenger, alice, NEW, *await asked(messenger, alice, NEW))
    changed = messenger.clock.now()
    messenger.clock.advance(3600)
    other = await messenger.sign_up(OLD, "Somebody else")
    now = messenger.clock.now()

    looking = Looking(messenger.pools, secrets)
    assert await looking.find(parse(OLD), before) == alice
    assert await looking.find(parse(OLD), changed) is None
    assert await looking.find(parse(OLD), now) == other
    assert await looking.find(parse(NEW), before) is None
    assert await looking.find(parse(NEW), changed) == alice
    assert await looking.phone_of(alice, before) == "4930111111"
    assert await looking.phone_of(alice, now) == "4930333333"


async def test_a_number_that_somebody_has_is_not_taken(messenger, alice):
    code_hash, code = await asked(messenger, alice, NEW)
    proof = await messenger.sign_in.send_code(NEW)
    newest = messenger.codes.newest(NEW)
    with pytest.raises(BadRequest, match="PHONE_CODE_EXPIRED"):
        await change(messenger, alice, NEW, code_hash, code)
    caller = await messenger.device()
    assert await messenger.sign_in.sign_in(caller, NEW, proof.code_hash, newest) is None
    bob = await messenger.sign_in.sign_up(caller, NEW, proof.code_hash, "Bob", "")
    with pytest.raises(BadRequest, match="PHONE_NUMBER_OCCUPIED"):
        await asked(messenger, alice, NEW)
    assert await messenger.accounts.by_phone(NEW) == bob
    assert await messenger.accounts.by_phone(OLD) == alice


async def test_a_wrong_code_changes_nothing(messenger, alice):
    code_hash, code = await asked(messenger, alice, NEW)
    wrong = "00000" if code != "00000" else "11111"
    with pytest.raises(BadRequest, match="PHONE_CODE_INVALID"):
        await change(messenger, alice, NEW, code_hash, wrong)
    assert await messenger.accounts.by_phone(OLD) == alice


async def test_a_device_that_has_just_signed_in_cannot_take_the_account_away(messenger):
    bob = await messenger.sign_up(OTHER, "Bob")
    with pytest.raises(MessengerError, match="FRESH_CHANGE_PHONE_FORBIDDEN"):
        await asked(messenger, bob, NEW)


async def test_two_changes_at_once_leave_one_number(messenger, alice):
    first, second = await asked(messenger, alice, NEW), await asked(messenger, alice, OTHER)
    await asyncio.gather(
        change(messenger, alice, NEW, *first), change(messenger, alice, OTHER, *second), return_exceptions=True
    )
    held = [await messenger.accounts.by_phone(number) for number in (OLD, NEW, OTHER)]
    assert held.count(alice) == 1
    db = messenger.pools.of("messenger")
    current = "SELECT count(*) FROM messenger.account_phones WHERE account_id = $1 AND until IS NULL"
    assert await db.fetchval(current, alice) == 1

"""Signing up and in: the right person gets in with the right code, and nobody else does."""

import pytest

from parley.core.auth_keys import ClientInfo
from parley.messenger.accounts.codes import Senders
from parley.messenger.accounts.events import AccountCreated, DeviceEnded, SignedIn
from parley.messenger.accounts.model import CodeChannel
from parley.messenger.errors import BadRequest, FloodWait, MessengerError

PHONE = "+49 30 1234567"
DIGITS = "49301234567"


async def test_a_new_number_signs_up_and_its_address_is_sealed(messenger):
    caller = await messenger.device()
    sent = await messenger.sign_in.send_code(PHONE)
    assert (sent.channel, sent.next_channel, sent.length) == (CodeChannel.SMS, None, 5)
    assert await messenger.sign_in.sign_in(caller, PHONE, sent.code_hash, messenger.codes.newest(DIGITS)) is None
    account = await messenger.sign_in.sign_up(caller, PHONE, sent.code_hash, " Alice ", "Adams")

    assert (await messenger.accounts.get(account)).first_name == "Alice"
    assert await messenger.accounts.phones([account]) == {account: DIGITS}
    assert await messenger.devices.account_of(caller.auth_key_id) == account
    assert messenger.recorder.of(AccountCreated) == [AccountCreated(account)]
    assert messenger.recorder.of(SignedIn) == [SignedIn(account, caller.auth_key_id)]
    assert messenger.recorder.sealed == [(account, *caller.address)]


async def test_a_known_number_gets_its_code_on_its_other_devices_and_by_sms_when_asked_again(messenger):
    account = await messenger.sign_up(PHONE, "Alice")
    caller = await messenger.device()
    sent = await messenger.sign_in.send_code(PHONE)
    assert (sent.channel, sent.next_channel) == (CodeChannel.SESSIONS, CodeChannel.SMS)
    [(receiver, text)] = messenger.recorder.notices
    assert receiver == account
    assert f"Login code: {messenger.codes.newest(DIGITS)}" in text

    again = await messenger.sign_in.resend_code(PHONE, sent.code_hash)
    assert again.channel is CodeChannel.SMS
    with pytest.raises(BadRequest, match="PHONE_CODE_EXPIRED"):
        await messenger.sign_in.sign_in(caller, PHONE, sent.code_hash, "00000")
    code = messenger.codes.newest(DIGITS)
    assert await messenger.sign_in.sign_in(caller, PHONE, again.code_hash, code) == account


async def test_a_code_works_once(messenger):
    await messenger.sign_up(PHONE, "Alice")
    sent = await messenger.sign_in.send_code(PHONE)
    code = messenger.codes.newest(DIGITS)
    await messenger.sign_in.sign_in(await messenger.device(), PHONE, sent.code_hash, code)
    with pytest.raises(BadRequest, match="PHONE_CODE_EXPIRED"):
        await messenger.sign_in.sign_in(await messenger.device(), PHONE, sent.code_hash, code)


async def test_guessing_ends_after_five_attempts_even_with_the_right_code(messenger):
    caller = await messenger.device()
    sent = await messenger.sign_in.send_code(PHONE)
    code = messenger.codes.newest(DIGITS)
    wrong = f"{(int(code) + 1) % 100_000:05}"
    for _ in range(5):
        with pytest.raises(BadRequest, match="PHONE_CODE_INVALID"):
            await messenger.sign_in.sign_in(caller, PHONE, sent.code_hash, wrong)
    with pytest.raises(BadRequest, match="PHONE_CODE_EXPIRED"):
        await messenger.sign_in.sign_in(caller, PHONE, sent.code_hash, code)


async def test_a_code_expires(messenger):
    caller = await messenger.device()
    sent = await messenger.sign_in.send_code(PHONE)
    messenger.clock.advance(301)
    with pytest.raises(BadRequest, match="PHONE_CODE_EXPIRED"):
        await messenger.sign_in.sign_in(caller, PHONE, sent.code_hash, messenger.codes.newest(DIGITS))


async def test_a_cancelled_code_and_an_empty_one_are_refused(messenger):
    caller = await messenger.device()
    sent = await messenger.sign_in.send_code(PHONE)
    with pytest.raises(BadRequest, match="PHONE_CODE_EMPTY"):
        await messenger.sign_in.sign_in(caller, PHONE, sent.code_hash, "")
    await messenger.sign_in.cancel_code(PHONE, sent.code_hash)
    with pytest.raises(BadRequest, match="PHONE_CODE_EXPIRED"):
        await messenger.sign_in.sign_in(caller, PHONE, sent.code_hash, messenger.codes.newest(DIGITS))


async def test_nobody_signs_up_without_having_shown_the_code(messenger):
    caller = await messenger.device()
    sent = await messenger.sign_in.send_code(PHONE)
    with pytest.raises(BadRequest, match="PHONE_CODE_INVALID"):
        await messenger.sign_in.sign_up(caller, PHONE, sent.code_hash, "Mallory", "")


async def test_a_flood_of_codes_to_one_number_has_to_wait_for_the_hour_to_end(messenger):
    for _ in range(20):
        await messenger.sign_in.send_code(PHONE)
    messenger.clock.advance(600)
    with pytest.raises(FloodWait) as refused:
        await messenger.sign_in.send_code(PHONE)
    assert refused.value.seconds == 3000
    messenger.clock.advance(3000)
    await messenger.sign_in.send_code(PHONE)


async def test_without_any_way_for_a_code_the_client_is_told_so(messenger):
    messenger.sign_in.codes.senders = Senders()
    with pytest.raises(MessengerError, match="SEND_CODE_UNAVAILABLE"):
        await messenger.sign_in.send_code(PHONE)


async def test_the_database_holds_neither_number_nor_code_in_the_clear(messenger):
    await messenger.sign_up(PHONE, "Alice")
    await messenger.sign_in.send_code(PHONE)
    db = messenger.pools.of("messenger")
    code = messenger.codes.newest(DIGITS)
    for table in ("phones", "account_phones", "phone_periods", "sign_in_codes"):
        for row in await db.fetch(f"SELECT * FROM messenger.{table}"):
            for value in dict(row).values():
                raw = value if isinstance(value, bytes) else str(value).encode()
                assert DIGITS.encode() not in raw
                assert raw != code.encode()


async def test_a_stolen_device_is_ended_from_another_one(messenger):
    account = await messenger.sign_up(PHONE, "Alice")
    thief = await messenger.device()
    sent = await messenger.sign_in.send_code(PHONE)
    await messenger.sign_in.sign_in(thief, PHONE, sent.code_hash, messenger.codes.newest(DIGITS))
    listed = await messenger.devices.list(account)
    assert len(listed) == 2
    [stolen] = [d for d in listed if d.auth_key_id == thief.auth_key_id]

    await messenger.devices.end(account, messenger.devices.hash_of(stolen))
    assert await messenger.devices.account_of(thief.auth_key_id) is None
    assert messenger.recorder.of(DeviceEnded) == [DeviceEnded(account, thief.auth_key_id)]
    with pytest.raises(BadRequest, match="HASH_INVALID"):
        await messenger.devices.end(account, messenger.devices.hash_of(stolen))


async def test_a_device_of_somebody_else_cannot_be_ended(messenger):
    alice = await messenger.sign_up(PHONE, "Alice")
    mallory = await messenger.sign_up("+49 30 7654321", "Mallory")
    [device] = await messenger.devices.list(alice)
    with pytest.raises(BadRequest, match="HASH_INVALID"):
        await messenger.devices.end(mallory, messenger.devices.hash_of(device))


async def test_only_a_new_address_of_a_device_is_sealed(messenger):
    account = await messenger.sign_up(PHONE, "Alice")
    [device] = await messenger.devices.list(account)
    client = None
    for address in (("192.0.2.7", 40_001), ("198.51.100.1", 5), ("198.51.100.1", 5), ("192.0.2.7", 40_001)):
        client = client or ClientInfo()
        await messenger.activity.seen(account, device.auth_key_id, client, address)
    assert messenger.recorder.sealed == [(account, "192.0.2.7", 40_001), (account, "198.51.100.1", 5)]

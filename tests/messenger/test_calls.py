"""A call that is repeated, at once or after a restart, makes nothing twice and gets the first result."""

import asyncio
from dataclasses import replace

import pytest

from parley.core.ids import AccountId
from parley.messenger import calls
from parley.messenger.channels.model import ChannelKind, InviteTerms
from parley.messenger.errors import BadRequest

ALICE, BOB = AccountId(1), AccountId(2)
PHONE = "+4930111111"


@pytest.fixture
def db(messenger):
    return messenger.pools.of("messenger")


async def test_it_is_remembered_for_its_account_until_nobody_repeats_it(messenger, db):
    now = messenger.clock.now()
    assert await calls.earlier(db, ALICE, 5) is None
    assert await calls.remember(db, ALICE, 5, {"channel": 1}, now)
    assert not await calls.remember(db, ALICE, 5, {"channel": 2}, now)
    assert await calls.earlier(db, ALICE, 5) == {"channel": 1}
    assert await calls.earlier(db, BOB, 5) is None
    await calls.forget_old(db, now + calls.KEPT * 2)
    assert await calls.earlier(db, ALICE, 5) is None


async def test_of_two_at_the_same_time_one_makes_and_both_get_it(messenger, db):
    made = []

    async def make(conn):
        made.append(len(made))
        return {"thing": made[-1]}

    now = messenger.clock.now()
    results = await asyncio.gather(*(calls.once(db, ALICE, 5, now, make) for _ in range(4)))
    assert len({result["thing"] for result in results}) == 1
    assert await db.fetchval("SELECT count(*) FROM messenger.calls") == 1


async def test_another_call_under_the_same_message_id_is_refused(messenger):
    alice = await messenger.sign_up(PHONE, "Alice")
    group, _ = await messenger.channels.create(alice, ChannelKind.SUPERGROUP, "Crew", "", 7)
    with pytest.raises(BadRequest, match="MSG_ID_INVALID"):
        await messenger.channels.edit_title(alice, group.channel_id, "Boats", 7)
    assert (await messenger.directory.get(group.channel_id)).title == "Crew"


async def test_a_repeated_sign_up_is_the_same_account(messenger, restarted, db):
    caller = replace(await messenger.device(), call_id=77)
    sent = await messenger.sign_in.send_code(PHONE)
    code = messenger.codes.newest(PHONE)
    assert await messenger.sign_in.sign_in(caller, PHONE, sent.code_hash, code) is None
    account = await messenger.sign_in.sign_up(caller, PHONE, sent.code_hash, "Alice", "")
    again = replace(caller, account=await restarted.devices.account_of(caller.auth_key_id))
    assert await restarted.sign_in.sign_up(again, PHONE, sent.code_hash, "Alice", "") == account
    assert await db.fetchval("SELECT count(*) FROM messenger.phones") == 1
    with pytest.raises(BadRequest, match="PHONE_CODE_EXPIRED"):
        await restarted.sign_in.sign_up(replace(again, call_id=78), PHONE, sent.code_hash, "Alice", "")


async def test_a_repeated_renaming_and_a_repeated_link_are_one(messenger, restarted, db):
    alice = await messenger.sign_up(PHONE, "Alice")
    group, _ = await messenger.channels.create(alice, ChannelKind.SUPERGROUP, "Crew", "", 7)
    _, told = await messenger.channels.edit_title(alice, group.channel_id, "Boats", 8)
    assert (await restarted.channels.edit_title(alice, group.channel_id, "Boats", 8))[1] == told
    with pytest.raises(BadRequest, match="CHAT_NOT_MODIFIED"):
        await restarted.channels.edit_title(alice, group.channel_id, "Boats", 9)
    first = await messenger.members.export_invite(alice, group.channel_id, renewed_by=10)
    assert await restarted.members.export_invite(alice, group.channel_id, renewed_by=10) == first
    assert await restarted.members.export_invite(alice, group.channel_id) == first
    link = group.channel_id, InviteTerms(usage_limit=3), 11
    bounded = await messenger.members.bounded_invite(alice, *link)
    assert await restarted.members.bounded_invite(alice, *link) == bounded
    assert await db.fetchval("SELECT count(*) FROM messenger.channel_invites") == 2

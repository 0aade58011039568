"""A stolen accounts key can be replaced: nobody is signed out, and in the end the old key opens nothing."""

from dataclasses import replace

import pytest

from parley.core.errors import Invalid
from parley.core.peers import Peer
from parley.messenger.accounts import sealing
from parley.messenger.accounts.access import AccessHashes
from parley.messenger.accounts.identity import parse
from parley.messenger.accounts.rekeying import Moved, Rekeying
from parley.messenger.accounts.sealing import Secrets
from parley.messenger.errors import BadRequest
from tests.messenger.accounts.looking import Looking
from tests.messenger.conftest import build

OLD, NEW = bytes(range(32)), b"n" * 32
ALICE, BOB = "+4915550000001", "+4915550000002"


async def held() -> bool:
    return True


@pytest.fixture
def changing(messenger):
    """The same server, restarted with a new accounts key beside the old one."""
    secrets = Secrets.derive(NEW, OLD)
    fresh = build(messenger.pools, messenger.clock, secrets, messenger.recorder, messenger.codes)
    return replace(fresh, numbers=messenger.numbers)


def rekeying(world, told):
    async def finished(moved):
        told.append(moved)

    return Rekeying(world.pools.of("messenger"), world.secrets, held, finished)


async def test_while_the_key_is_changed_everybody_is_found_and_nobody_signs_up_twice(messenger, changing):
    alice = await messenger.sign_up(ALICE, "Alice")
    assert await changing.accounts.by_phone(ALICE) == alice
    assert await changing.accounts.by_phones([ALICE[1:]]) == {ALICE[1:]: alice}
    assert await changing.accounts.phones([alice]) == {alice: ALICE[1:]}
    caller = await changing.device()
    sent = await changing.sign_in.send_code(ALICE)
    assert await changing.sign_in.sign_in(caller, ALICE, sent.code_hash, changing.codes.newest(ALICE)) == alice


async def test_while_the_key_is_changed_a_number_that_is_held_under_the_old_one_is_not_taken(messenger, changing):
    caller = await changing.device()
    sent = await changing.sign_in.send_code(ALICE)
    newest = changing.codes.newest(ALICE)
    assert await changing.sign_in.sign_in(caller, ALICE, sent.code_hash, newest) is None
    alice = await messenger.sign_up(ALICE, "Alice")
    with pytest.raises(BadRequest, match="PHONE_NUMBER_OCCUPIED"):
        await changing.sign_in.sign_up(caller, ALICE, sent.code_hash, "Somebody", "")
    assert await changing.accounts.by_phone(ALICE) == alice


async def test_after_the_change_the_new_key_alone_finds_everybody_and_the_old_one_opens_nothing(
    messenger, changing
):
    alice = await messenger.sign_up(ALICE, "Alice")
    device = await messenger.device()
    start = messenger.clock.now()
    gone = await messenger.sign_up(BOB, "Bob")
    messenger.clock.advance(3600)
    await messenger.accounts.delete(gone)
    told = []
    await rekeying(changing, told).run()
    assert told == [Moved(phones=2, auth_keys=3)]

    only_new = build(messenger.pools, messenger.clock, Secrets.derive(NEW), messenger.recorder, messenger.codes)
    assert await only_new.accounts.by_phone(ALICE) == alice
    assert await only_new.accounts.phones([alice]) == {alice: ALICE[1:]}
    assert (await only_new.auth_keys.load(device.auth_key_id)) is not None
    held_then = await Looking(messenger.pools, only_new.secrets).find(parse(BOB), start)
    assert held_then == gone, "the history of numbers moved along"
    rows = await messenger.pools.of("owner").fetch(
        "SELECT account_id, sealed, phone_index FROM messenger.account_phones"
    )
    for row in rows:
        with pytest.raises(Invalid):
            sealing.open_phone(messenger.secrets, row["account_id"], row["sealed"])
        assert row["phone_index"] != sealing.phone_index(messenger.secrets, ALICE[1:])
    with pytest.raises(Invalid):
        await messenger.auth_keys.load(device.auth_key_id)


async def test_a_change_that_was_cut_off_goes_on_and_reports_the_end_once(messenger, changing, monkeypatch):
    people = [await messenger.sign_up(f"+49155500001{n:02}", "Somebody") for n in range(7)]
    monkeypatch.setattr("parley.messenger.accounts.rekeying._PAGE", 2)
    pages, told = [], []

    async def dies_after_three_pages() -> bool:
        pages.append(1)
        if len(pages) == 3:
            raise ConnectionError
        return True

    work = rekeying(changing, told)
    work._holds = dies_after_three_pages
    with pytest.raises(ConnectionError):
        await work.run()
    assert told == [], "nobody is told that the old key can go"
    assert await changing.accounts.phones(people) == {p: f"49155500001{n:02}" for n, p in enumerate(people)}
    await rekeying(changing, told).run()
    assert told[0].phones == 7 - 3 * 2
    only_new = build(messenger.pools, messenger.clock, Secrets.derive(NEW), messenger.recorder, messenger.codes)
    assert len(await only_new.accounts.phones(people)) == 7


@pytest.mark.parametrize("pages", [1, 5])
async def test_who_loses_the_lease_on_the_way_leaves_the_rest_and_the_end_to_its_new_holder(
    messenger, changing, monkeypatch, pages
):
    """After the first page of numbers, and after the first of sessions."""
    for n in range(7):
        await messenger.sign_up(f"+49155500001{n:02}", "Somebody")
    monkeypatch.setattr("parley.messenger.accounts.rekeying._PAGE", 2)
    answers, told = iter([True] * (pages - 1) + [False]), []

    async def lost_after_some_pages() -> bool:
        return next(answers)

    work = rekeying(changing, told)
    work._holds = lost_after_some_pages
    await work.run()
    assert told == [], "nobody is told that the old key can go"
    await rekeying(changing, told).run()
    assert told == [Moved(phones=7 - min(2 * pages, 7), auth_keys=7 - 2 * (pages == 5))]
    work._holds = held
    await work.run()
    assert told[1:] == [Moved()], "the first one was not done and goes on when the lease is its own again"


async def test_a_row_that_was_damaged_before_stops_nothing_and_is_counted(messenger, changing):
    alice = await messenger.sign_up(ALICE, "Alice")
    await messenger.pools.of("owner").execute("UPDATE messenger.account_phones SET sealed = $1", b"x" * 40)
    told = []
    await rekeying(changing, told).run()
    assert (told[0].damaged, told[0].phones) == (1, 0)
    assert await changing.accounts.by_phone(ALICE) == alice


async def test_without_a_change_nothing_is_moved(messenger):
    told = []
    await rekeying(messenger, told).run()
    assert told == []


def test_hashes_that_clients_were_given_before_count_until_the_old_key_is_dropped(secrets):
    given = AccessHashes(secrets).of(1, Peer.user(2))
    both = AccessHashes(secrets.with_access(b"a" * 32, secrets.access_hash))
    both.check(1, Peer.user(2), given)
    both.check(1, Peer.user(2), both.of(1, Peer.user(2)))
    assert both.of(1, Peer.user(2)) != given
    with pytest.raises(BadRequest, match="USER_ID_INVALID"):
        AccessHashes(secrets.with_access(b"a" * 32, None)).check(1, Peer.user(2), given)

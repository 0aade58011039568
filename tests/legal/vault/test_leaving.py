"""A custodian leaves, a key is lost: what is lost with them is known before, and nothing else is."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from parley.core.ids import AccountId, TaskId
from parley.legal.vault import losses
from parley.legal.vault.errors import CustodianUnknown, ReasonMissing
from parley.legal.vault.losses import Loss
from parley.legal.vault.model import CustodianStatus
from parley.storage import audit

MALLORY, ALICE = AccountId(2222222222), AccountId(1111111111)
DAY = timedelta(days=1)


async def put(sealer, clock, *accounts):
    for account in accounts or (MALLORY,):
        await sealer.seal(account, "192.0.2.7", 51000, clock.now())
    await sealer.flush()


async def outlook(vault, clock):
    """What the desk shows; a quarter of an hour later, so that today is counted again."""
    clock.advance(16 * 60)
    return (await vault.tallies.outlook()).outlook


async def test_what_a_lost_key_would_cost_is_known_before(vault, sealer, enrol, clock):
    ada, ben = await enrol("ada"), await enrol("ben")
    await put(sealer, clock, MALLORY, ALICE)
    seen = await outlook(vault, clock)
    assert seen.of(ada.custodian) == Loss(days=1, accounts=2)
    assert seen.today == Loss()
    cleo = await enrol("cleo")
    clock.advance(86400)
    await put(sealer, clock)
    seen = await outlook(vault, clock)
    assert seen.of(ada.custodian) == Loss(days=1, accounts=2), "the first day is ada's and ben's alone"
    assert seen.of(cleo.custodian) == Loss()
    both = {tuple(one.name for one in two.gone): two.loss for two in seen.together}
    assert both["ada", "ben"] == Loss(days=2, accounts=2)
    assert both["ada", "cleo"] == Loss(days=2, accounts=2)
    await vault.remove_custodian(ben.custodian.custodian_id, "staff:root", "lost the key")
    seen = await outlook(vault, clock)
    assert seen.today == Loss(days=1, accounts=2), "what is lost already is said, and counted once"
    assert seen.of(ada.custodian) == Loss(days=1, accounts=1)


async def test_preserved_days_are_counted_too(vault, sealer, enrol, clock):
    ada, _ = await enrol("ada"), await enrol("ben")
    await put(sealer, clock)
    start = clock.now()
    await vault.preserve(TaskId("t"), MALLORY, start, start + timedelta(hours=1), start + 60 * DAY, "staff:lea")
    clock.advance(40 * 86400)
    await vault.sweep()
    assert (await outlook(vault, clock)).of(ada.custodian) == Loss(preserved=1)


async def test_a_shortened_retention_shows_in_the_figures(vault, sealer, enrol, clock):
    ada, _ = await enrol("ada"), await enrol("ben")
    await vault.set_retention(MALLORY, 3, "account:2222222222")
    await put(sealer, clock, MALLORY, ALICE)
    assert (await outlook(vault, clock)).of(ada.custodian) == Loss(days=1, accounts=2)
    clock.advance(5 * 86400)
    await vault.sweep()
    assert (await outlook(vault, clock)).of(ada.custodian) == Loss(days=1, accounts=1)


async def test_keys_of_an_older_version_are_read_once_and_counted(vault, sealer, enrol, clock, pools):
    ada, _ = await enrol("ada"), await enrol("ben")
    await put(sealer, clock)
    await vault.preserve(
        TaskId("t"), MALLORY, clock.now(), clock.now() + timedelta(hours=1), clock.now() + DAY, "staff:lea"
    )
    for table in ("day_keys", "hold_keys"):
        await pools.of("legal").execute(f"UPDATE vault.{table} SET pairs = NULL")
    assert (await outlook(vault, clock)).of(ada.custodian) == Loss(days=1, accounts=1, preserved=1)


async def test_nothing_is_unlocked_to_show_the_figures(vault, sealer, enrol, clock, monkeypatch):
    await enrol("ada"), await enrol("ben")
    await put(sealer, clock)
    monkeypatch.setattr(vault.erasure, "get", lambda name: pytest.fail("an erasure key was read"))
    await outlook(vault, clock)


async def test_a_leaver_keeps_what_they_hold_until_nothing_needs_it(vault, sealer, enrol, clock, pools):
    _, _, cleo = await enrol("ada"), await enrol("ben"), await enrol("cleo")
    await put(sealer, clock)
    who = cleo.custodian.custodian_id
    with pytest.raises(ReasonMissing):
        await vault.let_go(who, "staff:root", " ")
    leaving = await vault.let_go(who, "staff:root", "moves away")
    assert leaving.status is CustodianStatus.LEAVING
    assert (await vault.custodian(who)).serving
    assert (await vault.status()).custodians == 2
    clock.advance(2 * 86400)
    await vault.sweep()
    assert (await vault.custodian(who)).serving, "a day that is kept needs them"
    clock.advance(30 * 86400)
    await put(sealer, clock)
    await vault.sweep()
    with pytest.raises(CustodianUnknown):
        await vault.custodian(who)
    (began,) = await audit.search(pools.of("legal"), action="vault.custodian_leaving")
    (ended,) = await audit.search(pools.of("legal"), action="vault.custodian_left")
    assert (began.actor, began.detail["why"]) == ("staff:root", "moves away")
    assert ended.actor == "system"
    (gone,) = [one for one in await vault.custodians() if one.custodian_id == who]
    assert gone.leave_reason == "moves away"


def test_a_pair_of_which_one_half_is_missing_opens_nothing():
    assert losses.read_pairs("1-2 10-11") == {(1, 2), (10, 11)}
    assert losses.read_pairs("") == frozenset()
    assert not losses.opens(losses.read_pairs("1-2 1-3"), {2, 3})


async def test_a_worker_and_a_page_may_count_the_same_days_at_once(vault, sealer, enrol, clock):
    ada, _ = await enrol("ada"), await enrol("ben")
    for _ in range(5):
        await put(sealer, clock)
        clock.advance(86400)
    await asyncio.gather(*(vault.tallies.refresh() for _ in range(4)))
    assert (await outlook(vault, clock)).of(ada.custodian) == Loss(days=5, accounts=1)

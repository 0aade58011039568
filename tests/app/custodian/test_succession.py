"""A key is lost: the two who are left give a successor shares of older days, and open nothing for it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from itertools import combinations

import pytest

from parley.core.ids import OfficerId, TaskId
from parley.legal.disclosure import delivery
from parley.legal.vault import envelopes, losses
from parley.legal.vault import rules as vault_rules
from parley.legal.vault.losses import Loss
from parley.legal.vault.succession import Succession
from tests.legal_world import MALLORY

ADDRESS = "198.51.100.9"


async def after_a_loss(world):
    """Cleo's key is lost after a day was sealed for her and two others; dan joined, everybody pinned everybody."""
    ada, ben, cleo = await world.custodians("ada", "ben", "cleo")
    await world.seen(ADDRESS, 52000)
    world.clock.advance(60)
    await world.vault.remove_custodian(cleo.keys.custodian_id, "staff:root", "lost the key")
    dan = await world.enrol("dan")
    for machine in (ada, ben, dan):
        assert await machine.run("pin") == 0
    return ada, ben, dan


async def outlook(world):
    world.clock.advance(16 * 60)
    return (await world.vault.tallies.outlook()).outlook


async def day_keys(world):
    keys, _ = await world.vault.sealed_days(MALLORY, [vault_rules.day_of(world.clock.now())])
    return keys


def halves(world, key, machine):
    """What a custodian finds under their own key: the halves of one day key, by partner."""
    mine = world.vault.shares_of(key, lambda share: share.holder == machine.keys.number)
    return {
        share.partner: envelopes.open_share(share, key.name, machine.keys.seal_key(share.key_no)) for share in mine
    }


async def test_two_custodians_rewrap_for_a_successor_without_opening_anything(world):
    ada, ben, _ = await after_a_loss(world)
    before = await outlook(world)
    first = (await world.vault.custodians())[0]
    assert before.of(first) == Loss(days=1, accounts=1), "without ada it would be lost"

    assert await ben.run("rewrap", "dan") == 0, ben.screen.text
    assert "1 wait until the other custodian" in ben.screen.text
    assert await ada.run("rewrap", "dan") == 0, ada.screen.text
    assert "1 days are prepared for the other" in ada.screen.text
    assert [key.pairs for key in await day_keys(world)] == ["1-2 1-3 2-3"], "one alone gives nobody a share"
    assert await ben.run("rewrap", "dan") == 0
    assert "1 are complete" in ben.screen.text

    after = await outlook(world)
    everybody = {one.name: one for one in losses.serving(await world.vault.custodians())}
    assert all(after.of(one) == Loss() for one in everybody.values()), "any two of the three open the day"
    actions = await world.audited()
    assert actions.count("vault.rewrapped_for") == 3
    assert not [action for action in actions if action.startswith("release.")], "nothing was opened"
    rows = await world.pools.of("outbox").fetch("SELECT payload FROM outbox.items")
    assert "custodian_succession" in {row["payload"]["opening"].get("subject") for row in rows}
    assert await world.pools.of("legal").fetchval("SELECT count(*) FROM vault.rewrappings") == 0
    assert await ben.run("rewrap", "dan") == 0
    assert "0 days are prepared for the other custodian, 0 are complete, 0 wait" in ben.screen.text


async def test_what_was_shredded_waits_for_nobody_and_what_is_complete_is_not_unlocked(world, monkeypatch):
    ada, ben, dan = await after_a_loss(world)
    start = world.clock.now()
    hold = await world.vault.preserve(
        TaskId("t"), MALLORY, start - timedelta(hours=1), start, start + timedelta(1), "staff:lea"
    )
    (live,) = await day_keys(world)
    steps = Succession(world.vault)
    assert (await steps.page(ben.keys.custodian_id, dan.keys.custodian_id, None)).waiting == 2
    world.vault.erasure.shred(vault_rules.erasure_id_of_hold(hold.hold_id))
    assert (await steps.page(ben.keys.custodian_id, dan.keys.custodian_id, None)).waiting == 1
    for machine in (ada, ben):
        assert await machine.run("rewrap", "dan") == 0, machine.screen.text
    monkeypatch.setattr(envelopes, "unlock", lambda *_: pytest.fail("shares were unlocked"))
    assert (await steps.page(ada.keys.custodian_id, dan.keys.custodian_id, None)).parts == ()
    assert world.vault.openable(live)


async def test_any_two_of_old_and_new_combine_and_the_successor_alone_has_nothing(world):
    ada, ben, dan = await after_a_loss(world)
    for machine in (ada, ben):
        assert await machine.run("rewrap", "dan") == 0, machine.screen.text
    (key,) = await day_keys(world)
    for one, other in combinations((ada, ben, dan), 2):
        mine, theirs = halves(world, key, one), halves(world, key, other)
        assert envelopes.combine(mine[other.keys.number], theirs[one.keys.number], key.public_key)
    for machine in (ada, ben, dan):
        alone = list(halves(world, key, machine).values())
        for one, other in combinations(alone, 2):
            private = bytes(a ^ b for a, b in zip(one, other, strict=True))
            assert envelopes.X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw() != (
                key.public_key
            )


async def test_the_successor_opens_an_older_day_with_one_of_the_others(world):
    ada, ben, dan = await after_a_loss(world)
    for machine in (ada, ben):
        assert await machine.run("rewrap", "dan") == 0
    await world.vault.remove_custodian(ada.keys.custodian_id, "staff:root", "lost the key too")
    await world.logged()
    assert await ben.run("cosign") == 0
    assert await dan.run("cosign") == 0
    for machine in (dan, ben):
        assert await machine.run("open") == 0, machine.screen.text
    (waiting,) = await world.handover.for_officer(OfficerId("officer-1"))
    sealed = await world.handover.download(waiting.delivery_id, OfficerId("officer-1"))
    opened = delivery.unseal(sealed, str(world.identity), world.delivery_key.public)
    assert [one["ip"] for one in json.loads(opened.contents.data_json)["addresses"]] == [ADDRESS]


async def test_preserved_days_are_rewrapped_too(world):
    ada, ben, cleo = await world.custodians("ada", "ben", "cleo")
    await world.seen(ADDRESS, 52000)
    start = world.clock.now()
    await world.vault.preserve(
        TaskId("t"), MALLORY, start, start + timedelta(hours=1), start + timedelta(days=60), "staff:lea"
    )
    world.clock.advance(40 * 86400)
    await world.vault.sweep()
    await world.vault.remove_custodian(cleo.keys.custodian_id, "staff:root", "lost the key")
    dan = await world.enrol("dan")
    for machine in (ada, ben, dan):
        assert await machine.run("pin") == 0
    for machine in (ada, ben):
        assert await machine.run("rewrap", "dan") == 0, machine.screen.text
    seen = await outlook(world)
    assert all(seen.of(one) == Loss() for one in losses.serving(await world.vault.custodians()))


async def test_nobody_is_given_shares_whom_the_custodians_have_not_pinned(world):
    ada, ben = await world.custodians("ada", "ben")
    await world.seen(ADDRESS, 52000)
    puppet = await world.enrol("puppet")
    assert await ada.run("rewrap", "puppet") == 5
    assert "no one custodian called puppet is pinned" in ada.screen.text
    assert await puppet.run("rewrap", "ada") == 0, "whoever holds no share has nothing to give"
    assert "0 days are prepared" in puppet.screen.text
    assert await ada.run("pin") == 0
    ada.screen.yes = False
    assert await ada.run("rewrap", "puppet") == 7
    assert ben.keys.number == 2


async def test_a_server_that_asks_one_custodian_for_both_parts_is_refused(world, monkeypatch):
    ada, ben, _ = await after_a_loss(world)
    assert await ada.run("rewrap", "dan") == 0
    real = Succession.page

    async def both(self, custodian_id, heir_id, after):
        page = await real(self, custodian_id, heir_id, after)
        assert page.parts
        return replace(page, parts=tuple(replace(part, hint=None) for part in page.parts))

    monkeypatch.setattr(Succession, "page", both)
    assert await ben.run("rewrap", "dan") == 4
    assert "would give away a key" in ben.screen.text

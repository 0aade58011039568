"""An administrator turns on the people of the server: what puppets, renamed deciders and lost invitations give."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta

import pytest

from parley.legal.disclosure.errors import SamePerson
from parley.legal.translog.notes import COSIGNATURE_V1, SignerKey
from parley.legal.vault import rules as vault_rules
from parley.legal.vault.errors import EnrolmentRefused
from parley.legal.vault.service import Vault
from tests.legal_world import MALLORY

DAY = timedelta(days=1)


async def openable_by(world, names: set[str], day) -> bool:
    """Whether these custodians alone hold the two halves of some key of a day."""
    numbers = {one.number for one in await world.vault.custodians() if one.name in names}
    keys, _ = await world.vault.sealed_days(MALLORY, [day])
    return any(world.vault.shares_of(key, lambda share: {share.holder, share.partner} <= numbers) for key in keys)


async def test_two_puppets_open_nothing_that_was_sealed_before_them_and_all_of_later_days_in_public(world):
    await world.custodians("ada", "ben")
    await world.seen("198.51.100.9", 52000)
    today = vault_rules.day_of(world.clock.now())
    await world.custodians("puppet1", "puppet2")
    await world.seen("198.51.100.9", 52001)
    puppets = {"puppet1", "puppet2"}
    assert await openable_by(world, {"ada", "ben"}, today)
    assert not await openable_by(world, puppets, today)

    world.clock.advance(DAY.total_seconds())
    await world.seen("198.51.100.9", 52002)
    assert await openable_by(world, puppets, today + DAY), "admitted: two puppets open later days"

    await world.next_batch()
    rows = await world.pools.of("log").fetch("SELECT opening FROM translog.leaves WHERE entry_id IS NOT NULL")
    joined = [row for row in rows if '"custodian"' in str(row["opening"])]
    assert len(joined) == 4, "nobody joins unseen: each stands in the public log"
    assert (await world.audited()).count("vault.custodian_invited") == 4


async def test_an_invitation_serves_one_person_once_and_ends(world):
    token = (await world.vault.issue_token("ada", "staff:root")).token
    assert await world.vault.invited(token) == "ada"
    world.clock.advance(4 * DAY.total_seconds())
    with pytest.raises(EnrolmentRefused):
        await world.vault.invited(token)


async def test_one_decider_with_two_keys_or_under_another_name_is_still_one(world):
    release = await world.releases.prepare(world.new_release(world.request()), "staff:Lea")
    lea = world.lea
    for _ in range(2):
        challenge = await world.releases.challenge(release.release_id)
        try:
            await world.releases.approve(release.release_id, lea.person, lea.key.sign(challenge), "staff:Lea")
        except SamePerson:
            continue
    assert len((await world.releases.get(release.release_id)).approvals) == 1
    await world.next_batch()
    stages = await world.pools.of("log").fetch("SELECT opening FROM translog.leaves WHERE entry_id IS NOT NULL")
    assert not [row for row in stages if "decided" in str(row["opening"])]


async def test_removing_custodians_stops_sealing_and_opens_nothing(world):
    await world.custodians("ada", "ben")
    for one in await world.vault.custodians():
        await world.vault.remove_custodian(one.custodian_id, "staff:root", "a trick")
    await world.seen("198.51.100.9", 52000)
    assert not await world.vault.stores_addresses()
    assert await world.vault.sealed_days(MALLORY, [vault_rules.day_of(world.clock.now())]) == ((), ())


async def test_a_longer_retention_brings_no_shredded_day_back(world):
    await world.custodians("ada", "ben")
    await world.seen("198.51.100.9", 52000)
    day = vault_rules.day_of(world.clock.now())
    world.clock.advance(32 * DAY.total_seconds())
    assert await world.vault.sweep() == (day.isoformat(),)
    longer = Vault(world.pools.of("legal"), world.erasure, world.clock, retention_days=365)
    assert await longer.sealed_days(MALLORY, [day]) == ((), ())
    await world.seen("198.51.100.9", 52001)
    world.clock.advance(100 * DAY.total_seconds())
    assert await longer.sweep() == (), "admitted: what is still there is kept as long as the administrator says"


async def test_how_long_addresses_are_kept_stands_in_the_public_log_and_so_does_each_change(legal, pools):
    await legal.state_rules()
    legal.wired.vault._retention = 365
    for _ in range(2):
        await legal.state_rules()
    rows = await pools.of("log").fetch("SELECT opening FROM translog.entries")
    entries = [json.loads(row["opening"]) for row in rows]
    entered = {entry["sha256"] for entry in entries if entry.get("subject") == "retention"}
    assert entered == {hashlib.sha256(days).hexdigest() for days in (b"30", b"365")}


async def test_without_the_witness_that_was_removed_nothing_opens(world):
    (ada, ben), witness = (
        await world.custodians("ada", "ben"),
        SignerKey.generate("witness.example", COSIGNATURE_V1),
    )
    await world.witnesses.register(str(witness.verifier), "staff:root")
    assert await ada.run("pin") == 0
    ada.change(minimum=2)
    await world.witnesses.remove(str(witness.verifier), "staff:root")
    await world.asked_for()
    assert await ben.run("cosign") == 0
    assert await ada.run("open") == 5, ada.screen.text
    assert "translog.witness_removed" in await world.audited()
    ada.screen.yes = False
    assert await ada.run("pin") == 0
    assert "REMOVE" in ada.screen.text or "not listed any more" in ada.screen.text, "she sees that it is gone"


async def test_a_new_log_is_refused_until_custodians_have_compared_its_key(world):
    ada, ben = await world.custodians("ada", "ben")
    await world.seen("198.51.100.9", 52000)
    world.clock.advance(60)
    await world.log.new_origin("a trick to hide the past", "operator:command-line")
    await world.logged()
    for machine in (ada, ben):
        assert await machine.run("open") == 4, machine.screen.text
        assert "has not signed this" in machine.screen.text
    release = await world.pools.of("legal").fetchrow("SELECT state, handed_on FROM legal.releases")
    assert (release["state"], release["handed_on"]) == ("decided", []), "nothing was handed on"
    assert "translog.new_origin" in await world.audited()
    ada.screen.yes = False
    assert await ada.run("pin") == 0
    assert "CHANGED" in ada.screen.text

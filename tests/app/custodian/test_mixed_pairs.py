"""The days of one release were sealed for different pairs, or for people who are gone: it ends all the same."""

from __future__ import annotations

import json

import pytest

from parley.core.ids import OfficerId
from parley.legal.disclosure import delivery
from parley.legal.disclosure.errors import NothingLost, SamePerson
from parley.legal.disclosure.giving_up import GivingsUp
from parley.legal.disclosure.model import Field, PinnableCustodian, ReleaseState
from parley.legal.vault import rules as vault_rules

DAY = 86400


async def leave(world, machine):
    await world.vault.let_go(machine.keys.custodian_id, "staff:root", "moves away")


async def lost(world, machine):
    await world.vault.remove_custodian(machine.keys.custodian_id, "staff:root", "lost the key")


async def two_days(world, first, second):
    """One address on a day of some custodians and one on a day of others; gives everybody and the release."""
    people = {name: await world.enrol(name) for name in first}
    await world.seen("198.51.100.1", 50001)
    start = world.clock.now()
    world.clock.advance(DAY)
    for name in set(first) - set(second):
        await leave(world, people[name])
    for name in second:
        if name not in people:
            people[name] = await world.enrol(name)
    await world.seen("198.51.100.2", 50002)
    for machine in people.values():
        assert await machine.run("pin") == 0
    world.clock.advance(60)
    end = world.clock.now()
    request = world.request(start=start, end=end, days=vault_rules.days_of(start, end))
    return people, await world.logged(request)


async def delivered(world):
    """What the officer reads, and who opened it."""
    (waiting,) = await world.handover.for_officer(OfficerId("officer-1"))
    sealed = await world.handover.download(waiting.delivery_id, OfficerId("officer-1"))
    opened = delivery.unseal(sealed, str(world.identity), world.delivery_key.public)
    ips = [one["ip"] for one in json.loads(opened.contents.data_json)["addresses"]]
    return ips, opened.manifest


BOTH = ["198.51.100.1", "198.51.100.2"]


@pytest.mark.parametrize("order", ["ada ben cleo", "ben cleo ada", "cleo ada ben"])
async def test_days_of_different_pairs_are_opened_in_whatever_order_people_come(world, order):
    people, release = await two_days(world, ["ada", "ben"], ["ada", "cleo"])
    *earlier, last = order.split()
    assert await people[last].run("cosign") == 0
    for name in earlier:
        code = await people[name].run("open")
        assert code in (0, 5), people[name].screen.text
    for name in order.split():
        if (await world.releases.get(release.release_id)).state is not ReleaseState.DELIVERED:
            await people[name].run("open")
    ips, manifest = await delivered(world)
    assert ips == BOTH
    assert len(manifest["opened_by"]) == 3
    assert "not_openable" not in manifest


async def test_days_of_people_who_were_all_replaced_are_opened_by_old_and_new_together(world):
    people, release = await two_days(world, ["ada", "ben"], ["cleo", "dan"])
    for name in ("ada", "cleo", "ben", "dan"):
        await people[name].run("cosign")
    for name in ("ada", "cleo", "ben", "dan"):
        assert await people[name].run("open") == 0, people[name].screen.text
    ips, manifest = await delivered(world)
    assert ips == BOTH
    assert len(manifest["opened_by"]) == 4
    assert (await world.releases.get(release.release_id)).state is ReleaseState.DELIVERED


async def test_what_somebody_handed_on_before_they_left_still_counts(world):
    ada, ben = await world.custodians("ada", "ben")
    await world.asked_for()
    assert await ada.run("cosign") == 0
    assert await ben.run("cosign") == 0
    assert await ben.run("open") == 0, ben.screen.text
    await lost(world, ben)
    assert await ada.run("cosign") == 0
    cleo = await world.enrol("cleo")
    assert await cleo.run("cosign") == 0
    assert await ada.run("pin") == 0
    ada.change(custodians=(*ada.keys.pins.custodians, pinned(ben)))
    assert await ada.run("open") == 0, ada.screen.text
    assert (await delivered(world))[0] == ["198.51.100.9"]


def pinned(machine):
    """How another custodian had pinned this one."""
    keys = machine.keys
    public = keys.newest.private.public_key().public_bytes_raw()
    return PinnableCustodian(keys.custodian_id, keys.number, keys.name, public, keys.cosigner)


async def test_a_lost_key_blocks_no_release_for_ever(world):
    people, release = await two_days(world, ["ada", "ben"], ["ada", "cleo"])
    ada, ben, cleo = (people[name] for name in ("ada", "ben", "cleo"))
    giving_up = GivingsUp(world.vault, world.clock)
    with pytest.raises(NothingLost):
        await giving_up.propose(release.release_id, "no reason at all", "staff:Lea")
    await lost(world, ben)
    assert await cleo.run("cosign") == 0
    assert await ada.run("open") == 5
    assert "nobody can open 1 days of it any more" in ada.screen.text
    found = await giving_up.prospects(await world.releases.get(release.release_id))
    assert (len(found.openable), len(found.lost)) == (1, 1)
    await giving_up.propose(release.release_id, "ben's key is lost", "staff:Lea")
    with pytest.raises(SamePerson):
        await giving_up.confirm(release.release_id, "staff:Lea")
    after = await giving_up.confirm(release.release_id, "staff:Tom")
    assert after.given_up == found.lost
    for machine in (ada, cleo):
        assert await machine.run("open") == 0, machine.screen.text
    assert "nobody can open these days any more" in cleo.screen.text
    ips, manifest = await delivered(world)
    assert ips == BOTH[1:]
    assert manifest["not_openable"] == [found.lost[0].isoformat()], "the officer learns which day is missing"
    assert "release.given_up" in await world.audited()


async def test_with_everything_lost_the_release_ends_as_unrecoverable(world):
    _, ben = await world.custodians("ada", "ben")
    await world.seen("198.51.100.9", 52000)
    world.clock.advance(60)
    request = world.request(fields=(Field.IP, Field.PORT, Field.IP_TIME))
    release = await world.logged(request)
    await lost(world, ben)
    giving_up = GivingsUp(world.vault, world.clock)
    await giving_up.propose(release.release_id, "ben's key is lost", "staff:Lea")
    ended = await giving_up.confirm(release.release_id, "staff:Tom")
    assert ended.state is ReleaseState.UNRECOVERABLE
    assert await world.steps.open_releases() == ()
    topics = [row["topic"] for row in await world.pools.of("outbox").fetch("SELECT topic FROM outbox.items")]
    assert "legal.unrecoverable" in topics


async def test_a_proposal_to_give_up_can_be_turned_down(world):
    people, release = await two_days(world, ["ada", "ben"], ["ada", "cleo"])
    await lost(world, people["ben"])
    giving_up = GivingsUp(world.vault, world.clock)
    await giving_up.propose(release.release_id, "ben's key is lost", "staff:Lea")
    await giving_up.decline(release.release_id, "staff:Tom")
    found = await giving_up.prospects(await world.releases.get(release.release_id))
    assert found.proposal is None
    assert found.lost
    with pytest.raises(NothingLost):
        await giving_up.confirm(release.release_id, "staff:Tom")


async def test_the_person_is_told_of_no_address_when_all_of_them_were_lost(world):
    ada, ben = await world.custodians("ada", "ben")
    release = await world.asked_for()
    cleo = await world.enrol("cleo")
    assert await cleo.run("pin") == 0
    assert await ada.run("pin") == 0
    await lost(world, ben)
    giving_up = GivingsUp(world.vault, world.clock)
    await giving_up.propose(release.release_id, "ben's key is lost", "staff:Lea")
    await giving_up.confirm(release.release_id, "staff:Tom")
    assert await cleo.run("cosign") == 0
    assert await ada.run("cosign") == 0
    for machine in (ada, cleo):
        assert await machine.run("open") == 0, machine.screen.text
    rows = await world.pools.of("outbox").fetch("SELECT payload FROM outbox.items WHERE topic = 'legal.disclosed'")
    assert [row["payload"]["fields"] for row in rows] == [["phone"]]

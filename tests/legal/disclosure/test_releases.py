"""Who may prepare, sign, fetch and acknowledge a release, and what is wiped when it is over."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from parley.core.ids import OfficerId, StaffId
from parley.legal.disclosure.errors import (
    AssertionInvalid,
    DeliveryGone,
    DeliveryInvalid,
    PackageInvalid,
    ReleaseClosed,
    ReleaseNotFound,
    ReleaseNotReady,
    RequestInvalid,
    RoleMissing,
    SamePerson,
)
from parley.legal.disclosure.model import ReleaseState
from parley.legal.disclosure.package import Package
from tests.legal_world import somebody

OFFICER = OfficerId("officer-1")


async def approve(world, release, person, **lie):
    assertion = person.key.sign(release.signed.sha256, **lie)
    return await world.releases.approve(
        release.release_id, StaffId(person.person), assertion, f"staff:{person.name}"
    )


async def test_two_different_people_sign_and_only_then_the_log_hears_of_it(world):
    release = await world.releases.prepare(world.new_release(world.request()), "staff:Lea")
    outbox = world.pools.of("outbox")
    await approve(world, release, world.lea)
    assert await outbox.fetchval("SELECT count(*) FROM outbox.items") == 0
    with pytest.raises(SamePerson):
        await approve(world, release, world.lea)
    decided = await approve(world, release, world.tom)
    assert decided.state is ReleaseState.DECIDED
    payload = await outbox.fetchval("SELECT payload FROM outbox.items WHERE topic = 'translog.append'")
    assert payload["entry_id"] == decided.log_entry
    assert payload["opening"]["release_sha256"] == release.signed.sha256.hex()
    assert "2222222222" not in str(payload)
    with pytest.raises(ReleaseClosed):
        await approve(world, release, world.tom)


async def test_a_signature_that_does_not_count_is_refused_and_audited(world):
    release = await world.releases.prepare(world.new_release(world.request()), "staff:Lea")
    for lie in ({"origin": "https://evil.example"}, {"rp_id": "evil.example"}, {"verified": False}):
        with pytest.raises(AssertionInvalid):
            await approve(world, release, world.lea, **lie)
    with pytest.raises(RoleMissing):
        await approve(world, release, somebody("staff-eve", "Eve"))
    with pytest.raises(AssertionInvalid):
        await approve(world, release, replace(world.lea, key=world.tom.key))
    with pytest.raises(AssertionInvalid):
        await world.releases.approve(release.release_id, StaffId("staff-lea"), "no answer", "staff:Lea")
    assert (await world.audited()).count("release.signature_refused") == 6
    assert (await world.releases.get(release.release_id)).approvals == ()


async def test_a_release_needs_the_officers_signature_of_this_order_and_recipient(world):
    new = world.new_release(world.request())
    stranger = somebody("officer-1", "Impostor")
    with pytest.raises(AssertionInvalid):
        await world.releases.prepare(replace(new, filing=stranger.signs(bytes(32))), "staff:Lea")
    with pytest.raises(AssertionInvalid):
        await world.releases.prepare(replace(new, filing=world.officer.signs(bytes(32))), "staff:Lea")
    with pytest.raises(RequestInvalid):
        await world.releases.prepare(replace(new, order_document=b"another order"), "staff:Lea")
    tomorrow = world.request(end=world.clock.now() + timedelta(minutes=5))
    with pytest.raises(RequestInvalid, match="future"):
        await world.releases.prepare(world.new_release(tomorrow), "staff:Lea")
    with pytest.raises(RequestInvalid, match="disclose"):
        await world.releases.prepare(replace(new, opening=replace(new.opening, result="refuse")), "staff:Lea")


async def test_one_task_is_released_once(world):
    new = world.new_release(world.request())
    release = await world.releases.prepare(new, "staff:Lea")
    again = replace(world.new_release(world.request()), task_id=new.task_id)
    with pytest.raises(RequestInvalid):
        await world.releases.prepare(again, "staff:Lea")
    await world.releases.withdraw(release.release_id, "staff:Lea", "wrong range")
    assert (await world.releases.prepare(again, "staff:Lea")).state is ReleaseState.PREPARED


async def test_custodians_get_nothing_before_the_decision_is_in_the_log(world):
    ada, ben = await world.custodians("ada", "ben")
    await world.seen("198.51.100.9", 52000)
    world.clock.advance(60)
    me = await world.vault.custodian(ada.keys.custodian_id)
    release = await world.releases.prepare(world.new_release(world.request()), "staff:Lea")
    with pytest.raises(ReleaseNotReady):
        await world.steps.package_for(me, release.release_id)
    for person in (world.lea, world.tom):
        await approve(world, release, person)
    with pytest.raises(ReleaseNotReady):
        await world.steps.package_for(me, release.release_id)
    await world.next_batch()
    package = await world.steps.package_for(me, release.release_id)
    assert Package.from_json(package.to_json()) == package
    assert (package.records, package.phone) == ((), None)
    with pytest.raises(PackageInvalid):
        await world.steps.accept_peeled(me, release.release_id, ())
    with pytest.raises(ReleaseNotReady):
        await world.steps.sign_manifest(me, release.release_id, {})
    assert await ben.run("cosign") == 0


async def delivered(world):
    ada, ben = await world.custodians("ada", "ben")
    release = await world.asked_for()
    for machine in (ada, ben, ada):
        await machine.run("open")
    (delivery,) = await world.handover.for_officer(OFFICER)
    return release, delivery


async def test_an_acknowledged_delivery_is_wiped(world):
    release, delivery = await delivered(world)
    with pytest.raises(ReleaseNotFound):
        await world.handover.download(delivery.delivery_id, OfficerId("officer-2"))
    with pytest.raises(DeliveryInvalid):
        await world.handover.acknowledge(delivery.delivery_id, OFFICER, "received")
    first = await world.handover.download(delivery.delivery_id, OFFICER)
    assert first.startswith(b"age-encryption.org/v1\n")
    answered = await world.handover.acknowledge(delivery.delivery_id, OFFICER, "unreadable")
    assert answered.wiped_at is None
    done = await world.handover.acknowledge(delivery.delivery_id, OFFICER, "received")
    assert done.wiped_at == world.clock.now()
    with pytest.raises(DeliveryGone):
        await world.handover.download(delivery.delivery_id, OFFICER)
    assert (await world.releases.get(release.release_id)).state is ReleaseState.CLOSED


async def test_a_delivery_that_nobody_fetches_is_wiped_after_fourteen_days(world):
    release, delivery = await delivered(world)
    world.clock.advance(14 * 86400 - 1)
    assert await world.handover.wipe_due() == ()
    world.clock.advance(1)
    with pytest.raises(DeliveryGone):
        await world.handover.download(delivery.delivery_id, OFFICER)
    assert [gone.delivery_id for gone in await world.handover.wipe_due()] == [delivery.delivery_id]
    content = await world.pools.of("legal").fetchval("SELECT sealed FROM legal.deliveries")
    assert content is None
    with pytest.raises(ReleaseClosed):
        await world.releases.withdraw(release.release_id, "staff:Lea", "too late")

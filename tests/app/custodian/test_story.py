"""Two people decide, the log shows it, two custodians open on their own machines, the officer alone reads."""

from __future__ import annotations

import json
from datetime import timedelta

from parley.core.ids import OfficerId
from parley.legal.disclosure import delivery
from parley.legal.disclosure.model import Field, ReleaseState
from tests.legal_world import ALICE, MALLORY, PHONE


async def test_the_officer_gets_exactly_what_was_decided(world):
    ada, ben, _ = await world.custodians("ada", "ben", "cleo")
    await world.seen("192.0.2.7", 51000, at=world.clock.now() - timedelta(hours=2))
    world.clock.advance(1)
    await world.seen("198.51.100.9", 52000)
    await world.seen("2001:db8::9", 53000)
    await world.seen("203.0.113.1", 54000, account=ALICE)
    when = world.clock.now()
    world.clock.advance(60)
    release = await world.logged()

    assert await ada.run("open") == 5
    assert "nobody outside the server" in ada.screen.text
    assert await ben.run("open") == 0, ben.screen.text
    assert await ada.run("open", "--dry-run") == 0, ada.screen.text
    assert "the phone number, IP addresses, source ports and times" in ada.screen.text
    assert "Inspector Roth" in ada.screen.text
    assert await ada.run("open") == 0, ada.screen.text

    (waiting,) = await world.handover.for_officer(OfficerId("officer-1"))
    sealed = await world.handover.download(waiting.delivery_id, OfficerId("officer-1"))
    opened = delivery.unseal(sealed, str(world.identity), world.delivery_key.public)
    data = json.loads(opened.contents.data_json)
    assert data["phone"] == PHONE
    moment = delivery.moment(when)
    assert data["addresses"] == [
        {"ip": "2001:db8::9", "port": 53000, "time_utc": moment},
        {"ip": "198.51.100.9", "port": 52000, "time_utc": moment},
    ]
    assert opened.manifest["release_sha256"] == release.signed.sha256.hex()
    assert len(opened.manifest["opened_by"]) == 2
    assert b'"ip","198.51.100.9","52000"' in opened.contents.data_csv
    assert waiting.records == 2


async def test_the_server_never_holds_an_address_in_the_clear(world):
    ada, ben = await world.custodians("ada", "ben")
    release = await world.asked_for()
    for machine in (ada, ben, ada):
        await machine.run("open")
    assert (await world.releases.get(release.release_id)).state is ReleaseState.DELIVERED
    legal = world.pools.of("legal")
    for table in ("legal.releases", "legal.deliveries", "legal.manifests", "legal.release_shares",
                  "vault.records", "vault.day_keys", "audit.entries"):  # fmt: skip
        for row in await legal.fetch(f"SELECT t::text AS all FROM {table} t"):
            assert "198.51.100.9" not in row["all"]
            assert bytes([198, 51, 100, 9]).hex() not in row["all"]
    assert await legal.fetchval("SELECT count(*) FROM legal.release_shares") == 0


async def test_a_release_of_the_number_alone_takes_the_same_two_people(world):
    ada, ben = await world.custodians("ada", "ben")
    request = world.request(fields=(Field.PHONE,), days=())
    await world.logged(request)
    for machine in (ada, ben, ada):
        await machine.run("open")
    (waiting,) = await world.handover.for_officer(OfficerId("officer-1"))
    sealed = await world.handover.download(waiting.delivery_id, OfficerId("officer-1"))
    data = json.loads(delivery.unseal(sealed, str(world.identity), world.delivery_key.public).contents.data_json)
    assert data["phone"] == PHONE
    assert "addresses" not in data


async def test_every_step_is_in_the_audit_trail_and_the_disclosure_in_the_log(world):
    ada, ben = await world.custodians("ada", "ben")
    await world.asked_for()
    for machine in (ada, ben, ada):
        await machine.run("open")
    actions = await world.audited()
    steps = ["prepared", "signed", "decided", "packaged", "peeled", "manifest_signed", "delivered"]
    assert {"vault.custodian_enrolled", *(f"release.{step}" for step in steps)} <= set(actions)
    topics = await world.pools.of("outbox").fetch("SELECT topic, payload FROM outbox.items ORDER BY item_id")
    stages = [row["payload"]["opening"]["stage"] for row in topics if row["topic"] == "translog.append"]
    assert stages == ["disclosed"]
    (disclosed,) = [row["payload"] for row in topics if row["topic"] == "legal.disclosed"]
    assert disclosed["fields"] == ["phone", "ip", "port", "ip_time"]


async def test_a_custodian_rotates_keys_and_old_days_still_open(world):
    ada, ben = await world.custodians("ada", "ben")
    await world.seen("198.51.100.9", 52000)
    world.clock.advance(60)
    old = ada.keys.newest.key_no
    assert await ada.run("rotate") == 0, ada.screen.text
    assert ada.keys.newest.key_no == old + 1
    assert await ben.run("pin") == 0
    await world.logged()
    for machine in (ada, ben, ada):
        await machine.run("open")
    (waiting,) = await world.handover.for_officer(OfficerId("officer-1"))
    assert waiting.records == 1


async def test_a_number_that_was_preserved_is_delivered_as_it_stood_then(world):
    ada, ben = await world.custodians("ada", "ben")
    release = await world.decided(world.request(fields=(Field.PHONE,), days=()))
    now, before = world.clock.now(), "+4915550000043"
    await world.vault.preserve(
        release.task_id, MALLORY, now - timedelta(hours=1), now, now + timedelta(days=60), "staff:lea", phone=before
    )
    await world.next_batch()
    for machine in (ada, ben, ada):
        await machine.run("open")
    (waiting,) = await world.handover.for_officer(OfficerId("officer-1"))
    sealed = await world.handover.download(waiting.delivery_id, OfficerId("officer-1"))
    opened = delivery.unseal(sealed, str(world.identity), world.delivery_key.public)
    assert json.loads(opened.contents.data_json)["phone"] == before

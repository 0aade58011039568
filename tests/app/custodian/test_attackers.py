"""What a captured server, a single custodian or a thief gets from the custodians' tools: nothing."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import replace
from datetime import timedelta

import pytest

from parley.app.custodian.checks import Me, check
from parley.app.custodian.client import Client
from parley.app.custodian.errors import NotYet, Refused, ServerFailed
from parley.legal.disclosure import rules
from parley.legal.disclosure.errors import ReleaseNotReady, SamePerson
from parley.legal.disclosure.model import Field
from parley.legal.translog.checkpoints import Checkpoint
from parley.legal.translog.cosignatures import cosign
from parley.legal.translog.notes import COSIGNATURE_V1, ED25519, Note, SignerKey, sign_text
from parley.legal.vault.model import KeyName, SealedRecord
from tests.authenticator import Authenticator
from tests.legal_world import ALICE, MALLORY, SITE, somebody


async def ready(world):
    """A release that only waits for custodians, seen by ada as the second, after ben has cosigned and peeled."""
    ada, ben = await world.custodians("ada", "ben")
    release = await world.asked_for()
    assert await ada.run("open") == 5, ada.screen.text
    assert await ben.run("open") == 0, ben.screen.text
    return ada, ben, release


async def package_of(world, machine, release):
    custodian = await world.vault.custodian(machine.keys.custodian_id)
    package = await world.steps.package_for(custodian, release.release_id)
    keys = machine.keys
    checkpoint = Note.parse(package.receipt.checkpoint)
    for note in map(Note.parse, (await world.door.cosignatures(keys.custodian_id))["notes"]):
        assert note.text == checkpoint.text
        checkpoint = checkpoint.with_signatures(note.signatures)
    package = replace(package, receipt=replace(package.receipt, checkpoint=str(checkpoint)))
    return package, keys.pins, Me(keys.custodian_id, keys.number, keys.cosigner)


async def test_a_captured_server_cannot_change_what_was_decided(world):
    ada, _, release = await ready(world)
    package, pins, me = await package_of(world, ada, release)
    now = world.clock.now()
    assert check(package, pins, me, now).request == release.signed.request

    request = release.signed.request
    other_key = "age1" + "q" * 58
    forged = {
        "account": replace(request, account=ALICE),
        "range": replace(request, start=request.start - timedelta(hours=1)),
        "recipient": replace(request, recipient_key=other_key),
        "fields": replace(request, fields=(Field.PHONE,), days=()),
        "nonce": replace(request, nonce=rules.new_nonce()),
        "decision": replace(request, decision_id="0" * 32),
    }
    for name, changed in forged.items():
        lie = replace(package, request=rules.sign_ready(changed).canonical)
        with pytest.raises(Refused):
            check(lie, pins, me, now)
        resigned = replace(lie, approvals=tuple(
            who.signs(rules.sign_ready(changed).sha256) for who in (world.lea, world.tom)
        ))  # fmt: skip
        with pytest.raises(Refused, match=r"another release|names other data|did not|does not fit"):
            check(resigned, pins, me, now)
        assert name
    with pytest.raises(Refused, match="canonical"):
        check(replace(package, request=package.request + b"\n"), pins, me, now)
    with pytest.raises(Refused, match="order"):
        check(replace(package, order=b'{"another":"order"}'), pins, me, now)


async def test_signatures_count_only_from_two_pinned_people_on_the_pinned_site(world):
    ada, _, release = await ready(world)
    package, pins, me = await package_of(world, ada, release)
    now, digest = world.clock.now(), release.signed.sha256
    lea, tom, eve = world.lea, world.tom, somebody("staff-eve", "Eve")

    def refused(why, **changed):
        with pytest.raises(Refused, match=why):
            check(replace(package, **changed), pins, me, now)

    refused("two different people", approvals=package.approvals[:1])
    refused("two different people", approvals=(lea.signs(digest), lea.signs(digest)))
    refused("pinned", approvals=(lea.signs(digest), eve.signs(digest)))
    impostor = replace(eve.signs(digest), person=tom.person)
    refused("pinned", approvals=(lea.signs(digest), impostor))
    renamed = replace(tom.signs(digest), person=lea.person)
    refused("pinned", approvals=(lea.signs(digest), renamed))
    for lie in ({"origin": "https://evil.example"}, {"rp_id": "evil.example"}, {"verified": False},
                {"kind": "webauthn.create"}):  # fmt: skip
        assertion = tom.key.sign(digest, **lie)
        refused("does not fit", approvals=(lea.signs(digest), replace(tom.signs(digest), assertion=assertion)))
    old = tom.key.sign(secrets.token_bytes(32))
    refused("does not fit", approvals=(lea.signs(digest), replace(tom.signs(digest), assertion=old)))
    refused("not an answer", approvals=(lea.signs(digest), replace(tom.signs(digest), assertion="{}")))
    refused("pinned", filing=eve.signs(digest))
    elsewhere = rules.filing_challenge(release.signed.request.order_sha256, "age1" + "q" * 58)
    refused("does not fit", filing=world.officer.signs(elsewhere))


async def test_the_decision_must_stand_in_a_log_that_somebody_outside_has_cosigned(world):
    ada, ben, release = await ready(world)
    package, pins, me = await package_of(world, ada, release)
    now, receipt = world.clock.now(), package.receipt
    note = Note.parse(receipt.checkpoint)

    def tried(**changed):
        return check(replace(package, receipt=replace(receipt, **changed)), pins, me, now)

    with pytest.raises(Refused, match="commits to another release"):
        tried(opening=replace(receipt.opening, release_sha256="0" * 64))
    with pytest.raises(Refused, match="no decision"):
        tried(opening=replace(receipt.opening, result="refuse"))
    with pytest.raises(Refused, match="other data"):
        tried(opening=replace(receipt.opening, users=2))
    for lie in ({"salt": bytes(32)}, {"index": receipt.index ^ 1},
                {"inclusion_proof": (bytes(32), *receipt.inclusion_proof[1:])}):  # fmt: skip
        with pytest.raises(Refused, match="not proven"):
            tried(**lie)
    forger = SignerKey.generate("chat.example/log", ED25519)
    with pytest.raises(Refused, match="not proven"):
        tried(checkpoint=str(sign_text(note.text, forger)))

    bare = Note(note.text, note.signatures[:1])
    with pytest.raises(NotYet, match="nobody outside"):
        tried(checkpoint=str(bare))
    own = cosign(note.text, ada.keys.cosign, now)
    stranger = cosign(note.text, SignerKey.generate("stranger", COSIGNATURE_V1), now)
    with pytest.raises(NotYet, match="nobody outside"):
        tried(checkpoint=str(bare.with_signatures([own, stranger])))
    stale = cosign(note.text, ben.keys.cosign, now - timedelta(days=4))
    with pytest.raises(NotYet, match="newer than three days"):
        tried(checkpoint=str(bare.with_signatures([stale])))
    newer = bare.with_signatures([cosign(note.text, ben.keys.cosign, now)])
    stale_proof = replace(package, receipt=replace(receipt, checkpoint=str(bare.with_signatures([stale]))))
    assert check(stale_proof, pins, me, now, [newer]).cosigners[0].at == now
    ahead = cosign(note.text, ben.keys.cosign, now + timedelta(days=4))
    with pytest.raises(NotYet, match="newer than three days"):
        tried(checkpoint=str(bare.with_signatures([ahead])))


async def test_nothing_beside_the_decision_can_be_slipped_into_a_package(world):
    ada, _, release = await ready(world)
    package, pins, me = await package_of(world, ada, release)
    (key,) = package.keys
    alices = KeyName(ALICE, key.name.day, key.name.key_id)
    yesterday = KeyName(MALLORY, key.name.day - timedelta(days=1), key.name.key_id)
    lies = [
        {"keys": (replace(key, name=alices),)},
        {"keys": (key, replace(key, name=yesterday))},
        {"keys": (key, key)},
        {"records": (*package.records, SealedRecord(alices, 1, bytes(74)))},
        {"keys": (replace(key, shares=(replace(key.shares[0], holder=9),)),)},
        {"keys": (replace(key, passed=(replace(key.passed[0], receiver=9),)),)},
    ]
    for lie in lies:
        with pytest.raises(Refused):
            check(replace(package, **lie), pins, me, world.clock.now())


async def test_a_record_of_somebody_else_planted_by_the_server_is_found(world):
    ada, _, _ = await ready(world)
    await world.seen("203.0.113.1", 1, account=ALICE)
    legal = world.pools.of("legal")
    stolen = await legal.fetchval("SELECT sealed FROM vault.records WHERE account_id = $1", ALICE)
    row = await legal.fetchrow("SELECT * FROM vault.records WHERE account_id = $1", MALLORY)
    await world.pools.of("seal").execute(
        "INSERT INTO vault.records VALUES ($1, $2, $3, $4, $5)", row["day"], MALLORY, row["key_id"], 7, stolen
    )
    assert await ada.run("open") == 4
    assert "does not fit" in ada.screen.text
    assert "release.refused_by_custodian" in await world.audited()
    assert await world.handover.of_order("order-1") == ()


async def test_a_release_is_never_opened_twice(world):
    ada, ben, release = await ready(world)
    assert await ada.run("open") == 0, ada.screen.text
    await world.pools.of("legal").execute(
        "UPDATE legal.releases SET state = 'decided', handed_on = DEFAULT WHERE release_id = $1",
        release.release_id,
    )
    for machine in (ada, ben):
        assert await machine.run("open", release.release_id) == 4
        assert "never opened twice" in machine.screen.text
    with pytest.raises(Refused, match="nonce was used before for another"):
        ada.state.pending(release.signed.request.nonce, "0" * 64)


async def test_one_custodian_alone_gets_nowhere(world):
    ada, ben = await world.custodians("ada", "ben")
    release = await world.asked_for()
    await ben.run("cosign")
    assert await ada.run("open") == 0, ada.screen.text
    assert await ada.run("open") == 0
    assert "waits for another custodian" in ada.screen.text
    me = await world.vault.custodian(ada.keys.custodian_id)
    with pytest.raises(SamePerson):
        await world.steps.sign_manifest(me, release.release_id, {"data.json": "0" * 64, "data.csv": "0" * 64})
    with pytest.raises(SamePerson):
        await world.steps.accept_delivery(me, release.release_id, b"age-encryption.org/v1\n", 1)
    assert len(await world.steps.open_releases()) == 1


async def test_a_fork_of_the_log_stops_the_tool(world):
    ada, _, _ = await ready(world)
    state_file, state = ada.key_file.with_name("key.state"), ada.state
    seen = state.checkpoint
    forked = Checkpoint(seen.origin, seen.size, bytes(32))
    state_file.write_text(state_file.read_text().replace(repr(state.seen)[1:-1], repr(forked.text())[1:-1]))
    assert ada.state.checkpoint == forked
    assert await ada.run("open") == 4
    assert "public log does not hold" in ada.screen.text
    assert await ada.run("cosign") == 4


async def test_an_old_state_of_the_log_stops_the_tool(world):
    ada, _, _ = await ready(world)
    state_file, state = ada.key_file.with_name("key.state"), ada.state
    later = Checkpoint(state.checkpoint.origin, state.checkpoint.size + 16, bytes(32))
    state_file.write_text(state_file.read_text().replace(repr(state.seen)[1:-1], repr(later.text())[1:-1]))
    assert await ada.run("open") == 4
    assert "leaves; now" in ada.screen.text


async def test_a_server_with_deciders_of_its_own_opens_nothing(world):
    ada, ben = await world.custodians("ada", "ben")
    world.lea.key, world.tom.key = (Authenticator(SITE.rp_id, SITE.origin) for _ in range(2))
    await world.asked_for()
    await ben.run("cosign")
    assert await ada.run("open") == 4
    assert "pinned" in ada.screen.text
    ada.screen.yes = False
    await ada.run("pin")
    assert "CHANGED" in ada.screen.text
    assert await ada.run("open") == 4


async def test_a_server_that_signs_with_another_delivery_key_gets_no_delivery(world):
    ada, _, _ = await ready(world)
    ada.change(delivery_key=secrets.token_bytes(32))
    assert await ada.run("open") == 4
    assert "delivery key" in ada.screen.text
    assert ada.state.nonces == {}


async def test_a_first_custodian_whom_nobody_pinned_is_not_believed(world):
    ada, ben, _ = await ready(world)
    ada.change(custodians=(), witnesses=(ben.keys.cosigner,))
    assert await ada.run("open") == 4
    assert "an earlier custodian is not another one" in ada.screen.text


async def test_the_person_can_say_no_and_the_passphrase_protects_the_key(world):
    ada, _, _ = await ready(world)
    ada.screen.yes = False
    assert await ada.run("open") == 7
    assert ada.state.nonces == {}
    ada.screen.passphrase = "not the passphrase"
    assert await ada.run("open") == 3
    assert "wrong passphrase" in ada.screen.text


async def test_a_lost_memory_is_noticed(world):
    ada, _, _ = await ready(world)
    ada.key_file.with_name("key.state").unlink()
    assert await ada.run("open") == 3
    assert "opened before" in ada.screen.text


async def test_after_a_lost_connection_the_same_bytes_go_out_again(world, monkeypatch):
    ada, _, _ = await ready(world)
    sent, real = [], world.steps.accept_delivery

    async def lossy(custodian, release_id, sealed, records):
        sent.append(sealed)
        if len(sent) == 1:
            raise ReleaseNotReady("the line breaks")
        return await real(custodian, release_id, sealed, records)

    monkeypatch.setattr(world.steps, "accept_delivery", lossy)
    assert await ada.run("open") == 5
    assert await ada.run("open") == 0, ada.screen.text
    assert sent[0] == sent[1]


async def test_a_call_under_another_custodians_name_is_not_taken(world):
    ada, ben = await world.custodians("ada", "ben")
    with (
        Client(world.url, ada.keys.custodian_id, ben.keys.sign) as client,
        pytest.raises(ServerFailed, match="signed"),
    ):
        await asyncio.to_thread(client.get, "/releases")

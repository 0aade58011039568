"""Custodians come, change keys, leave and lose keys, and the others go on with their own tools."""

from __future__ import annotations

import pytest

from parley.app.witness.keeping import make_key
from parley.core.ids import AccountId, OfficerId
from parley.legal.disclosure.errors import PackageInvalid, ReleaseNotReady
from parley.legal.translog.checkpoints import Checkpoint, sign_checkpoint
from parley.legal.translog.cosignatures import cosign
from parley.legal.translog.notes import ED25519, SignerKey
from parley.legal.translog.signer import open_signer
from parley.legal.vault import key_pages, rotation
from tests.legal_world import MALLORY

DAY = 86400


async def leave(world, machine):
    """The operator lets somebody go."""
    await world.vault.let_go(machine.keys.custodian_id, "staff:root", "moves away")


async def test_the_public_checkpoint_does_not_show_that_custodians_are_at_work(world):
    ada, ben = await world.custodians("ada", "ben")
    before = str(await world.reader.checkpoint())
    world.clock.advance(60)
    assert await ada.run("cosign") == 0, ada.screen.text
    assert await ben.run("open") == 0, ben.screen.text
    assert str(await world.reader.checkpoint()) == before
    assert await world.witnesses.all() == []
    notes = (await world.door.cosignatures(ada.keys.custodian_id))["notes"]
    assert [note.count("\N{EM DASH}") for note in notes] == [2, 2], "the log's line and one custodian's"


async def test_an_earlier_cosignature_counts_after_the_next_batch(world):
    ada, ben = await world.custodians("ada", "ben")
    await world.asked_for()
    assert await ben.run("cosign") == 0
    await world.next_batch()
    assert await ada.run("open") == 0, ada.screen.text


async def test_a_leaver_still_opens_the_days_that_were_wrapped_for_them(world):
    ada, ben, cleo = await world.custodians("ada", "ben", "cleo")
    await leave(world, cleo)
    await world.seen("198.51.100.9", 52000)
    world.clock.advance(60)
    await leave(world, ben)
    await world.logged()
    assert await ben.run("cosign") == 0, ben.screen.text
    for machine in (ada, ben):
        assert await machine.run("open") == 0, machine.screen.text
    (waiting,) = await world.handover.for_officer(OfficerId("officer-1"))
    assert waiting.records == 1


async def test_a_leaver_still_moves_their_shares(world):
    _, ben = await world.custodians("ada", "ben")
    await world.seen("198.51.100.9", 52000)
    await leave(world, ben)
    assert await ben.run("rotate") == 0, ben.screen.text


async def test_whoever_left_is_offered_for_removal_and_counts_no_more(world, tmp_path):
    ada, ben, cleo = await world.custodians("ada", "ben", "cleo")
    outside = str(make_key(tmp_path / "witness", "witness.example/anna").verifier)
    await world.witnesses.register(outside, "staff:root")
    assert await ada.run("pin") == 0
    assert outside in ada.keys.pins.witnesses
    await leave(world, cleo)
    await ada.run("pin")
    assert "Nothing was changed" in ada.screen.text, "a leaver holds keys and stays"
    await world.vault.remove_custodian(cleo.keys.custodian_id, "staff:root", "lost the key")
    await world.witnesses.remove(outside, "staff:root")
    ada.screen.yes = False
    await ada.run("pin")
    assert "custodian cleo (REMOVE" in ada.screen.text
    assert "witness witness.example/anna (REMOVE" in ada.screen.text
    assert cleo.keys.cosigner in {str(key) for key in ada.keys.pins.cosigners("")}, "nothing goes without a yes"
    ada.screen.yes = True
    assert await ada.run("pin") == 0
    left = {str(key) for key in ada.keys.pins.cosigners("")}
    assert left == {ben.keys.cosigner}
    assert await cleo.run("cosign") == 6, "the server believes no call of theirs"


async def registered(world):
    """The subjects of the registry entries that wait for the public log."""
    rows = await world.pools.of("outbox").fetch("SELECT payload FROM outbox.items ORDER BY item_id")
    openings = [row["payload"]["opening"] for row in rows if "opening" in row["payload"]]
    return [one["subject"] for one in openings if one["stage"] == "registry"]


async def test_a_rotation_changes_every_key_and_stands_in_the_public_log(world):
    ada, ben = await world.custodians("ada", "ben")
    before = ada.keys
    assert await ada.run("rotate") == 0, ada.screen.text
    after = ada.keys
    assert (await registered(world))[-1] == "custodian_keys"
    assert after.cosigner != before.cosigner
    assert after.sign.public_key() != before.sign.public_key()
    assert after.newest.key_no == before.newest.key_no + 1
    ben.screen.yes = False
    await ben.run("pin")
    assert "custodian ada (CHANGED" in ben.screen.text
    ben.screen.yes = True
    assert await ben.run("pin") == 0
    assert [str(key) for key in ben.keys.pins.cosigners(ben.keys.cosigner)] == [after.cosigner]
    await world.asked_for()
    assert await ada.run("cosign") == 0, ada.screen.text
    assert await ben.run("open") == 0, ben.screen.text


async def many_days(world):
    """Day keys of several accounts, on several pages of a rotation."""
    for account in range(5):
        await world.seen("198.51.100.9", 52000, account=AccountId(MALLORY + account))


async def test_a_rotation_that_was_interrupted_half_way_goes_on_where_it_stopped(world, monkeypatch):
    ada, ben = await world.custodians("ada", "ben")
    await many_days(world)
    monkeypatch.setattr(key_pages, "PAGE", 2)
    pages, real = [], rotation.Rotation.rewrap

    async def breaks(self, custodian_id, moved):
        pages.append(moved)
        if len(pages) == 2:
            raise ReleaseNotReady("the line breaks")
        return await real(self, custodian_id, moved)

    monkeypatch.setattr(rotation.Rotation, "rewrap", breaks)
    assert await ada.run("rotate") == 5, ada.screen.text
    half = ada.keys
    assert half.next_sign is not None
    await world.seen("198.51.100.10", 52001)
    assert await ada.run("rotate") == 0, ada.screen.text
    assert ada.keys.newest.key_no == half.newest.key_no, "no further key is made"
    assert ada.keys.next_sign is None
    assert await ben.run("pin") == 0
    world.clock.advance(60)
    await world.logged()
    for machine in (ben, ada, ben):
        await machine.run("open")
    (waiting,) = await world.handover.for_officer(OfficerId("officer-1"))
    assert waiting.records == 2


async def test_a_rotation_whose_last_answer_was_lost_is_finished_by_the_next_run(world, monkeypatch):
    ada, _ = await world.custodians("ada", "ben")
    await many_days(world)
    real = rotation.Rotation.finish

    async def lossy(self, custodian_id):
        await real(self, custodian_id)
        raise ReleaseNotReady("the answer is lost")

    monkeypatch.setattr(rotation.Rotation, "finish", lossy)
    assert await ada.run("rotate") == 5
    monkeypatch.undo()
    assert await ada.run("rotate") == 0, ada.screen.text
    assert "had ended on the server" in ada.screen.text
    assert ada.keys.next_sign is None
    assert await ada.run("cosign") == 0, ada.screen.text


async def test_an_old_key_goes_from_the_key_file_when_nothing_needs_it(world):
    ada, ben = await world.custodians("ada", "ben")
    release = await world.asked_for()
    assert await ada.run("cosign") == 0
    assert await ben.run("open", release.release_id) == 0, ben.screen.text
    assert await ada.run("rotate") == 0, ada.screen.text
    assert [key.key_no for key in ada.keys.seal] == [1, 2]
    world.clock.advance(2 * DAY)
    assert await ada.run("cosign") == 0
    assert [key.key_no for key in ada.keys.seal] == [1, 2], "ben handed on something under the old key"
    await ben.run("cosign")
    await ben.run("pin")
    assert await ada.run("open") == 0, ada.screen.text
    assert [key.key_no for key in ada.keys.seal] == [2], "it is delivered"
    (waiting,) = await world.handover.for_officer(OfficerId("officer-1"))
    assert waiting.records == 1


async def test_a_release_waits_for_as_many_cosigners_as_the_policy_names(world):
    ada, ben, cleo = await world.custodians("ada", "ben", "cleo")
    names = {one.name: one.keys.cosigner.split("+")[0] for one in (ben, cleo)}
    assert await ada.run("policy", "3") == 1, "nobody can demand more than there are"
    assert await ada.run("policy", "1", "nobody.example") == 1
    assert "no cosigner called nobody.example is pinned" in ada.screen.text
    assert await ada.run("policy", "2") == 0, ada.screen.text
    (shown,) = [one for one in await world.vault.custodians() if one.name == "ada"]
    assert (shown.policy_minimum, shown.policy_of) == (2, tuple(sorted(names.values())))
    await ada.run("show")
    assert "cosignatures by 2 of" in ada.screen.text
    await world.asked_for()
    assert await ben.run("cosign") == 0
    assert await ada.run("open") == 5
    assert "too few" in ada.screen.text
    assert await cleo.run("cosign") == 0
    assert await ada.run("open", "--dry-run") == 0, ada.screen.text
    assert await ada.run("policy", "1", names["cleo"]) == 0
    assert [key.name for key in ada.keys.pins.cosigners(ada.keys.cosigner)] == [names["cleo"]]
    assert await cleo.run("rotate") == 0
    assert await ada.run("pin") == 0
    assert [str(key) for key in ada.keys.pins.cosigners(ada.keys.cosigner)] == [cleo.keys.cosigner]


def noted(world, custodian_id, note):
    """What a captured server hands the others as somebody's cosigned checkpoint."""
    return world.pools.of("legal").execute(
        "INSERT INTO vault.cosigned VALUES ($1, $2, $3) ON CONFLICT (custodian_id) DO UPDATE SET note = $2",
        custodian_id, str(note), world.clock.now(),
    )  # fmt: skip


async def test_two_views_of_the_log_are_found_when_custodians_exchange_what_they_cosigned(world):
    ada, ben = await world.custodians("ada", "ben")
    await world.next_batch()
    assert await ben.run("cosign") == 0
    signer = open_signer(world.folder / "log")
    shown = ben.state.checkpoint
    forked = sign_checkpoint(Checkpoint(shown.origin, shown.size, bytes(32)), signer._key)
    line = cosign(forked.text, ben.keys.cosign, world.clock.now())
    await noted(world, ben.keys.custodian_id, forked.with_signatures([line]))
    assert await ada.run("open") == 4
    assert "another history" in ada.screen.text
    stranger = SignerKey.generate(shown.origin, ED25519)
    await noted(world, ben.keys.custodian_id, sign_checkpoint(Checkpoint.parse(forked.text), stranger))
    assert await ada.run("open") == 4
    assert "a cosigned checkpoint does not hold" in ada.screen.text


async def test_the_server_takes_a_custodians_own_cosignature_of_its_log_and_no_other(world):
    ada, ben = await world.custodians("ada", "ben")
    note = await world.reader.checkpoint()
    me = ada.keys.custodian_id
    bens = note.with_signatures([cosign(note.text, ben.keys.cosign, world.clock.now())])
    other = sign_checkpoint(Checkpoint.parse(note.text), SignerKey.generate("chat.example/log", ED25519))
    mine = other.with_signatures([cosign(other.text, ada.keys.cosign, world.clock.now())])
    for lie in (note, bens, mine, "no note"):
        with pytest.raises(PackageInvalid):
            await world.door.cosign(me, {"note": str(lie)})
    assert (await world.door.cosignatures(me))["notes"] == []
    both = bens.with_signatures([cosign(note.text, ada.keys.cosign, world.clock.now())])
    await world.door.cosign(me, {"note": str(both)})
    (kept,) = (await world.door.cosignatures(me))["notes"]
    assert ben.keys.cosign.name not in kept, "nobody speaks for another"

"""Custodians come, change keys, leave and lose keys, and the others go on with their own tools."""

from __future__ import annotations

from parley.app.witness.keeping import make_key
from parley.core.ids import OfficerId


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
    await world.seen("198.51.100.9", 52000)
    world.clock.advance(60)
    await world.logged()
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

"""The log as it is written: always consistent, or loudly refused."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import asyncpg
import pytest

from parley.core.clock import ManualClock
from parley.legal.translog.checkpoints import Checkpoint, verify_checkpoint
from parley.legal.translog.cosignatures import cosign
from parley.legal.translog.cosigning import Witnesses
from parley.legal.translog.errors import (
    EntryPending,
    EntryUnknown,
    LogForked,
    Malformed,
    SignatureInvalid,
    TileUnknown,
)
from parley.legal.translog.following import check_continues, fetch_leaf
from parley.legal.translog.merkle import EMPTY_ROOT
from parley.legal.translog.notes import COSIGNATURE_V1, SignerKey, VerifierKey
from parley.legal.translog.openings import Opening, Stage
from parley.legal.translog.publication import check_part, check_publications
from parley.legal.translog.quarterly import Quarterly
from parley.legal.translog.reading import LogReader
from parley.legal.translog.receipts import verify_receipt
from parley.legal.translog.rules import Quarter
from parley.legal.translog.service import Translog
from parley.legal.translog.survey import check_everything
from parley.legal.translog.tiles import Tile, bundles_of, tiles_of
from parley.legal.translog.worker import Worker
from parley.storage.pools import Pools

_BASE = "parley.example/transparency/log"
_WITNESS = SignerKey("witness.example/w1", COSIGNATURE_V1, bytes(range(32)))


def _order(stage: Stage = Stage.RECEIVED, ref: str = "a1", **more: object) -> Opening:
    return Opening.from_json(
        {"stage": str(stage), "order_ref": ref, "country": "DE", "instrument": "national_court", **more}
    )


class _World:
    """One server's log with everything that touches it."""

    def __init__(self, pools: Pools, clock: ManualClock, folder: Path) -> None:
        self.database = pools.of("log")
        self.clock = clock
        self.folder = folder
        self.translog = Translog(self.database, clock, folder, _BASE)
        self.quarterly = Quarterly(self.database, clock, closed=8)
        self.reader = LogReader(self.database)
        self.witnesses = Witnesses(self.database, clock)

    async def batch(self) -> None:
        self.clock.advance(3600)
        assert await self.translog.write_due() is not None

    async def key(self) -> VerifierKey:
        return VerifierKey.parse(await self.reader.vkey())

    async def head(self) -> Checkpoint:
        return verify_checkpoint(await self.reader.checkpoint(), await self.key()).checkpoint

    async def files(self) -> Callable[[str], bytes]:
        """Everything that a stranger could fetch now."""
        note = await self.reader.checkpoint()
        size = Checkpoint.parse(note.text).size
        stored = {"checkpoint": str(note).encode()}
        for tile in (*tiles_of(size), *bundles_of(size)):
            stored[tile.path] = await self.reader.tile(tile)
        return stored.__getitem__


@pytest.fixture
def world(pools: Pools, clock: ManualClock, data_dir: Path) -> _World:
    return _World(pools, clock, data_dir / "log")


async def test_a_new_log_has_a_signed_checkpoint_at_once(world: _World) -> None:
    with pytest.raises(TileUnknown):
        await world.reader.checkpoint()
    log = await world.translog.open()
    assert log.origin == _BASE
    assert await world.head() == Checkpoint(_BASE, 0, EMPTY_ROOT)
    assert await world.translog.open() == log
    assert all(path.stat().st_mode & 0o077 == 0 for path in world.folder.iterdir())


async def test_entries_wait_for_the_hour_and_then_have_a_receipt(world: _World) -> None:
    await world.translog.open()
    entry = await world.translog.append(_order())
    assert await world.translog.write_due() is None
    with pytest.raises(EntryPending):
        await world.reader.proof_for(entry)
    await world.batch()
    receipt = await world.reader.proof_for(entry)
    assert verify_receipt(receipt, await world.key()).checkpoint.size == 16
    assert receipt.opening == _order()
    with pytest.raises(EntryUnknown):
        await world.reader.proof_for("no such entry")


async def test_every_change_of_the_rules_is_entered_and_a_restart_is_none(world: _World) -> None:
    await world.translog.open()
    first, second = "1" * 64, "2" * 64
    entered = []
    for digest in (first, first, second, first):
        entered.append(await world.translog.state_rules("checks", digest))
        world.clock.advance(60)
    assert entered == [True, False, True, True]
    assert await world.translog.state_rules("channels", first)


async def test_an_entry_that_comes_twice_is_logged_once(world: _World) -> None:
    await world.translog.open()
    payload = {"entry_id": "e1", "opening": _order().to_json()}
    for _ in range(2):
        await world.translog.take("translog.append", payload)
    await world.batch()
    await world.translog.take("translog.append", payload)
    await world.batch()
    stored = await world.database.fetchval("SELECT count(*) FROM translog.leaves WHERE entry_id IS NOT NULL")
    assert stored == 1


async def test_what_the_log_may_not_say_never_enters_it(world: _World) -> None:
    for opening in (Opening(Stage.PADDING), Opening(Stage.AUDIT_HEAD, sha256="ab" * 32), Opening(Stage.RECEIVED)):
        with pytest.raises(Malformed):
            await world.translog.append(opening)


async def test_a_stranger_can_follow_and_check_everything(world: _World) -> None:
    await world.translog.open()
    empty = await world.head()
    seen = [empty]
    for number in range(20):
        await world.translog.append(_order(ref=f"r{number}"))
        await world.batch()
        fetch = await world.files()
        head = await world.head()
        check_continues(fetch, seen[number // 2], head)
        seen.append(head)
    survey = check_everything(fetch, head)
    assert (survey.size, survey.batches) == (320, 20)
    assert fetch_leaf(fetch, 300, head).seq == 300
    await world.database.fetchval("SELECT 1")


async def test_a_tile_beyond_the_checkpoint_is_not_served(world: _World) -> None:
    await world.translog.open()
    await world.batch()
    for tile in (Tile(0, 0), Tile(0, 1, 1), Tile(1, 0, 1), Tile(None, 0, 17)):
        with pytest.raises(TileUnknown):
            await world.reader.tile(tile)
    assert len(await world.reader.tile(Tile(0, 0, 16))) == 512


async def test_the_logs_role_can_change_and_delete_nothing(world: _World) -> None:
    await world.translog.open()
    await world.batch()
    for statement in (
        "UPDATE translog.leaves SET batch = 9",
        "DELETE FROM translog.leaves",
        "DELETE FROM translog.checkpoints",
        "TRUNCATE translog.opened",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await world.database.execute(statement)


async def test_a_crash_between_batch_and_signature_is_made_good(
    world: _World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.translog.open()
    entry = await world.translog.append(_order())

    async def crash(*_: object) -> None:
        raise RuntimeError("power cut")

    with monkeypatch.context() as patch:
        patch.setattr("parley.legal.translog.store.add_checkpoint", crash)
        world.clock.advance(3600)
        with pytest.raises(RuntimeError):
            await world.translog.write_due()
    assert (await world.head()).size == 0
    with pytest.raises(EntryPending):
        await world.reader.proof_for(entry)
    await world.translog.open()
    assert (await world.head()).size == 16
    await world.batch()
    assert (await world.head()).size == 32


async def test_an_older_database_is_refused_and_a_new_origin_says_why(
    world: _World, pools: Pools, clock: ManualClock
) -> None:
    await world.translog.open()
    for _ in range(2):
        await world.batch()
    owner = pools.of("owner")
    for table in ("cosignatures", "checkpoints", "hashes", "leaves", "batches"):
        column = {"checkpoints": "size > 16", "hashes": "position >= 16", "cosignatures": "size > 16"}
        await owner.execute(f"DELETE FROM translog.{table} WHERE {column.get(table, 'batch = 2')}")
    clock.advance(3600)
    with pytest.raises(LogForked):
        await world.translog.write_due()
    worker = Worker(world.translog, world.quarterly, _always)
    await worker.tick()
    assert worker.refusal
    log = await world.translog.new_origin("an old backup was restored", "staff:ann")
    assert log.origin == f"{_BASE}/2"
    assert (await world.head()).size == 0
    await world.batch()
    assert (await world.head()).origin == log.origin
    assert [item.reason for item in await world.reader.logs()][1] == "an old backup was restored"


async def _always() -> bool:
    return True


async def test_a_lost_key_or_a_lost_memory_is_refused(world: _World) -> None:
    await world.translog.open()
    await world.batch()
    shutil.copytree(world.folder, world.folder.with_name("copy"))
    (world.folder / "signed.json").unlink()
    with pytest.raises(LogForked, match="memory"):
        await world.translog.open()
    (world.folder / "signed.json").write_text("{")
    with pytest.raises(LogForked, match="damaged"):
        await world.translog.open()
    shutil.rmtree(world.folder)
    with pytest.raises(LogForked, match="key"):
        await world.translog.open()
    shutil.copytree(world.folder.with_name("copy"), world.folder)
    await world.batch()


async def test_only_registered_witnesses_are_served_and_only_over_our_checkpoints(world: _World) -> None:
    await world.translog.open()
    await world.batch()
    note = await world.reader.checkpoint()
    cosigned = note.with_signatures([cosign(note.text, _WITNESS, world.clock.now())])
    with pytest.raises(SignatureInvalid):
        await world.witnesses.accept(cosigned)
    with pytest.raises(Malformed):
        await world.witnesses.register(await world.reader.vkey(), "staff:ann")
    await world.witnesses.register(str(_WITNESS.verifier), "staff:ann")
    assert [item.name for item in await world.witnesses.accept(cosigned)] == ["witness.example/w1"]
    served = await world.reader.checkpoint()
    verify_checkpoint(str(served), await world.key(), [_WITNESS.verifier], 1)
    other = Checkpoint(_BASE, 16, bytes(32)).text()
    with pytest.raises(SignatureInvalid):
        await world.witnesses.accept(note.__class__(other, (cosign(other, _WITNESS, world.clock.now()),)))
    await world.witnesses.remove(str(_WITNESS.verifier), "staff:ann")
    assert await world.witnesses.all() == []
    assert len((await world.reader.checkpoint()).signatures) == 2


async def test_a_receipt_prefers_a_checkpoint_that_was_cosigned(world: _World) -> None:
    await world.translog.open()
    entry = await world.translog.append(_order())
    await world.batch()
    await world.witnesses.register(str(_WITNESS.verifier), "staff:ann")
    note = await world.reader.checkpoint()
    await world.witnesses.accept(note.with_signatures([cosign(note.text, _WITNESS, world.clock.now())]))
    await world.batch()
    receipt = await world.reader.proof_for(entry)
    assert verify_receipt(receipt, await world.key(), [_WITNESS.verifier], 1).checkpoint.size == 16


async def test_a_gagged_order_is_opened_only_after_its_gag(world: _World) -> None:
    await world.translog.open()
    quarter = Quarter.of(world.clock.now())
    await world.translog.set_gag("secret", quarter.later(2).start + timedelta(days=1))
    await world.translog.append(_order(ref="secret", gag=True))
    await world.translog.append(_order(ref="open"))
    for _ in range(3):
        await world.batch()
    world.clock.set(quarter.end)
    assert await world.quarterly.publish_due() == [quarter]
    assert await world.quarterly.publish_due() == []
    first = await world.quarterly.publication(quarter)
    assert [item.opening.order_ref for item in first.entries() if item.opening.order_ref] == ["open"]
    assert first.logs[0].closed == 8
    for later in (quarter.later(1), quarter.later(2)):
        world.clock.set(later.end)
        assert await world.quarterly.publish_due() == [later]
    publications = await world.quarterly.until(quarter.later(2))
    assert publications[1].logs[0].late == ()
    assert [item.opening.order_ref for item in publications[2].logs[0].late] == ["secret"]
    fetch, head = await world.files(), await world.head()
    for publication in publications:
        for part in publication.logs:
            check_part(part, lambda index: fetch_leaf(fetch, index, head))
    check_publications(publications)


async def test_a_gag_that_was_lifted_no_longer_hides(world: _World) -> None:
    await world.translog.open()
    quarter = Quarter.of(world.clock.now())
    await world.translog.take("translog.gag", {"order_ref": "x", "until": "2030-01-01T00:00:00+00:00"})
    await world.translog.append(_order(ref="x"))
    await world.batch()
    await world.translog.take("translog.gag", {"order_ref": "x", "until": None})
    world.clock.set(quarter.end)
    await world.quarterly.publish_due()
    opened = (await world.quarterly.publication(quarter)).entries()
    assert [item.opening.order_ref for item in opened if item.opening.order_ref] == ["x"]

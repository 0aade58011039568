"""Whatever is lost (hashes, leaves, the key, the memory): a consistent log, or a loud refusal and a new one."""

from __future__ import annotations

import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path

import asyncpg
import pytest

from parley.core.clock import ManualClock
from parley.legal.translog.checkpoints import Checkpoint, verify_checkpoint
from parley.legal.translog.cosigning import Witnesses
from parley.legal.translog.errors import (
    EntryPending,
    LogForked,
    Malformed,
    ProofInvalid,
    TileUnknown,
    TranslogError,
)
from parley.legal.translog.notes import VerifierKey
from parley.legal.translog.openings import Opening, Stage
from parley.legal.translog.origins import Announcement, Origin, read_origins, trace
from parley.legal.translog.publication import check_publications
from parley.legal.translog.quarterly import Quarterly
from parley.legal.translog.reading import LogReader
from parley.legal.translog.receipt_check import Outcome, ReceiptCheck
from parley.legal.translog.receipts import Receipt, verify_receipt
from parley.legal.translog.rules import Quarter
from parley.legal.translog.service import Translog
from parley.legal.translog.tiles import Tile
from parley.storage.pools import Pools

_BASE = "parley.example/log"


class _World:
    """A log of three batches with a receipt, and ways to lose parts of it."""

    def __init__(self, pools: Pools, clock: ManualClock, folder: Path) -> None:
        self.database, self.owner, self.clock, self.folder = pools.of("log"), pools.of("owner"), clock, folder
        self.reader = LogReader(self.database)
        self.receipts: list[Receipt] = []

    def server(self) -> Translog:
        """A server that has just been started."""
        return Translog(self.database, self.clock, self.folder, _BASE)

    async def batch(self, server: Translog, ref: str) -> Receipt:
        entry = await server.append(
            Opening(Stage.RECEIVED, order_ref=ref, country="DE", instrument="national_court")
        )
        self.clock.advance(3600)
        assert await server.write_due()
        return await self.reader.proof_for(entry)

    async def lose_leaves(self) -> None:
        await self.owner.execute("DELETE FROM translog.leaves WHERE log_id = 1 AND leaf_index BETWEEN 3 AND 7")

    async def lose_hashes(self) -> None:
        await self.owner.execute("DELETE FROM translog.hashes WHERE log_id = 1 AND position BETWEEN 3 AND 7")

    async def lose_key(self) -> None:
        (self.folder / "key").unlink()

    async def lose_memory(self) -> None:
        (self.folder / "signed.json").unlink()

    async def lose_folder(self) -> None:
        shutil.rmtree(self.folder)

    async def origins(self) -> list[Origin]:
        return [
            Origin(log.origin, log.vkey, f"origins/{log.log_id}", said, receipt)
            for log, said, receipt in await self.reader.origins()
        ]


Loss = Callable[[_World], Awaitable[None]]
_LOSSES: list[Loss] = [
    _World.lose_leaves,
    _World.lose_hashes,
    _World.lose_key,
    _World.lose_memory,
    _World.lose_folder,
]


@pytest.fixture
async def world(pools: Pools, clock: ManualClock, data_dir: Path) -> _World:
    made = _World(pools, clock, data_dir / "log")
    server = made.server()
    await server.open()
    made.receipts = [await made.batch(server, f"r{number}") for number in range(3)]
    return made


@pytest.mark.parametrize("lose", _LOSSES)
async def test_what_is_lost_is_refused_loudly_and_old_receipts_stay_provable(world: _World, lose: Loss) -> None:
    running = world.server()
    await running.open()
    await lose(world)
    world.clock.advance(3600)
    for server in (running, world.server()):
        with pytest.raises(LogForked):
            await server.write_due()
    if lose is _World.lose_folder:  # as `parley new-log` does: no name of an old log is used again
        world.folder.mkdir(parents=True)
        (world.folder / "signed.json").write_text(f'{{"{_BASE}": {{"size": 4611686018427387904, "root": ""}}}}')
    server = world.server()
    await server.new_origin("the disk failed", "staff:ann")
    assert (await world.reader.log()).origin == f"{_BASE}/2"
    fresh = await world.batch(server, "after")
    trusted = VerifierKey.parse(await world.reader.vkey())
    verify_receipt(fresh, trusted)
    _, key = trace(await world.origins(), trusted, _BASE)
    for receipt in world.receipts:
        verify_receipt(receipt, key)


async def test_an_emptied_database_and_a_lost_memory_make_no_second_history(world: _World) -> None:
    """Both as on the first day: the signer once took the log for a new one and signed it from leaf 0 again."""
    for table in ("checkpoints", "hashes", "leaves", "batches"):
        await world.owner.execute(
            f"DELETE FROM translog.{table} {'WHERE size > 0' if table == 'checkpoints' else ''}"
        )
    await world.lose_memory()
    world.clock.advance(3600)
    with pytest.raises(LogForked, match="memory"):
        await world.server().write_due()


async def test_a_lost_tile_is_not_served_short(world: _World) -> None:
    await world.lose_hashes()
    await world.lose_leaves()
    for level in (0, None):
        with pytest.raises(TileUnknown, match="lost"):
            await world.reader.tile(Tile(level, 0, 48))


async def test_an_old_log_stays_served_under_its_own_number(world: _World) -> None:
    old = await world.reader.log()
    head = await world.reader.checkpoint()
    tile = await world.reader.tile(Tile(0, 0, 48))
    await world.server().new_origin("a drill", "staff:ann")
    assert (await world.reader.checkpoint()).text.startswith(f"{_BASE}/2\n0\n")
    assert await world.reader.numbered(1) == old
    assert await world.reader.checkpoint(old) == head
    assert await world.reader.tile(Tile(0, 0, 48), old) == tile
    with pytest.raises(TileUnknown):
        await world.reader.numbered(3)


async def test_an_entry_that_its_log_never_signed_goes_into_the_next_log(
    world: _World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A crash before the signature, and then the memory is lost: the disclosure still becomes public."""
    server = world.server()
    entry = await server.append(Opening(Stage.FAKE, order_ref="late", country="DE", instrument="national_court"))

    async def crash(*_: object) -> None:
        raise RuntimeError("power cut")

    with monkeypatch.context() as patch:
        patch.setattr("parley.legal.translog.service.Translog._sign_size", crash)
        world.clock.advance(3600)
        with pytest.raises(RuntimeError):
            await server.write_due()
    await world.lose_memory()
    fresh = world.server()
    await fresh.new_origin("the disk failed", "staff:ann")
    with pytest.raises(EntryPending):
        await world.reader.proof_for(entry)
    await world.batch(fresh, "after")
    receipt = await world.reader.proof_for(entry)
    verify_receipt(receipt, VerifierKey.parse(await world.reader.vkey()))
    assert receipt.opening.order_ref == "late"


async def test_leaves_that_were_lost_stay_visible_as_closed_for_ever(world: _World) -> None:
    """An ended log's quarter still covers its whole range, so that the log after it can be verified."""
    await world.lose_leaves()
    await world.server().new_origin("the disk failed", "staff:ann")
    quarter = Quarter.of(world.clock.now())
    quarterly = Quarterly(world.database, world.clock, closed=4)
    world.clock.set(quarter.end)
    await quarterly.publish_due()
    published = await quarterly.publication(quarter)
    check_publications([published])
    part = next(part for part in published.logs if part.origin == _BASE)
    assert (part.first_index, part.last_index, len(part.openings) + part.closed) == (0, 47, 48)
    assert part.closed >= 5


async def test_no_leaf_is_opened_before_it_is_signed(world: _World, monkeypatch: pytest.MonkeyPatch) -> None:
    async def crash(*_: object) -> None:
        raise RuntimeError("power cut")

    quarterly = Quarterly(world.database, world.clock, closed=4)
    with monkeypatch.context() as patch:
        patch.setattr("parley.legal.translog.service.Translog._sign_size", crash)
        world.clock.advance(3600)
        with pytest.raises(RuntimeError):
            await world.server().write_due()
    world.clock.set(Quarter.of(world.clock.now()).end)
    assert await quarterly.publish_due() == []
    await world.server().open()
    assert len(await quarterly.publish_due()) == 1


async def test_the_first_entry_of_a_new_log_commits_to_the_one_before(world: _World) -> None:
    last = Checkpoint.parse((await world.reader.checkpoint()).text)
    server = world.server()
    await server.new_origin("a drill", "staff:ann")
    assert (await world.origins())[1].receipt is None, "not before its first batch"
    await world.batch(server, "after")
    first, second = await world.origins()
    assert (first.announcement, first.receipt) == (None, None)
    said, receipt = second.announcement, second.receipt
    assert said is not None
    assert receipt is not None
    assert (said.reason, said.before_origin, said.before_vkey) == ("a drill", first.origin, first.vkey)
    assert verify_checkpoint(said.before_checkpoint, VerifierKey.parse(first.vkey)).checkpoint == last
    assert receipt.opening.sha256 == said.digest


async def test_pages_for_everybody_prove_the_chain_with_the_rights_for_exactly_that(
    world: _World, pools: Pools
) -> None:
    """A process that serves public pages alone reads announcements, and no opening beside theirs."""
    server = world.server()
    await server.new_origin("a drill", "staff:ann")
    await world.batch(server, "after")
    public = pools.of("public")
    assert await LogReader(public).origins() == await world.reader.origins()
    assert await Witnesses(public, world.clock).asked() == []
    finding = await ReceiptCheck(public, LogReader(public)).check(world.receipts[0].serialize().encode())
    assert finding.outcome is Outcome.HOLDS
    for statement in ("SELECT opening FROM translog.leaves", "SELECT salt FROM translog.entries"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await public.fetch(statement)


async def test_a_false_chain_is_found(world: _World) -> None:
    server = world.server()
    await server.new_origin("first", "staff:ann")
    await world.batch(server, "b")
    server = world.server()
    await server.new_origin("second", "staff:ann")
    await world.batch(server, "c")
    honest = await world.origins()
    trusted = VerifierKey.parse(await world.reader.vkey())
    for origin in (_BASE, f"{_BASE}/2", f"{_BASE}/3"):
        assert trace(honest, trusted, origin)[1].name == origin
    one, two, three = honest
    said = two.announcement
    assert said is not None
    forged = Announcement(two.origin, two.vkey, "first", one.origin, three.vkey, "")
    lies: list[tuple[list[Origin], str]] = [
        ([one, Origin(two.origin, two.vkey, two.path, forged, two.receipt), three], "another announcement"),
        ([one, Origin(two.origin, two.vkey, two.path, said, three.receipt), three], "."),
        ([one, Origin(two.origin, two.vkey, two.path, said, None), three], "has not entered yet"),
        ([one, Origin(two.origin, three.vkey, two.path, said, two.receipt), three], "another key"),
        ([Origin("else", one.vkey, one.path), two, three], "of another log"),
        ([one, three], "of another log"),
        ([one, two], "no log"),
        ([], "no log"),
    ]
    for chain, reason in lies:
        with pytest.raises(TranslogError, match=reason):
            trace(chain, trusted, _BASE)
    with pytest.raises(ProofInvalid):
        trace(honest, trusted, "somewhere else")


def test_what_is_no_list_of_origins_is_refused() -> None:
    for raw in ("{}", '{"logs": 3}', '{"logs": [3]}', '{"logs": [{"origin": "a"}]}', "[]"):
        with pytest.raises(Malformed):
            read_origins(raw)

"""A busy desk: an emergency is in the log within the hour whatever waits, and only the desk sees what does."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from parley.core.clock import ManualClock
from parley.legal.translog.asking import AskWitnesses
from parley.legal.translog.backlog import LogState
from parley.legal.translog.cosignatures import cosign
from parley.legal.translog.cosigning import Witnesses
from parley.legal.translog.errors import EntryPending
from parley.legal.translog.notes import COSIGNATURE_V1, SignerKey
from parley.legal.translog.openings import Opening, Stage
from parley.legal.translog.ports import Answer
from parley.legal.translog.quarterly import Quarterly
from parley.legal.translog.reading import LogReader
from parley.legal.translog.service import Translog
from parley.legal.translog.worker import Worker
from parley.storage.pools import Pools

_K = 16
_STEPS = (Stage.RECEIVED, Stage.VERIFIED, Stage.DECIDED, Stage.DISCLOSED, Stage.NOTIFIED, Stage.CLOSED)
_KEY = SignerKey("witness.example/w1", COSIGNATURE_V1, bytes(range(32)))


def _order(stage: Stage, ref: str) -> Opening:
    result = {"result": "disclose"} if stage is Stage.DECIDED else {}
    said = {"stage": str(stage), "order_ref": ref, "country": "DE", "instrument": "emergency", **result}
    return Opening.from_json(said)


class _World:
    def __init__(self, pools: Pools, clock: ManualClock, folder: Path) -> None:
        self.database, self.clock = pools.of("log"), clock
        self.translog = Translog(self.database, clock, folder, "parley.example/log", leaves=_K)
        self.reader = LogReader(self.database)
        self.witnesses = Witnesses(self.database, clock)
        self.asking = AskWitnesses(self.database, clock, self.witnesses, self._no_post)
        self.worker = Worker(self.translog, Quarterly(self.database, clock), self._always)
        self.state = LogState(self.database, clock, self.worker, self.asking, _K)

    @staticmethod
    async def _always() -> bool:
        return True

    @staticmethod
    async def _no_post(url: str, body: bytes) -> Answer:
        return Answer(422, "text/plain", b"")

    async def hour(self) -> None:
        self.clock.advance(3600)
        await self.worker.tick()

    async def wait(self, count: int, *, emergency: bool = False) -> list[str]:
        """Let so many entries wait, one a second."""
        made = []
        for number in range(count):
            made.append(await self.translog.append(_order(Stage.RECEIVED, f"w{number}"), emergency=emergency))
            self.clock.advance(1)
        return made

    async def is_in(self, entry: str) -> bool:
        try:
            await self.reader.proof_for(entry)
        except EntryPending:
            return False
        return True


@pytest.fixture
async def world(pools: Pools, clock: ManualClock, data_dir: Path) -> _World:
    made = _World(pools, clock, data_dir / "log")
    await made.translog.open()
    return made


async def test_an_emergency_keeps_its_eight_hours_whatever_waits(world: _World) -> None:
    """Six steps, each handed in when the one before is in the log, behind a backlog of more than a day."""
    await world.wait(400)
    began = world.clock.now()
    for stage in _STEPS:
        entry = await world.translog.append(_order(stage, "urgent"), emergency=True)
        await world.hour()
        assert await world.is_in(entry), f"{stage} missed its batch"
    assert world.clock.now() - began <= timedelta(hours=8)


async def test_a_backlog_shrinks_by_age_in_batches_of_one_size(world: _World) -> None:
    entries = await world.wait(40)
    seen = []
    for _ in range(4):
        await world.hour()
        seen.append([await world.is_in(entry) for entry in entries].count(True))
        assert all([await world.is_in(entry) for entry in entries[: seen[-1]]]), "the older ones first"
    assert seen == [15, 30, 40, 40]
    sizes = await world.database.fetch("SELECT leaves FROM translog.batches")
    assert {row["leaves"] for row in sizes} == {_K}, "nobody sees that anything waited"


async def test_the_desk_is_told_what_waits_and_when_it_will_be_in(world: _World) -> None:
    assert (await world.state.look()).alarms == ()
    await world.wait(15)
    assert (await world.state.look()).alarms == ()
    await world.wait(25)
    (alarm,) = (await world.state.look()).alarms
    assert "40 entries, 3 hours" in alarm
    await world.wait(16, emergency=True)
    assert any("16 entries of emergencies wait" in alarm for alarm in (await world.state.look()).alarms)
    world.clock.advance(3 * 3600)
    assert any("has waited for 3 hours" in alarm for alarm in (await world.state.look()).alarms)
    assert await world.state.alarm_count() == 3
    for _ in range(4):
        await world.hour()
    look = await world.state.look()
    assert (look.alarms, look.backlog.waiting, look.size) == ((), 0, 64)


async def test_the_desk_is_told_of_a_log_that_stands_still_and_of_a_witness_that_saw_another(
    world: _World, data_dir: Path
) -> None:
    await world.witnesses.register(str(_KEY.verifier), "staff:ann", "https://witness.example")
    await world.hour()
    note = await world.reader.checkpoint()
    await world.witnesses.accept(note.with_signatures([cosign(note.text, _KEY, world.clock.now())]))
    await world.hour()
    await world.asking.ask_due()
    (data_dir / "log" / "signed.json").unlink()
    await world.hour()
    look = await world.state.look()
    assert any("not continued" in alarm for alarm in look.alarms)
    assert any("witness.example/w1 holds another history" in alarm for alarm in look.alarms)
    (watcher,) = look.watchers
    assert (watcher.name, watcher.url, watcher.size) == ("witness.example/w1", "https://witness.example", 16)


async def test_a_desk_without_a_log_says_so(pools: Pools, clock: ManualClock, data_dir: Path) -> None:
    look = await _World(pools, clock, data_dir / "log").state.look()
    assert (look.origin, look.size, look.watchers) == (None, 0, ())

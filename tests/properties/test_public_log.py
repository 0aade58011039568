"""Whatever happens to the log (crashes, restarts, old backups): one history for everybody, or a loud refusal."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from parley.app.backup.signer_memory import retire
from parley.app.witness.cosigner import Cosigner
from parley.app.witness.memory import Memory
from parley.core.clock import ManualClock
from parley.legal.translog import service as service_module
from parley.legal.translog import store
from parley.legal.translog.asking import AskWitnesses
from parley.legal.translog.checkpoints import Checkpoint, verify_checkpoint
from parley.legal.translog.cosigning import Witnesses
from parley.legal.translog.errors import EntryPending, LogForked, ProofLost, TileUnknown
from parley.legal.translog.following import check_continues
from parley.legal.translog.notes import COSIGNATURE_V1, Note, SignerKey, VerifierKey
from parley.legal.translog.openings import Opening, Stage
from parley.legal.translog.origins import Origin, trace
from parley.legal.translog.ports import Answer
from parley.legal.translog.publication import check_part, check_publications
from parley.legal.translog.quarterly import Quarterly
from parley.legal.translog.reading import LogReader
from parley.legal.translog.receipts import Receipt, verify_receipt
from parley.legal.translog.rules import Quarter
from parley.legal.translog.service import Translog
from parley.legal.translog.survey import Survey, check_everything
from parley.legal.translog.tiles import bundles_of, tiles_of
from parley.storage.pools import Pools

_BASE = "parley.example/log"
_TABLES = (
    "opened",
    "publications",
    "cosignatures",
    "checkpoints",
    "hashes",
    "announcements",
    "leaves",
    "batches",
    "gags",
    "entries",
    "logs",
)
_WITNESS = SignerKey("witness.example/w1", COSIGNATURE_V1, bytes(range(32)))
_REFS = st.integers(0, 3)
_STEPS = st.one_of(
    st.tuples(st.just("append"), st.integers(1, 9)),
    st.tuples(st.just("emergency"), _REFS),
    st.tuples(st.just("batch"), st.just(0)),
    st.tuples(st.just("gag"), _REFS),
    st.tuples(st.just("lift the gag"), _REFS),
    st.tuples(st.just("end of the quarter"), st.just(0)),
    st.tuples(st.just("ask the witness"), st.just(0)),
    st.tuples(st.just("crash before the signature"), st.just(0)),
    st.tuples(st.just("crash before publication"), st.just(0)),
    st.tuples(st.just("restart"), st.just(0)),
    st.tuples(st.just("restore an old database"), st.integers(0, 6)),
    st.tuples(st.just("lose leaves"), st.integers(0, 12)),
    st.tuples(st.just("lose hashes"), st.integers(0, 12)),
    st.tuples(st.just("lose the key"), st.just(0)),
    st.tuples(st.just("lose the memory"), st.just(0)),
    st.tuples(st.just("new origin"), st.just(0)),
)


class _Crash(Exception):
    """The power went out."""


class _History:
    """A server, a witness, and a stranger who remembers every checkpoint that was ever served."""

    def __init__(self, pools: Pools, folder: Path) -> None:
        self.pools = pools
        self.folder = folder
        self.clock = ManualClock()
        self.reader = LogReader(pools.of("log"))
        self.quarterly = Quarterly(pools.of("log"), self.clock, closed=4)
        self.witnesses = Witnesses(pools.of("log"), self.clock)
        self.seen: list[Checkpoint] = []
        self.entries: list[str] = []
        self.emergencies: list[str] = []
        self.receipts: dict[str, Receipt] = {}
        self.lost: set[str] = set()
        self.forked = False

    async def begin(self) -> None:
        await self.pools.of("owner").execute(
            f"TRUNCATE {', '.join(f'translog.{table}' for table in _TABLES)} CASCADE"
        )
        for folder in (self.folder, self.folder.with_name("witness")):
            shutil.rmtree(folder, ignore_errors=True)
        self.memory = Memory(self.folder.with_name("witness"))
        await self.server().open()
        await self.witnesses.register(str(_WITNESS.verifier), "staff:ann", "https://witness.example")

    def server(self) -> Translog:
        """A server that has just been started."""
        return Translog(self.pools.of("log"), self.clock, self.folder, _BASE, leaves=5)

    async def do(self, step: str, number: int) -> None:
        simple = {
            "append": self._append,
            "emergency": self._emergency,
            "gag": self._gag,
            "lift the gag": self._lift,
            "end of the quarter": self._end_quarter,
            "ask the witness": self._ask,
            "restore an old database": self._restore,
            "lose leaves": self._lose_leaves,
            "lose hashes": self._lose_hashes,
            "lose the key": self._lose_key,
            "lose the memory": self._lose_memory,
            "new origin": self._new_origin,
        }
        if step in simple:
            await simple[step](number)
        else:
            await self._hour(step)

    async def _append(self, number: int) -> None:
        for index in range(number):
            opening = Opening(Stage.RECEIVED, order_ref=f"r{index % 4}", country="DE", instrument="national_court")
            self.entries.append(await self.server().append(opening))

    async def _emergency(self, ref: int) -> None:
        opening = Opening(Stage.RECEIVED, order_ref=f"r{ref}", country="DE", instrument="emergency")
        self.emergencies.append(await self.server().append(opening, emergency=True))
        self.entries.append(self.emergencies[-1])

    async def _gag(self, ref: int) -> None:
        await self.server().set_gag(f"r{ref}", Quarter.of(self.clock.now()).later(2).start)

    async def _lift(self, ref: int) -> None:
        await self.server().set_gag(f"r{ref}", None)

    async def _end_quarter(self, _: int) -> None:
        """A log that stands still is not opened either: its worker refuses before it comes to that."""
        self.clock.set(Quarter.of(self.clock.now()).end)
        if not self.forked and not self.lost:
            await self.quarterly.publish_due()

    async def _ask(self, _: int) -> None:
        """The witness's operator has added every log of this server."""
        logs = [VerifierKey.parse(log.vkey) for log in await self.reader.logs()]
        witness = Cosigner([_WITNESS], logs, self.memory, self.clock)

        async def post(url: str, body: bytes) -> Answer:
            verdict = witness.submit(body)
            return Answer(verdict.status, verdict.media_type, verdict.body.encode())

        asking = AskWitnesses(self.pools.of("log"), self.clock, self.witnesses, post)
        await asking.ask_due()
        assert self.lost or self.forked or not asking.splits, asking.splits

    async def _lose_leaves(self, index: int) -> None:
        await self._lose("leaves", "leaf_index", index)

    async def _lose_hashes(self, index: int) -> None:
        await self._lose("hashes", "position", index)

    async def _lose(self, table: str, column: str, index: int) -> None:
        log = await self.reader.log()
        gone = await self.pools.of("owner").fetch(
            f"DELETE FROM translog.{table} t WHERE log_id = $1 AND {column} = $2 AND NOT EXISTS"
            " (SELECT FROM translog.opened o WHERE o.log_id = t.log_id AND o.leaf_index = $2) RETURNING 1",
            log.log_id,
            index,
        )
        if gone:
            self.lost.add(table)

    async def _lose_key(self, _: int) -> None:
        (self.folder / "key").unlink(missing_ok=True)

    async def _lose_memory(self, _: int) -> None:
        (self.folder / "signed.json").unlink(missing_ok=True)

    async def _new_origin(self, _: int) -> None:
        """As `parley new-log` does it: no name of an old log is ever used again."""
        if self.forked:
            retire(self.folder, [log.origin for log in await self.reader.logs()])
            await self.server().new_origin("a drill", "staff:ann")
            self.forked = False
            self.lost = set()

    async def _hour(self, step: str) -> None:
        first = await self._first_emergencies()
        if step != "restart":
            self.clock.advance(3600)
        try:
            with _power_cut(step):
                await (self.server().open() if step == "restart" else self.server().write_due())
        except _Crash:
            return
        except LogForked:
            self.forked = True
            return
        assert not self.forked, "a log that was refused goes on only under a new origin"
        assert not self.lost, "a log that lost something is not gone on with"
        if step == "batch":
            assert not set(first) & set(await self._first_emergencies()), "an emergency missed its batch"

    async def _first_emergencies(self) -> list[str]:
        """Emergencies that have to be in the next batch of five, which has an audit head."""
        rows = await self.pools.of("owner").fetch(
            "SELECT entry_id FROM translog.entries e WHERE emergency"
            " AND NOT EXISTS (SELECT FROM translog.leaves l WHERE l.entry_id = e.entry_id)"
            " ORDER BY submitted_at, entry_id LIMIT 4"
        )
        return [row["entry_id"] for row in rows]

    async def _restore(self, batch: int) -> None:
        """Bring back the database as it was after an earlier batch; key and memory are outside of backups."""
        owner = self.pools.of("owner")
        log = await self.reader.log()
        keep = await owner.fetchval(
            "SELECT coalesce(max(first_index + leaves), 0) FROM translog.batches WHERE log_id = $1 AND batch <= $2",
            log.log_id,
            batch,
        )
        later = "log_id = $1 AND size - 1 >= $2"
        for table, condition in (
            ("opened", "log_id = $1 AND leaf_index >= $2"),
            ("cosignatures", later),
            ("checkpoints", later),
            ("leaves", "log_id = $1 AND leaf_index >= $2"),
            ("hashes", "log_id = $1 AND level = 0 AND position >= $2"),
        ):
            await owner.execute(f"DELETE FROM translog.{table} WHERE {condition}", log.log_id, keep)
        await owner.execute("DELETE FROM translog.batches WHERE log_id = $1 AND batch > $2", log.log_id, batch)
        gone = await store.losses(self.pools.of("log"), log.log_id, 0, keep)
        self.lost = {name for name, count in zip(("leaves", "hashes"), gone, strict=True) if count}

    async def look(self) -> None:
        """A stranger fetches everything and compares it with all that they ever saw of this log."""
        note = await self.reader.checkpoint()
        key = VerifierKey.parse(await self.reader.vkey())
        head = verify_checkpoint(note, key, [_WITNESS.verifier]).checkpoint
        try:
            await self._compare(head)
        except TileUnknown:
            assert self.lost or self.forked, "a tile is missing and nobody said so"
        await self._keep_receipts()

    async def _compare(self, head: Checkpoint) -> None:
        fetch = await self._files(head.size)
        survey = check_everything(fetch, head)
        for old in self.seen:
            if old.origin == head.origin and old.size <= head.size:
                check_continues(fetch, old, head)
        if head not in self.seen:
            self.seen.append(head)
        await self._check_openings(head, survey)

    async def _check_openings(self, head: Checkpoint, survey: Survey) -> None:
        opened = await self.quarterly.opened()
        published = await self.quarterly.until(opened[-1]) if opened else []
        if self.forked or any(item.size > head.size for item in self.seen if item.origin == head.origin):
            return
        check_publications(published)
        for part in (part for item in published for part in item.logs if part.origin == head.origin):
            check_part(part, survey.leaf)

    async def _keep_receipts(self) -> None:
        """People keep what they were given; a receipt is theirs as soon as it exists."""
        for entry in self.entries:
            if entry not in self.receipts:
                with contextlib.suppress(EntryPending, ProofLost):
                    self.receipts[entry] = await self.reader.proof_for(entry)

    async def check_receipts(self) -> None:
        """Every receipt that was ever given is proven by the key of today, through the chain of logs."""
        listed = [
            Origin(log.origin, log.vkey, "", said, receipt) for log, said, receipt in await self.reader.origins()
        ]
        today = VerifierKey.parse(await self.reader.vkey())
        for receipt in self.receipts.values():
            origin = Checkpoint.parse(Note.parse(receipt.checkpoint).text).origin
            if origin == today.name or listed[-1].receipt is not None:
                verify_receipt(receipt, trace(listed, today, origin)[1])

    async def _files(self, size: int) -> Callable[[str], bytes]:
        tiles = (*tiles_of(size), *bundles_of(size))
        return {tile.path: await self.reader.tile(tile) for tile in tiles}.__getitem__


class _power_cut:  # noqa: N801  a context manager reads as a verb
    """Ends the work at one of the two places where a crash leaves something half done."""

    def __init__(self, step: str) -> None:
        self._step = step
        self._kept = (service_module.Translog._sign_size, service_module.store.add_checkpoint)

    def __enter__(self) -> None:
        async def crash(*_: object) -> None:
            raise _Crash

        if self._step == "crash before the signature":
            service_module.Translog._sign_size = crash  # type: ignore[method-assign, assignment]
        if self._step == "crash before publication":
            service_module.store.add_checkpoint = crash  # type: ignore[assignment]

    def __exit__(self, *_: object) -> None:
        service_module.Translog._sign_size = self._kept[0]  # type: ignore[method-assign]
        service_module.store.add_checkpoint = self._kept[1]


@settings(
    max_examples=150,
    report_multiple_bugs=False,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(_STEPS, min_size=3, max_size=16))
async def test_one_history_or_a_loud_refusal(
    pools: Pools, tmp_path: Path, steps: Sequence[tuple[str, int]]
) -> None:
    history = _History(pools, tmp_path / "log")
    await history.begin()
    with history.memory:
        for step, number in steps:
            await history.do(step, number)
            await history.look()
        await history.check_receipts()
    signed = {(item.origin, item.size): item.root for item in history.seen}
    assert len(signed) == len(history.seen), "no size was ever signed with two roots"

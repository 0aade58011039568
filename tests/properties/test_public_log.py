"""Whatever happens to the log (crashes, restarts, old backups): one history for everybody, or a loud refusal."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from parley.core.clock import ManualClock
from parley.legal.translog import service as service_module
from parley.legal.translog.checkpoints import Checkpoint, verify_checkpoint
from parley.legal.translog.errors import EntryPending, LogForked
from parley.legal.translog.following import check_continues, check_everything
from parley.legal.translog.notes import VerifierKey
from parley.legal.translog.openings import Opening, Stage
from parley.legal.translog.reading import LogReader
from parley.legal.translog.receipts import verify_receipt
from parley.legal.translog.service import Translog
from parley.legal.translog.tiles import bundles_of, tiles_of
from parley.storage.pools import Pools

_TABLES = (
    "opened",
    "publications",
    "cosignatures",
    "checkpoints",
    "hashes",
    "leaves",
    "batches",
    "gags",
    "entries",
    "logs",
)
_STEPS = st.one_of(
    st.tuples(st.just("append"), st.integers(1, 9)),
    st.tuples(st.just("batch"), st.just(0)),
    st.tuples(st.just("crash before the signature"), st.just(0)),
    st.tuples(st.just("crash before publication"), st.just(0)),
    st.tuples(st.just("restart"), st.just(0)),
    st.tuples(st.just("restore an old database"), st.integers(0, 6)),
    st.tuples(st.just("new origin"), st.just(0)),
)


class _Crash(Exception):
    """The power went out."""


class _History:
    """A server and a stranger who remembers every checkpoint that was ever served."""

    def __init__(self, pools: Pools, folder: Path) -> None:
        self.pools = pools
        self.folder = folder
        self.clock = ManualClock()
        self.reader = LogReader(pools.of("log"))
        self.seen: list[Checkpoint] = []
        self.entries: list[str] = []
        self.forked = False

    async def begin(self) -> None:
        await self.pools.of("owner").execute(
            f"TRUNCATE {', '.join(f'translog.{table}' for table in _TABLES)} CASCADE"
        )
        shutil.rmtree(self.folder, ignore_errors=True)
        await self.server().open()

    def server(self) -> Translog:
        return Translog(self.pools.of("log"), self.clock, self.folder, "parley.example/log", leaves=5)

    async def do(self, step: str, number: int) -> None:
        if step == "append":
            for _ in range(number):
                opening = Opening(Stage.RECEIVED, order_ref="r", country="DE", instrument="emergency")
                self.entries.append(await self.server().append(opening))
        elif step == "restore an old database":
            await self._restore(number)
        elif step == "new origin":
            if self.forked:
                await self.server().new_origin("a backup was restored", "staff:ann")
                self.forked = False
        else:
            await self._hour(step)

    async def _hour(self, step: str) -> None:
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

    async def _restore(self, batch: int) -> None:
        """Bring back the database as it was after an earlier batch; key and memory are outside of backups."""
        owner = self.pools.of("owner")
        log = await self.reader.log()
        keep = await owner.fetchval(
            "SELECT coalesce(max(first_index + leaves), 0) FROM translog.batches WHERE log_id = $1 AND batch <= $2",
            log.log_id,
            batch,
        )
        for table, column in (("checkpoints", "size - 1"), ("leaves", "leaf_index"), ("hashes", "position")):
            condition = "level = 0 AND" if table == "hashes" else ""
            await owner.execute(
                f"DELETE FROM translog.{table} WHERE {condition} log_id = $1 AND {column} >= $2", log.log_id, keep
            )
        await owner.execute("DELETE FROM translog.batches WHERE log_id = $1 AND batch > $2", log.log_id, batch)

    async def look(self) -> None:
        """A stranger fetches everything and compares it with all that they ever saw of this log."""
        note = await self.reader.checkpoint()
        key = VerifierKey.parse(await self.reader.vkey())
        head = verify_checkpoint(note, key).checkpoint
        fetch = await self._files(head.size)
        check_everything(fetch, head)
        for old in self.seen:
            if old.origin == head.origin and old.size <= head.size:
                check_continues(fetch, old, head)
        if head not in self.seen:
            self.seen.append(head)

    async def check_receipts(self) -> None:
        for entry in self.entries:
            try:
                receipt = await self.reader.proof_for(entry)
            except EntryPending:
                continue
            logs = {log.origin: log.vkey for log in await self.reader.logs()}
            origin = receipt.checkpoint.split("\n")[0]
            verify_receipt(receipt, VerifierKey.parse(logs[origin]))

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
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(_STEPS, min_size=3, max_size=14))
async def test_one_history_or_a_loud_refusal(
    pools: Pools, tmp_path: Path, steps: Sequence[tuple[str, int]]
) -> None:
    history = _History(pools, tmp_path / "log")
    await history.begin()
    for step, number in steps:
        await history.do(step, number)
        await history.look()
    await history.check_receipts()
    signed = {(item.origin, item.size): item.root for item in history.seen}
    assert len(signed) == len(history.seen), "no size was ever signed with two roots"

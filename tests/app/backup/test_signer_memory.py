"""A restored server can never show a second history of the public log."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from parley.app.backup.signer_memory import MEMORY, retire
from parley.core.clock import ManualClock
from parley.legal.translog.errors import LogForked
from parley.legal.translog.service import Translog
from parley.legal.translog.signer import read_state
from parley.storage.pools import Pools

HOUR = 3601


async def test_a_log_is_not_continued_from_a_backup(pools: Pools, clock: ManualClock, tmp_path: Path) -> None:
    """Even with the log's key and an empty log, the restored signer refuses; with a reason a new log begins."""
    translog = Translog(pools.of("log"), clock, tmp_path / "log", "h.example/parley-log")
    await translog.open()
    lost = tmp_path / "lost"
    shutil.copytree(tmp_path / "log", lost)
    (tmp_path / "log" / MEMORY).unlink()
    assert retire(tmp_path / "log", ["h.example/parley-log"]) == ["h.example/parley-log"]
    clock.advance(HOUR)
    with pytest.raises(LogForked):
        await translog.write_due()
    made = await translog.new_origin("the disk was lost", "operator:command-line")
    assert made.origin == "h.example/parley-log/2"
    assert made.reason == "the disk was lost"
    clock.advance(HOUR)
    assert await translog.write_due() is not None
    assert read_state(lost / MEMORY)["h.example/parley-log"].size == 0


def test_a_signer_that_remembers_goes_on(tmp_path: Path) -> None:
    """Where the signer's own folder was saved, nothing is taken from it."""
    retire(tmp_path, ["a"])
    before = (tmp_path / MEMORY).read_bytes()
    assert retire(tmp_path, ["a"]) == []
    assert (tmp_path / MEMORY).read_bytes() == before

"""A killed backup leaves no plain copy behind for long, and two at once do not disturb each other."""

from __future__ import annotations

import fcntl
import io
from pathlib import Path

import pyrage
import pytest

from parley.app.backup.errors import AnotherRuns
from parley.app.backup.writing import Written, write
from parley.core.clock import ManualClock
from parley.storage.target import Target

KEYS = [pyrage.x25519.Identity.generate().to_public()]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def written(data_dir: Path, target: Target, clock: ManualClock) -> Written:
    return await write(data_dir, target, io.BytesIO(), KEYS, clock.now(), secrets=False)


async def test_the_plain_copy_is_gone(tmp_path: Path, database_target: Target, clock: ManualClock) -> None:
    """Neither this run's copy of the database nor one that a power cut has left stays in the data directory."""
    left = tmp_path / ".backup-old"
    left.mkdir()
    (left / "database.dump").write_bytes(b"numbers")
    done = await written(tmp_path, database_target, clock)
    assert done.manifest.files["database.dump"].size > 0
    assert names(tmp_path) == [".backup.lock"]


async def test_one_at_a_time(tmp_path: Path, database_target: Target, clock: ManualClock) -> None:
    """A second run says that one is under way, instead of deleting what it works on."""
    with (tmp_path / ".backup.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(AnotherRuns):
            await written(tmp_path, database_target, clock)

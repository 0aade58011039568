"""A data directory whose database runs, as it does beside a live server, and a way to type commands."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from parley.app.cli import main
from parley.storage.embedded import Cluster
from parley.storage.migrator import migrate
from parley.storage.supervisor import Supervisor

Typed = Callable[..., str]


@pytest.fixture(scope="module")
def live_dir() -> Iterator[Path]:
    """The data directory of a server whose database answers."""
    directory = Path(tempfile.mkdtemp(prefix="parley-cli-"))
    supervisor = Supervisor(Cluster(directory, {"fsync": "off"}))

    async def begin() -> None:
        await migrate(await supervisor.start())

    try:
        asyncio.run(begin())
        yield directory
    finally:
        asyncio.run(supervisor.stop())
        shutil.rmtree(directory)


@pytest.fixture
def typed(live_dir: Path, capsys: pytest.CaptureFixture[str]) -> Typed:
    """Type a command for the live data directory; what it said, on either stream."""

    def command(*arguments: str, code: int = 0) -> str:
        given = main([*arguments, "--data-dir", str(live_dir)])
        out, err = capsys.readouterr()
        assert given == code, out + err
        return out + err

    return command

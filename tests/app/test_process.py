"""A part that waits for the database of another one stops when it is told to, and gives up in time."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from parley.app import process
from parley.core.parts import Part
from parley.core.settings import Settings
from parley.storage.errors import MigrationError
from tests.journeys import server_process

BUS = "nats://127.0.0.1:9"


@pytest.fixture(params=["no folder", "no database"])
def data_dir(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Before the first start of the database, and while it is away."""
    if request.param == "no database":
        (tmp_path / "postgres").mkdir()
    return tmp_path


@pytest.fixture
async def waiting(data_dir: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """The pages of a divided server whose database does not run."""
    command = server_process.command(data_dir, "--only", "http", "--bus-url", BUS, http_port=0)
    started = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    try:
        yield started
    finally:
        await server_process.kill(started)


async def test_a_part_that_waits_stops_when_it_is_told_to(waiting: asyncio.subprocess.Process) -> None:
    """Whoever stops a server whose database never came needs not kill it."""
    assert waiting.stderr is not None
    while b"waiting for the database" not in (line := await asyncio.wait_for(waiting.stderr.readline(), 60)):
        assert line, "it ended by itself"
    waiting.send_signal(signal.SIGTERM)
    out, err = await asyncio.wait_for(waiting.communicate(), 60)
    assert (waiting.returncode, out) == (0, b""), err


async def test_a_part_gives_up_after_its_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The manual says two minutes, after which whoever looks after the server hears of it."""
    assert process.WAIT_S == 120
    monkeypatch.setattr(process, "WAIT_S", 0.0)
    settings = Settings(data_dir=tmp_path, only=Part.HTTP, bus_url=BUS, dev=True)
    with pytest.raises(MigrationError, match="there is no"):
        async with process._database_of(settings, asyncio.Event()):
            pass

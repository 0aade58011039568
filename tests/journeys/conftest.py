"""Fixtures of the journeys: a server process in development mode with a folder of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.journeys import server_process
from tests.journeys.server_process import RunningServer, Start


@pytest.fixture
async def start_server() -> AsyncIterator[Start]:
    """Starts servers that a test ends itself; what still runs when it is over, or has failed, is killed."""
    async with server_process.starting() as start:
        yield start


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[RunningServer]:
    """A server that ends with the test; its log is checked to hold no incident."""
    async with server_process.running(tmp_path / "data") as running:
        yield running
    log = running.log.read_text()
    assert "Traceback" not in log, log[-8000:]

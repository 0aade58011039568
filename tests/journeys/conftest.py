"""Fixtures of the journeys: a server process in development mode with a folder of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.journeys import server_process
from tests.journeys.server_process import RunningServer


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[RunningServer]:
    """A server that ends with the test; its log is checked to hold no incident."""
    running = await server_process.start(tmp_path / "data")
    try:
        yield running
    finally:
        assert await running.stop() == 0, running.log.read_text()[-4000:]
    log = running.log.read_text()
    assert "Traceback" not in log, log[-8000:]

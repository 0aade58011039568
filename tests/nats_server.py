"""Starts the NATS server that the development dependencies bring, on a free port of this machine."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.journeys import server_process
from tests.journeys.waiting import LIMIT_S
from tests.ports import free_port

PROGRAM = Path(sys.executable).with_name("nats-server")


class NatsServer:
    """A server that keeps its port when it is started again; `config` is a file in its own form."""

    def __init__(self, folder: Path, config: Path | None = None, env: Mapping[str, str] | None = None) -> None:
        self._log = folder / "nats.log"
        self._config = config
        self._env = {**os.environ, **(env or {})}
        self._process: asyncio.subprocess.Process | None = None
        self.port = free_port()

    @property
    def url(self) -> str:
        """Its address without a name and password."""
        return f"nats://127.0.0.1:{self.port}"

    def url_of(self, user: str, password: str) -> str:
        """Its address for one of the users of its file."""
        return f"nats://{user}:{password}@127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Start it and wait until it takes connections."""
        command = [str(PROGRAM), "-a", "127.0.0.1", "-p", str(self.port), "-l", str(self._log)]
        command += ["-c", str(self._config)] if self._config else []
        self._process = await asyncio.create_subprocess_exec(*command, env=self._env)
        async with asyncio.timeout(LIMIT_S):
            while not await self._listens():
                assert self._process.returncode is None, self._log.read_text()
                await asyncio.sleep(0.02)

    async def stop(self) -> None:
        """End it."""
        if self._process is not None:
            await server_process.end(self._process)

    async def _listens(self) -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            return False
        writer.close()
        return True

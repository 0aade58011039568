"""Starts `parley witness serve` as a person outside of the operator would, on a folder of their own."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from parley.app.witness.keeping import make_key
from tests.journeys import server_process
from tests.journeys.server_process import PARLEY

_READY = re.compile(r"^ready witness=(\S+)$")


@dataclass
class RunningWitness:
    """A witness that serves: its address and its public key. `log` is what it complained of."""

    folder: Path
    url: str
    vkey: str
    process: asyncio.subprocess.Process
    log: Path

    async def stop(self) -> int:
        """Ask it to end; its exit code."""
        return await server_process.end(self.process)


class StartWitness(Protocol):
    """Makes a key, and serves these logs on a free port."""

    async def __call__(self, folder: Path, name: str, *log_keys: str) -> RunningWitness: ...


@asynccontextmanager
async def starting() -> AsyncIterator[StartWitness]:
    """Starts witnesses that are killed with the block, should they still run then."""
    async with AsyncExitStack() as leaving:

        async def start(folder: Path, name: str, *log_keys: str) -> RunningWitness:
            witness = await _start(folder, name, *log_keys)
            leaving.push_async_callback(server_process.kill, witness.process)
            return witness

        yield start


async def _start(folder: Path, name: str, *log_keys: str) -> RunningWitness:
    vkey = str(make_key(folder / "key", name).verifier)
    logs = [part for key in log_keys for part in ("--log", key)]
    log = folder / "witness.log"
    with log.open("ab") as err:
        process = await asyncio.create_subprocess_exec(
            str(PARLEY), "witness", "serve", "--key", "key", "--state", "state", "--port", "0", *logs,
            cwd=folder, stdout=asyncio.subprocess.PIPE, stderr=err,
        )  # fmt: skip
    found = _READY.match(await server_process.first_line(process, log, _READY))
    assert found
    return RunningWitness(folder, found[1], vkey, process, log)

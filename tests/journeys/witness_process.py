"""Starts `parley witness serve` as a person outside of the operator would, on a folder of their own."""

from __future__ import annotations

import asyncio
import signal
from dataclasses import dataclass
from pathlib import Path

from parley.app.witness.keeping import make_key
from tests.journeys.server_process import PARLEY


@dataclass
class RunningWitness:
    """A witness that serves: its address and its public key."""

    folder: Path
    url: str
    vkey: str
    process: asyncio.subprocess.Process

    async def stop(self) -> int:
        """Ask it to end; its exit code."""
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
        return await asyncio.wait_for(self.process.wait(), 30)


async def command(*arguments: str, folder: Path) -> tuple[int, str]:
    """Run a `parley` command to its end; its exit code and everything that it said."""
    process = await asyncio.create_subprocess_exec(
        str(PARLEY), *arguments, cwd=folder, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    said, _ = await process.communicate()
    return process.returncode or 0, said.decode()


async def start(folder: Path, name: str, *log_keys: str) -> RunningWitness:
    """Make a key and serve these logs on a free port."""
    vkey = str(make_key(folder / "key", name).verifier)
    logs = [part for key in log_keys for part in ("--log", key)]
    process = await asyncio.create_subprocess_exec(
        str(PARLEY), "witness", "serve", "--key", "key", "--state", "state", "--port", "0", *logs,
        cwd=folder, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    line = (await asyncio.wait_for(process.stdout.readline(), 60)).decode().strip()
    assert line.startswith("ready witness="), line
    return RunningWitness(folder, line.partition("=")[2], vkey, process)

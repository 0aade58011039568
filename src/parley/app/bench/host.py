"""Starts the server that is measured, in a data directory that goes away afterwards, and ends it."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from parley.app.bench.errors import ServerFailed
from parley.app.bench.meter import Meter, Usage
from parley.app.bench.served import PROFILE, STATEMENTS
from parley.app.keys import server_key
from parley.mtproto.rsa_key import RsaKey

_READY = re.compile(r"ready mtproto=(\S+):(\d+) http=(\S+)\n")
_START_LIMIT_S = 120.0
_STOP_LIMIT_S = 30.0


@dataclass(slots=True)
class Measured:
    """A stretch of time: when it began (`perf_counter`), how long it took, what the server used in it."""

    usage: Usage
    began: float
    seconds: float = 0.0

    @property
    def ended(self) -> float:
        """When it was over."""
        return self.began + self.seconds


@dataclass(slots=True)
class Host:
    """A running server with embedded database, fsync on, in development mode on loopback."""

    process: asyncio.subprocess.Process
    mtproto: tuple[str, int]
    http: str
    data_dir: Path
    seconds_to_ready: float
    meter: Meter
    profiled: bool = False
    rsa: RsaKey = field(init=False)

    def __post_init__(self) -> None:
        self.rsa = server_key(self.data_dir)

    async def statements(self) -> dict[str, int]:
        """Ask the server for the statements that it has sent so far: text → how often."""
        path = _statements_file(self.data_dir)
        path.unlink(missing_ok=True)
        self.process.send_signal(signal.SIGUSR1)
        async with asyncio.timeout(10):
            while not path.exists():  # noqa: ASYNC110  another process writes it
                await asyncio.sleep(0.01)
        counted: dict[str, int] = json.loads(path.read_text())
        return counted

    @contextmanager
    def measured(self) -> Iterator[Measured]:
        """Measure what the block takes; the figures are complete after it."""
        self._switch_profile()
        measured = Measured(self.meter.usage(), time.perf_counter())
        yield measured
        measured.seconds = time.perf_counter() - measured.began
        measured.usage = self.meter.usage() - measured.usage
        self._switch_profile()

    def _switch_profile(self) -> None:
        if self.profiled:
            self.process.send_signal(signal.SIGUSR2)

    async def stop(self) -> None:
        """End it as an operator does."""
        if self.process.returncode is None:
            self.process.terminate()
        try:
            await asyncio.wait_for(self.process.wait(), _STOP_LIMIT_S)
        except TimeoutError:
            self.process.kill()
            await self.process.wait()
            raise ServerFailed("the server did not stop") from None


@asynccontextmanager
async def fresh_directory() -> AsyncIterator[Path]:
    """A data directory for the length of the block; `TMPDIR` says on which disk."""
    with tempfile.TemporaryDirectory(prefix="parley-bench-", ignore_cleanup_errors=True) as folder:
        yield Path(folder) / "data"


async def start(data_dir: Path, *, count_statements: bool = False, profile: Path | None = None) -> Host:
    """Start a server and wait until it is ready.

    Raises:
        ServerFailed: it did not come up.
    """
    environment = dict(os.environ)
    if count_statements:
        environment[STATEMENTS] = str(_statements_file(data_dir))
    if profile is not None:
        environment[PROFILE] = str(profile)
    began = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "parley.app.bench.served", "--dev", "--data-dir", str(data_dir),
        "--host", "127.0.0.1", "--mtproto-port", "0", "--http-port", "0",
        stdout=asyncio.subprocess.PIPE, env=environment,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        line = await asyncio.wait_for(process.stdout.readline(), _START_LIMIT_S)
    except TimeoutError:
        process.kill()
        raise ServerFailed("the server did not become ready") from None
    found = _READY.fullmatch(line.decode())
    if found is None:
        raise ServerFailed(f"the server ended with {await process.wait()} before it was ready")
    return Host(
        process=process,
        mtproto=(found[1], int(found[2])),
        http=found[3],
        data_dir=data_dir,
        seconds_to_ready=time.perf_counter() - began,
        meter=Meter(process.pid),
        profiled=profile is not None,
    )


@asynccontextmanager
async def running(*, count_statements: bool = False, profile: Path | None = None) -> AsyncIterator[Host]:
    """A fresh server for the length of the block."""
    async with fresh_directory() as data_dir:
        host = await start(data_dir, count_statements=count_statements, profile=profile)
        try:
            yield host
        finally:
            await host.stop()


def _statements_file(data_dir: Path) -> Path:
    return data_dir.parent / "statements.json"

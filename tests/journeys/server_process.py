"""Starts `parley serve` as an operator would, runs `parley` commands, and speaks to the development endpoints."""

from __future__ import annotations

import asyncio
import re
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import httpx

from tests.journeys.waiting import LIMIT_S
from tests.ports import free_port

PARLEY = Path(sys.executable).with_name("parley")
_READY = re.compile(r"^ready mtproto=(?P<host>\S+):(?P<mtproto>\d+) http=http://\S+:(?P<http>\d+)$")


@dataclass
class RunningServer:
    """A server process: its address, its key and its log."""

    data_dir: Path
    process: asyncio.subprocess.Process
    host: str
    mtproto_port: int
    http_port: int
    log: Path
    pem: str = ""

    @property
    def url(self) -> str:
        """The base of its pages; `localhost`, because passkeys do not work on a bare address."""
        return f"http://localhost:{self.http_port}"

    def visitor(self, **options: Any) -> httpx.AsyncClient:
        """Somebody who reads its pages, with patience for a busy machine."""
        return httpx.AsyncClient(base_url=self.url, timeout=LIMIT_S, **options)

    async def login_code(self, phone: str) -> str:
        """Read the newest sign-in code of a number from the development page."""
        async with self.visitor() as http:
            answer = await http.get(f"/dev/login-codes/{phone.lstrip('+')}")
            answer.raise_for_status()
            return str(answer.json()["code"])

    async def advance_clock(self, seconds: float) -> None:
        """Move the clock of deadlines, gags, batches and quarters."""
        async with self.visitor() as http:
            (await http.post("/dev/clock", json={"advance_s": seconds})).raise_for_status()

    async def stop(self) -> int:
        """Ask the server to finish; its exit code."""
        return await end(self.process)

    async def kill(self) -> None:
        """Kill the server at once, as a power cut would; one that has ended stays as it is."""
        await kill(self.process)


def command(
    data_dir: Path,
    *arguments: str,
    mtproto_port: int | None = None,
    http_port: int | None = None,
    dev: bool = True,
    program: Sequence[str] = (str(PARLEY),),
) -> list[str]:
    """How a server, or one part of it, is started on a data directory; without ports it takes its usual ones."""
    made = [*program, "serve", "--data-dir", str(data_dir), *(["--dev"] if dev else [])]
    for option, port in (("--mtproto-port", mtproto_port), ("--http-port", http_port)):
        made += [] if port is None else [option, str(port)]
    return [*made, *arguments]


class Start(Protocol):
    """Starts a server, as `start` does."""

    async def __call__(
        self,
        data_dir: Path,
        *arguments: str,
        mtproto_port: int | None = None,
        http_port: int | None = None,
        dev: bool = True,
    ) -> RunningServer: ...


async def start(
    data_dir: Path, *arguments: str, mtproto_port: int | None = None, http_port: int | None = None, dev: bool = True
) -> RunningServer:
    """Start a server, on ports of its own where none are given, and wait for its ready line.

    Whoever calls this ends it, also after a failure.
    """
    log = data_dir.parent / f"{data_dir.name}.log"
    started = command(
        data_dir, *arguments, mtproto_port=mtproto_port or free_port(), http_port=http_port or free_port(), dev=dev
    )
    with log.open("ab") as err:
        process = await asyncio.create_subprocess_exec(*started, stdout=asyncio.subprocess.PIPE, stderr=err)
    line = await first_line(process, log, _READY)
    try:
        pem = await public_key(data_dir)
    except BaseException:
        await kill(process)
        raise
    found = _READY.match(line)
    assert found
    return RunningServer(data_dir, process, found["host"], int(found["mtproto"]), int(found["http"]), log, pem)


@asynccontextmanager
async def starting() -> AsyncIterator[Start]:
    """Gives a `start` whose servers are killed with the block, should they still run then."""
    async with AsyncExitStack() as leaving:

        async def start_until_then(data_dir: Path, *arguments: str, **options: Any) -> RunningServer:
            server = await start(data_dir, *arguments, **options)
            leaving.push_async_callback(server.kill)
            return server

        yield start_until_then


@asynccontextmanager
async def running(
    data_dir: Path, *arguments: str, mtproto_port: int | None = None, http_port: int | None = None
) -> AsyncIterator[RunningServer]:
    """A server for as long as the block runs: it ends without a fault, and is killed where the block fails."""
    async with starting() as start_until_then:
        server = await start_until_then(data_dir, *arguments, mtproto_port=mtproto_port, http_port=http_port)
        yield server
        assert await server.stop() == 0, _end_of(server.log)


async def first_line(process: asyncio.subprocess.Process, log: Path, wanted: re.Pattern[str]) -> str:
    """The ready line of a program that was started; where it says something else, or nothing, it is killed."""
    assert process.stdout is not None
    line = b""
    try:
        line = await asyncio.wait_for(process.stdout.readline(), LIMIT_S)
        assert wanted.match(line.decode().strip())
    except BaseException as failure:
        await kill(process)
        if not isinstance(failure, TimeoutError | AssertionError):
            raise
        raise AssertionError(f"no ready line within {LIMIT_S} s but {line!r}:\n{_end_of(log)}") from None
    return line.decode().strip()


def _end_of(log: Path) -> str:
    return log.read_text()[-4000:]


async def end(process: asyncio.subprocess.Process) -> int:
    """Ask a process to finish; its exit code. One that does not finish is killed, which is an error."""
    if process.returncode is None:
        process.send_signal(signal.SIGTERM)
    try:
        return await asyncio.wait_for(process.wait(), LIMIT_S)
    except TimeoutError:
        raise AssertionError(f"the process {process.pid} did not end within {LIMIT_S} s") from None
    finally:
        await kill(process)


async def kill(process: asyncio.subprocess.Process) -> None:
    """Kill a process at once; one that has ended stays as it is."""
    if process.returncode is None:
        process.kill()
    await process.wait()


async def parley(*arguments: str, cwd: Path | None = None) -> tuple[int, str]:
    """Run the command `parley …` to its end; gives its exit code and everything that it said."""
    return await _run(*arguments, cwd=cwd, stderr=asyncio.subprocess.STDOUT)


async def public_key(data_dir: Path) -> str:
    """The public half of a server's key, as clients ship it."""
    code, pem = await _run("public-key", "--data-dir", str(data_dir), cwd=None, stderr=None)
    assert code == 0
    return pem


async def _run(*arguments: str, cwd: Path | None, stderr: int | None) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        str(PARLEY), *arguments, cwd=cwd, stdout=asyncio.subprocess.PIPE, stderr=stderr
    )
    try:
        said, _ = await process.communicate()
    finally:
        await kill(process)
    assert process.returncode is not None
    return process.returncode, said.decode()

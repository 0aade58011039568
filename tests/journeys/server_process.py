"""Starts `parley serve` as an operator would, and speaks to its development endpoints."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from dataclasses import dataclass, field
from pathlib import Path

import httpx

PARLEY = Path(sys.executable).with_name("parley")
_READY = re.compile(r"^ready mtproto=(?P<host>\S+):(?P<mtproto>\d+) http=http://\S+:(?P<http>\d+)$")
START_LIMIT_S = 60


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
    extra: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        """The base of its pages; `localhost`, because passkeys do not work on a bare address."""
        return f"http://localhost:{self.http_port}"

    async def login_code(self, phone: str) -> str:
        """Read the newest sign-in code of a number from the development page."""
        async with httpx.AsyncClient(base_url=self.url) as http:
            answer = await http.get(f"/dev/login-codes/{phone.lstrip('+')}")
            answer.raise_for_status()
            return str(answer.json()["code"])

    async def advance_clock(self, seconds: float) -> None:
        """Move the clock of deadlines, gags, batches and quarters."""
        async with httpx.AsyncClient(base_url=self.url) as http:
            (await http.post("/dev/clock", json={"advance_s": seconds})).raise_for_status()

    async def stop(self) -> int:
        """Ask the server to finish; its exit code."""
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
        return await asyncio.wait_for(self.process.wait(), 30)

    async def kill(self) -> None:
        """Kill the server at once, as a power cut would."""
        if self.process.returncode is None:
            self.process.kill()
        await self.process.wait()


async def start(
    data_dir: Path, *arguments: str, mtproto_port: int = 0, http_port: int = 0, dev: bool = True
) -> RunningServer:
    """Start a server on free ports and wait for its ready line."""
    log = data_dir.parent / f"{data_dir.name}.log"
    command = [str(PARLEY), "serve", "--data-dir", str(data_dir)]
    command += ["--mtproto-port", str(mtproto_port), "--http-port", str(http_port)]
    command += ["--dev"] if dev else []
    with log.open("ab") as err:
        process = await asyncio.create_subprocess_exec(
            *command, *arguments, stdout=asyncio.subprocess.PIPE, stderr=err, env={**os.environ}
        )
    assert process.stdout is not None
    try:
        line = (await asyncio.wait_for(process.stdout.readline(), START_LIMIT_S)).decode().strip()
    except TimeoutError:
        process.kill()
        raise AssertionError(f"no ready line within {START_LIMIT_S} s:\n{log.read_text()[-4000:]}") from None
    found = _READY.match(line)
    assert found, f"unexpected first line {line!r}:\n{log.read_text()[-4000:]}"
    pem = await _public_key(data_dir)
    return RunningServer(data_dir, process, found["host"], int(found["mtproto"]), int(found["http"]), log, pem)


async def _public_key(data_dir: Path) -> str:
    process = await asyncio.create_subprocess_exec(
        str(PARLEY), "public-key", "--data-dir", str(data_dir), stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate()
    assert process.returncode == 0
    return out.decode()

"""Starts a server as separate processes, one for each part, and its bus."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from parley.core.parts import Part
from tests.journeys.server_process import PARLEY, START_LIMIT_S, RunningServer, _public_key
from tests.nats_server import NatsServer, free_port

_HTTP = re.compile(r"http=http://(\S+):(\d+)")


@dataclass
class PartProcess:
    """One part; `ready` is its ready line."""

    part: Part
    command: Sequence[str]
    log: Path
    env: Mapping[str, str] = field(default_factory=dict)
    user: str | None = None
    process: asyncio.subprocess.Process | None = None
    ready: str = ""

    async def start(self) -> None:
        """Start it and wait for its ready line."""
        with self.log.open("ab") as err:
            self.process = await asyncio.create_subprocess_exec(
                *self.command, stdout=asyncio.subprocess.PIPE, stderr=err, env={**os.environ, **self.env},
                cwd="/", **_identity(self.user),
            )  # fmt: skip
        assert self.process.stdout is not None
        try:
            line = await asyncio.wait_for(self.process.stdout.readline(), START_LIMIT_S)
        except TimeoutError:
            self.process.kill()
            raise AssertionError(f"{self.part} was not ready:\n{self.log.read_text()[-4000:]}") from None
        self.ready = line.decode().strip()
        assert self.ready.startswith("ready "), f"{self.part}: {self.ready!r}\n{self.log.read_text()[-4000:]}"

    @property
    def pid(self) -> int:
        """Its process id."""
        assert self.process is not None
        return self.process.pid

    @property
    def http_port(self) -> int:
        """The port of its pages."""
        found = _HTTP.search(self.ready)
        assert found, self.ready
        return int(found[2])

    async def stop(self) -> int:
        """Ask it to finish; its exit code."""
        assert self.process is not None
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
        return await asyncio.wait_for(self.process.wait(), 30)

    async def kill(self) -> None:
        """Kill it at once."""
        assert self.process is not None
        if self.process.returncode is None:
            self.process.kill()
        await self.process.wait()


def _identity(user: str | None) -> dict[str, object]:
    if user is None:
        return {}
    import grp
    import pwd

    entry = pwd.getpwnam(user)
    groups = [group.gr_gid for group in grp.getgrall() if user in group.gr_mem]
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": groups}


class DividedServer:
    """All parts of a server on one data directory, with ports that stay the same when a part comes back."""

    def __init__(
        self, data_dir: Path, nats: NatsServer, *, options: Sequence[str] = ("--dev",), walled: bool = False,
        program: Sequence[str] = (str(PARLEY),), env: Mapping[str, str] | None = None,
    ) -> None:  # fmt: skip
        self.data_dir = data_dir
        self.nats = nats
        self.mtproto_port = free_port()
        self._ports = {part: free_port() for part in (Part.MTPROTO, Part.HTTP, Part.LEGAL)}
        self._options = options
        self._program = program
        logs = data_dir.parent
        self.parts = {
            part: PartProcess(
                part, self._command(part), logs / f"{part}.log", env or {}, part.user if walled else None
            )
            for part in Part
        }

    def _command(self, part: Part) -> list[str]:
        ports = ["--mtproto-port", str(self.mtproto_port), "--http-port", str(self._ports.get(part, 8080))]
        where = ["--data-dir", str(self.data_dir), "--bus-url", self.nats.url]
        return [*self._program, "serve", "--only", str(part), *where, *ports, *self._options]

    async def start(self) -> None:
        """Start the database first, then everything else at once."""
        await self.parts[Part.DATABASE].start()
        await asyncio.gather(*(self.parts[part].start() for part in Part if part is not Part.DATABASE))

    async def stop(self) -> dict[Part, int]:
        """End every part, the database last; their exit codes."""
        rest = [part for part in Part if part is not Part.DATABASE]
        codes = await asyncio.gather(*(self.parts[part].stop() for part in rest))
        return {**dict(zip(rest, codes, strict=True)), Part.DATABASE: await self.parts[Part.DATABASE].stop()}

    async def seen_from(self, part: Part) -> RunningServer:
        """The server as somebody sees it whose browser is at the pages of one part."""
        process = self.parts[Part.MTPROTO].process
        assert process is not None
        log = self.parts[Part.MTPROTO].log
        pem = await _public_key(self.data_dir)
        return RunningServer(self.data_dir, process, "127.0.0.1", self.mtproto_port, self._ports[part], log, pem)

    def logs(self) -> str:
        """What every part wrote into its log."""
        return "\n".join(process.log.read_text() for process in self.parts.values() if process.log.exists())


PYTHON = Path(sys.executable)

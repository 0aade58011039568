"""Starts a server as separate processes, one for each part, and its bus."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from parley.core.parts import Part
from tests.journeys import server_process
from tests.journeys.server_process import PARLEY, RunningServer
from tests.nats_server import NatsServer
from tests.ports import free_port

_HTTP = re.compile(r"http=http://(\S+):(\d+)")
_READY = re.compile(r"^ready ")


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
        self.ready = await server_process.first_line(self.process, self.log, _READY)

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
        return await server_process.end(self.process)

    async def kill(self) -> None:
        """Kill it at once; one that has not begun, or has ended, stays as it is."""
        if self.process is not None:
            await server_process.kill(self.process)


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
        self, data_dir: Path, nats: NatsServer, *, dev: bool = True, walled: bool = False,
        program: Sequence[str] = (str(PARLEY),), env: Mapping[str, str] | None = None,
    ) -> None:  # fmt: skip
        self.data_dir = data_dir
        self.nats = nats
        self.mtproto_port = free_port()
        self._ports = {part: free_port() for part in (Part.MTPROTO, Part.HTTP, Part.LEGAL)}
        self._dev = dev
        self._program = program
        logs = data_dir.parent
        self.parts = {
            part: PartProcess(
                part, self._command(part), logs / f"{part}.log", env or {}, part.user if walled else None
            )
            for part in Part
        }

    def _command(self, part: Part) -> list[str]:
        return server_process.command(
            self.data_dir, "--only", str(part), "--bus-url", self.nats.url,
            mtproto_port=self.mtproto_port, http_port=self._ports.get(part, 8080), dev=self._dev,
            program=self._program,
        )  # fmt: skip

    async def start(self) -> None:
        """Start the database first, then everything else at once; all have answered when one has failed."""
        await self.parts[Part.DATABASE].start()
        rest = [self.parts[part].start() for part in Part if part is not Part.DATABASE]
        for failure in await asyncio.gather(*rest, return_exceptions=True):
            if failure is not None:
                raise failure

    async def stop(self) -> dict[Part, int]:
        """End every part, the database last; their exit codes."""
        rest = [part for part in Part if part is not Part.DATABASE]
        codes = await asyncio.gather(*(self.parts[part].stop() for part in rest))
        return {**dict(zip(rest, codes, strict=True)), Part.DATABASE: await self.parts[Part.DATABASE].stop()}

    async def kill(self) -> None:
        """Kill every part that still runs, the database last."""
        for process in reversed(self.parts.values()):
            await process.kill()

    async def seen_from(self, part: Part) -> RunningServer:
        """The server as somebody sees it whose browser is at the pages of one part."""
        process = self.parts[Part.MTPROTO].process
        assert process is not None
        log = self.parts[Part.MTPROTO].log
        pem = await server_process.public_key(self.data_dir)
        return RunningServer(self.data_dir, process, "127.0.0.1", self.mtproto_port, self._ports[part], log, pem)

    def logs(self) -> str:
        """What every part wrote into its log."""
        return "\n".join(process.log.read_text() for process in self.parts.values() if process.log.exists())


@asynccontextmanager
async def running(
    folder: Path, *, dev: bool = True, walled: bool = False, program: Sequence[str] = (str(PARLEY),),
    env: Mapping[str, str] | None = None,
) -> AsyncIterator[DividedServer]:  # fmt: skip
    """Five processes and their bus, for as long as the block runs, with their data in a folder of `folder`.

    Every part ends without a fault; whatever still runs when the block, or the start of a part, fails is killed.
    """
    nats = NatsServer(folder)
    server = DividedServer(folder / "data", nats, dev=dev, walled=walled, program=program, env=env)
    try:
        await nats.start()
        await server.start()
        yield server
        codes = await server.stop()
        assert set(codes.values()) == {0}, f"{codes}\n{server.logs()[-8000:]}"
    finally:
        await server.kill()
        await nats.stop()

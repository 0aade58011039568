"""The life of a server process: open the database, wire the rooms, listen, say `ready`, finish, stop."""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
import sys
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import uvloop

from parley.app import keys, layout, part_walls
from parley.app.logs import configure_logging
from parley.app.passwords import passwords
from parley.app.wiring import foundation
from parley.app.wiring.foundation import Foundation
from parley.core.parts import Part
from parley.core.settings import Settings
from parley.core.tasks import Supervisor
from parley.storage.binaries import server_user
from parley.storage.embedded import Cluster, socket_directory
from parley.storage.errors import MigrationError
from parley.storage.migrator import WAIT_S, migrate, migrated
from parley.storage.part_duties import PART_DUTIES, logins_of
from parley.storage.supervisor import Supervisor as PostgresSupervisor
from parley.storage.target import Target

if TYPE_CHECKING:
    from parley.app.wiring.running import RunningPart

_log = logging.getLogger(__name__)
_COLLECT_AT = (20_000, 20, 50)
_LOOK_AGAIN_S = 0.1


class _ToldToStop(Exception):
    """The process was told to stop while it waited for the database."""


def serve(settings: Settings) -> int:
    """Run a server, or a part of one, until it is told to stop; the exit code."""
    configure_logging(settings.log_level)
    if settings.only is None:
        keys.prepare(settings.data_dir)
    return uvloop.run(_serve(settings))


async def _serve(settings: Settings) -> int:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    async with AsyncExitStack() as stack:
        try:
            target = await stack.enter_async_context(_database_of(settings, stopping))
        except _ToldToStop:
            return 0
        ready = f"database={target.host}"
        if settings.only is not Part.DATABASE:
            supervisor = await stack.enter_async_context(Supervisor())
            base = foundation.build(settings, supervisor, target)
            stack.push_async_callback(base.pools.close)
            stack.push_async_callback(base.bus.close)
            stack.push_async_callback(base.end_work)
            running = await _start(base)
            stack.push_async_callback(running.stop)
            ready = running.ready
        _spare_collector()
        _say_ready(ready)
        await stopping.wait()
        _log.info("stopping: what was accepted is finished first")
    return 0


async def _start(base: Foundation) -> RunningPart:
    """Start everything, or a part."""
    part = base.settings.only
    if part is None:
        from parley.app.wiring import program

        return await program.start(base)
    from parley.app.wiring import parts

    return await parts.start(base, part)


@asynccontextmanager
async def _database_of(settings: Settings, stopping: asyncio.Event) -> AsyncIterator[Target]:
    """Give a migrated database: run by this process, or by the part that runs it for all."""
    part = settings.only
    if part is not None and not settings.dev:
        part_walls.check_user(part)
    if part in (None, Part.DATABASE):
        async with database(settings, stopping) as target:
            await migrate(target)
            yield target
        return
    target = await _unless_told(stopping, _elsewhere(settings, part))
    if not settings.dev:
        await part_walls.check(settings.data_dir, target, part)
    yield target


async def _unless_told(stopping: asyncio.Event, waiting: Coroutine[Any, Any, Target]) -> Target:
    """Wait, but not for longer than the process may run.

    Raises:
        _ToldToStop: the process was told to stop first.
    """
    work, told = asyncio.ensure_future(waiting), asyncio.ensure_future(stopping.wait())
    try:
        await asyncio.wait((work, told), return_when=asyncio.FIRST_COMPLETED)
        if not work.done():
            raise _ToldToStop
        return work.result()
    finally:
        work.cancel()
        told.cancel()
        await asyncio.gather(work, told, return_exceptions=True)


async def _elsewhere(settings: Settings, part: Part) -> Target:
    """Wait for the database that another part migrates.

    Raises:
        MigrationError: it is not ready in time.
    """
    _log.info("waiting for the database")
    if settings.database_url:
        target = Target.from_url(settings.database_url, passwords(settings.data_dir, part))
    else:
        target = Target(host=socket_directory(await _sockets(settings.data_dir)))
    await migrated(target, PART_DUTIES[part][0])
    return target


async def _sockets(data_dir: Path) -> Path:
    """The folder of the sockets; the first start of the part that makes it has no event for others."""
    folder = data_dir / (layout.SOCKETS if layout.is_divided(data_dir) else "postgres")
    deadline = time.monotonic() + WAIT_S
    while not folder.is_dir():
        if time.monotonic() > deadline:
            raise MigrationError(f"the database was not ready within {WAIT_S:.0f} s: there is no {folder}")
        await asyncio.sleep(_LOOK_AGAIN_S)
    return folder


@asynccontextmanager
async def database(settings: Settings, failed: asyncio.Event | None = None) -> AsyncIterator[Target]:
    """Give the database: the one that the settings name, or the embedded one, which runs inside the block."""
    if settings.database_url:
        yield Target.from_url(settings.database_url, passwords(settings.data_dir, settings.only))
        return
    postgres = PostgresSupervisor(_cluster(settings))
    target = await postgres.start()
    watch = asyncio.ensure_future(_watch(postgres, failed))
    try:
        yield target
    finally:
        watch.cancel()
        await asyncio.gather(watch, return_exceptions=True)
        await postgres.stop()


def _cluster(settings: Settings) -> Cluster:
    """The cluster of this process alone, or one that the parts reach by a socket in a folder of their own."""
    if settings.only is None or not layout.is_divided(settings.data_dir):
        return Cluster(settings.data_dir)
    return Cluster(settings.data_dir, shared=settings.data_dir / layout.SOCKETS, logins=logins_of(server_user()))


async def _watch(postgres: PostgresSupervisor, failed: asyncio.Event | None) -> None:
    """The embedded PostgreSQL never ends by itself; if it does, the process stops and may be started again."""
    status = await postgres.wait()
    _log.critical("PostgreSQL ended by itself with status %s", status)
    if failed is not None:
        failed.set()


def _spare_collector() -> None:
    """What is there at the start stays: the collector need not walk over it again each time, nor run so often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_COLLECT_AT)


def _say_ready(what: str) -> None:
    sys.stdout.write(f"ready {what}\n")
    sys.stdout.flush()

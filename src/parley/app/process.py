"""The life of a server process: open the database, wire the rooms, listen, say `ready`, finish, stop."""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import uvloop

from parley.app import keys
from parley.app.logs import configure_logging
from parley.app.passwords import passwords
from parley.app.wiring import foundation, program
from parley.core.settings import Settings
from parley.core.tasks import Supervisor
from parley.storage.embedded import Cluster
from parley.storage.migrator import migrate
from parley.storage.supervisor import Supervisor as PostgresSupervisor
from parley.storage.target import Target

_log = logging.getLogger(__name__)
_COLLECT_AT = (20_000, 20, 50)


def serve(settings: Settings) -> int:
    """Run a server until it is told to stop; the exit code."""
    configure_logging(settings.log_level)
    keys.prepare(settings.data_dir)
    return uvloop.run(_serve(settings))


async def _serve(settings: Settings) -> int:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    async with AsyncExitStack() as stack:
        target = await stack.enter_async_context(database(settings, stopping))
        await migrate(target)
        supervisor = await stack.enter_async_context(Supervisor())
        base = foundation.build(settings, supervisor, target)
        stack.push_async_callback(base.pools.close)
        running = await program.start(base)
        stack.push_async_callback(running.stop)
        _spare_collector()
        _say_ready(running)
        await stopping.wait()
        _log.info("stopping: what was accepted is finished first")
    return 0


@asynccontextmanager
async def database(settings: Settings, failed: asyncio.Event | None = None) -> AsyncIterator[Target]:
    """Give the database: the one that the settings name, or the embedded one, which runs inside the block."""
    if settings.database_url:
        yield Target.from_url(settings.database_url, passwords(settings.data_dir))
        return
    postgres = PostgresSupervisor(Cluster(settings.data_dir))
    target = await postgres.start()
    watch = asyncio.ensure_future(_watch(postgres, failed))
    try:
        yield target
    finally:
        watch.cancel()
        await asyncio.gather(watch, return_exceptions=True)
        await postgres.stop()


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


def _say_ready(running: program.Running) -> None:
    mtproto, http = running.mtproto_address, running.http_address
    sys.stdout.write(f"ready mtproto={_shown(mtproto)} http=http://{_shown(http)}\n")
    sys.stdout.flush()


def _shown(address: tuple[str, int]) -> str:
    host, port = address
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

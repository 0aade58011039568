"""Begin a new public log because the old one cannot go on, for instance after a restore, and say publicly why."""

from __future__ import annotations

import argparse
import re

from parley.app import dividing, layout
from parley.app.backup.signer_memory import retire
from parley.app.cli.acting import on_database
from parley.app.cli.options import add_database_options, settings_of
from parley.core.clock import SystemClock
from parley.core.errors import ConfigurationError
from parley.core.settings import Settings
from parley.legal.translog import store
from parley.legal.translog.service import Translog
from parley.legal.translog.worker import WORK
from parley.staff.service import OPERATOR
from parley.storage.database import Database
from parley.storage.leases import Lease
from parley.storage.pools import Pools
from parley.storage.supervisor import running

_SUFFIX = re.compile(r"/\d+$")


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_database_options(parser)
    parser.add_argument("--reason", required=True, help="what happened; it is published with the new log")


def run(arguments: argparse.Namespace) -> int:
    """Start the new log. The server must not run meanwhile: it signs with the old key."""
    settings = settings_of(arguments)
    divided = layout.is_divided(settings.data_dir)
    if not divided and settings.database_url is None and running(settings.data_dir) is not None:
        raise ConfigurationError("stop the server first: it would go on signing with the old key")
    code = on_database(settings, lambda pools: _begin(settings, pools, arguments.reason))
    if divided:
        dividing.settle(settings.data_dir)
    return code


async def _begin(settings: Settings, pools: Pools, reason: str) -> int:
    """On a divided server nobody else signs meanwhile, and the part that does may start again right afterwards."""
    database = pools.of("log")
    if not layout.is_divided(settings.data_dir):
        return await _begin_alone(settings, database, reason)
    lease = Lease(database, f"log/{WORK}")
    if not await lease.hold():
        raise ConfigurationError("stop the part `worker` first: it would go on signing with the old key")
    try:
        return await _begin_alone(settings, database, reason)
    finally:
        await lease.release()


async def _begin_alone(settings: Settings, database: Database, reason: str) -> int:
    current = await store.current_log(database)
    if current is None:
        raise ConfigurationError("there is no log yet: the server begins its first one by itself")
    folder = settings.data_dir / "log"
    used = [str(row["origin"]) for row in await database.fetch("SELECT origin FROM translog.logs")]
    retire(folder, used)
    base = _SUFFIX.sub("", current.origin)
    translog = Translog(database, SystemClock(), folder, base, leaves=settings.log_batch_leaves)
    made = await translog.new_origin(reason, OPERATOR)
    print(
        f"began the log {made.origin}\nits key: {made.vkey}\nTell the custodians and witnesses: they pin it anew."
    )
    return 0

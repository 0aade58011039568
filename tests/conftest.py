"""Fixtures for everybody: a real PostgreSQL per run, a fresh migrated database per test, a clock that waits."""

import asyncio
import itertools
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import hypothesis
import pytest
import pytest_socket

from parley.core.clock import ManualClock
from parley.storage.embedded import Cluster
from parley.storage.migrator import migrate
from parley.storage.pools import Pools
from parley.storage.roles import SUPERUSER, database_statements
from parley.storage.supervisor import Supervisor
from parley.storage.target import Target
from tests import system_users
from tests.watched_database import WatchedDatabase

TEMPLATE = "parley_template"
ROOM = 4 * 2**30
FAST = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "max_connections": "90",
    "max_wal_size": "128MB",
}
_numbers = itertools.count(1)

# How long an example takes says nothing of the program where others use the machine too.
hypothesis.settings.register_profile(
    "parley", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("parley")


@pytest.fixture(autouse=True)
def _loopback_only() -> Iterator[None]:
    """No test reaches beyond this machine."""
    pytest_socket.socket_allow_hosts(["127.0.0.1", "::1", "localhost"], allow_unix_socket=True)
    yield
    pytest_socket._remove_restrictions()


@pytest.fixture(scope="session", autouse=True)
def _no_system_users_stay() -> Iterator[None]:
    """System users that tests make go with the run, whatever becomes of the tests."""
    yield
    system_users.leave()


@pytest.fixture(scope="session")
def cluster() -> Iterator[Target]:
    """A PostgreSQL of this run, in memory where there is room, and in it a template with all migrations."""
    shared = Path("/dev/shm")
    roomy = shared.is_dir() and shutil.disk_usage(shared).free > ROOM
    directory = Path(tempfile.mkdtemp(prefix="parley-tests-", dir=shared if roomy else None))
    supervisor = Supervisor(Cluster(directory, FAST, superuser=True))

    async def begin() -> Target:
        target = await supervisor.start()
        await _superuser(target, f"CREATE DATABASE {TEMPLATE}", *database_statements(TEMPLATE))
        await migrate(target.named(TEMPLATE))
        return target

    try:
        yield asyncio.run(begin())
    finally:
        asyncio.run(supervisor.stop())
        shutil.rmtree(directory)


@pytest.fixture
async def database_target(cluster: Target) -> AsyncIterator[Target]:
    """A fresh database with all migrations and no rows; it is gone after the test."""
    async with fresh_database(cluster) as target:
        yield target


@asynccontextmanager
async def fresh_database(cluster: Target) -> AsyncIterator[Target]:
    """A database with all migrations and no rows, gone at the end: for tests that share one."""
    async with _database_like(TEMPLATE, cluster) as target:
        yield target


@pytest.fixture
async def empty_target(cluster: Target) -> AsyncIterator[Target]:
    """A fresh database without any migration."""
    async with _database_like("template1", cluster) as target:
        yield target


@asynccontextmanager
async def _database_like(template: str, cluster: Target) -> AsyncIterator[Target]:
    name = f"test_{os.getpid()}_{next(_numbers)}"
    await _superuser(cluster, f"CREATE DATABASE {name} TEMPLATE {template}", *database_statements(name))
    yield cluster.named(name)
    await _superuser(cluster, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def pools(database_target: Target, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Pools]:
    """All duties' pools on a fresh database: ``pools.of("messenger")``."""
    monkeypatch.setattr("parley.storage.pools.Database", WatchedDatabase)
    made = Pools(database_target)
    yield made
    await made.close()


@pytest.fixture
def clock() -> ManualClock:
    """A clock that moves only when the test moves it."""
    return ManualClock()


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """An empty data directory."""
    return tmp_path / "data"


async def _superuser(target: Target, *statements: str) -> None:
    conn = await asyncpg.connect(**target.arguments_for(SUPERUSER))
    try:
        for statement in statements:
            await conn.execute(statement)
    finally:
        await conn.close()

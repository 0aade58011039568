"""A server comes back after anything was killed, and two never share one database."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest

from parley.storage.embedded import ROLES_FILE, SOCKET_PATH_LIMIT, Cluster
from parley.storage.errors import ClusterError
from parley.storage.roles import SUPERUSER
from parley.storage.supervisor import Supervisor
from parley.storage.target import Target

HOST = """
import asyncio, os, signal, sys
from pathlib import Path
from parley.storage.embedded import Cluster
from parley.storage.supervisor import Supervisor
async def main():
    supervisor = Supervisor(Cluster(Path(sys.argv[1])))
    await supervisor.start()
    sys.stdout.write(f"{supervisor.pid}\\n"); sys.stdout.flush()
    await asyncio.Event().wait()
asyncio.run(main())
"""


async def write(target: Target, value: int) -> list[int]:
    """Add a row as the owner; all rows so far."""
    conn = await asyncpg.connect(**target.arguments("owner"))
    await conn.execute("CREATE TABLE IF NOT EXISTS kept (value int)")
    await conn.execute("INSERT INTO kept VALUES ($1)", value)
    rows = [row["value"] for row in await conn.fetch("SELECT value FROM kept ORDER BY value")]
    await conn.close()
    return rows


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


async def test_data_survives_restarts_and_kills(tmp_path: Path) -> None:
    """A clean stop, a killed database with its stale lock file, and a start after each."""
    supervisor = Supervisor(Cluster(tmp_path))
    assert await write(await supervisor.start(), 1) == [1]
    await supervisor.stop()
    target = await supervisor.start()
    assert await write(target, 2) == [1, 2]
    assert supervisor.pid is not None
    os.kill(supervisor.pid, signal.SIGKILL)
    assert await supervisor.wait() == -signal.SIGKILL
    await supervisor.stop()
    assert (tmp_path / "postgres" / "postmaster.pid").exists()
    assert await write(await supervisor.start(), 3) == [1, 2, 3]
    await supervisor.stop()


async def test_an_orphaned_database_is_taken_over(tmp_path: Path) -> None:
    """The server is killed; whatever its database is doing, the next server starts on the same data."""
    for _ in range(2):
        host = await asyncio.to_thread(
            subprocess.Popen, [sys.executable, "-c", HOST, str(tmp_path)], stdout=subprocess.PIPE, text=True
        )
        try:
            assert host.stdout is not None
            orphan = int(await asyncio.to_thread(host.stdout.readline))
        finally:
            host.kill()
            host.communicate()
        supervisor = Supervisor(Cluster(tmp_path))
        await write(await supervisor.start(), 1)
        assert not alive(orphan)
        await supervisor.stop()


async def test_two_servers_never_share_a_database(tmp_path: Path) -> None:
    """The second is refused with a sentence, and the first goes on."""
    first, second = Supervisor(Cluster(tmp_path)), Supervisor(Cluster(tmp_path))
    target = await first.start()
    with pytest.raises(ClusterError, match="another server"):
        await second.start()
    assert await write(target, 1) == [1]
    await first.stop()


async def test_a_long_path_is_no_obstacle(tmp_path: Path) -> None:
    """A socket's path may have 107 bytes; the data directory may be deeper."""
    deep = tmp_path / ("a" * 60) / ("b" * 60)
    assert len(str(deep)) > SOCKET_PATH_LIMIT
    supervisor = Supervisor(Cluster(deep))
    assert await write(await supervisor.start(), 1) == [1]
    await supervisor.stop()


async def test_half_a_first_start_is_begun_anew(tmp_path: Path) -> None:
    """A first start that was cut off leaves a draft, which the next one replaces."""
    (tmp_path / "postgres.new").mkdir()
    (tmp_path / "postgres.new" / "rubbish").write_text("x")
    supervisor = Supervisor(Cluster(tmp_path))
    assert await write(await supervisor.start(), 1) == [1]
    await supervisor.stop()
    assert not (tmp_path / "postgres.new").exists()


async def test_nobody_logs_in_as_superuser(tmp_path: Path) -> None:
    """The server itself may be the duties only; the cluster listens to no network."""
    supervisor = Supervisor(Cluster(tmp_path))
    target = await supervisor.start()
    with pytest.raises(asyncpg.InvalidAuthorizationSpecificationError):
        await asyncpg.connect(**target.arguments_for("parley_cluster"))
    conn = await asyncpg.connect(**target.arguments("owner"))
    assert await conn.fetchval("SHOW listen_addresses") == ""
    assert await conn.fetchval("SHOW fsync") == "on"
    assert await conn.fetchval("SHOW data_checksums") == "on"
    await conn.close()
    await supervisor.stop()


async def test_an_ended_database_is_noticed(tmp_path: Path) -> None:
    """The caller learns that the database ended by itself, and can stop the server."""
    supervisor = Supervisor(Cluster(tmp_path))
    await supervisor.start()
    assert supervisor.pid is not None
    os.kill(supervisor.pid, signal.SIGINT)
    assert await supervisor.wait() == 0
    await supervisor.stop()


async def test_a_database_of_an_older_version_gets_the_roles_that_came_later(tmp_path: Path) -> None:
    """An upgrade needs no hand on the database: the next start makes the roles that its maker did not know."""
    cluster = Cluster(tmp_path, superuser=True)
    supervisor = Supervisor(cluster)
    conn = await asyncpg.connect(**(await supervisor.start()).arguments_for(SUPERUSER))
    await conn.execute("REVOKE CONNECT ON DATABASE parley FROM parley_public")
    await conn.execute("DROP ROLE parley_public")
    await conn.close()
    await supervisor.stop()
    (cluster.directory / ROLES_FILE).unlink()
    supervisor = Supervisor(cluster)
    conn = await asyncpg.connect(**(await supervisor.start()).arguments("public"))
    assert await conn.fetchval("SELECT current_user::text") == "parley_public"
    await conn.close()
    await supervisor.stop()

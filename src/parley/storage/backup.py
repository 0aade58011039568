"""A copy of the whole database in one file, and a fresh cluster made from such a file.

The file has PostgreSQL's own custom format, written as the role that may read everything and change nothing. It is
as secret as the database: whoever keeps it encrypts it first. Erasure keys and secrets are never in it.
"""

import asyncio
import os
import subprocess
from pathlib import Path

from parley.storage.binaries import installation, run_as
from parley.storage.embedded import Cluster, environment
from parley.storage.errors import StorageError
from parley.storage.roles import SUPERUSER, role_name
from parley.storage.supervisor import Supervisor
from parley.storage.target import Target


async def dump(target: Target, file: Path) -> None:
    """Write a consistent copy of the database to a new file of mode 0600. Raises StorageError."""
    os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    command = ["pg_dump", "--format=custom", "--compress=gzip:1", "--enable-row-security", f"--file={file}"]
    await _run(command, target, role_name("backup"))


async def restore(data_dir: Path, file: Path) -> None:
    """Make the embedded cluster of an empty data directory from a copy. Raises StorageError, ClusterError.

    The roles are made anew with the cluster; owners, grants and all rows come from the copy.
    """
    if (data_dir / "postgres").exists():
        raise StorageError("this data directory holds a database already")
    supervisor = Supervisor(Cluster(data_dir, superuser=True))
    target = await supervisor.start()
    try:
        await _run(["pg_restore", "--exit-on-error", "--single-transaction", str(file)], target, SUPERUSER)
    finally:
        await supervisor.stop()


async def _run(command: list[str], target: Target, role: str) -> None:
    """Run one of PostgreSQL's programs against a database, as ourselves."""
    program, *rest = command
    path = installation(run_as()) / "bin" / program
    where = ["--host", target.host, "--port", str(target.port), "--username", role, "--no-password"]
    full = [str(path), *where, "--dbname", target.database, *rest]
    env = environment()
    if role in target.passwords:
        env["PGPASSWORD"] = target.passwords[role]
    inherited = [int(target.host.rpartition("/")[2])] if target.host.startswith("/proc/self/fd/") else []
    done = await asyncio.to_thread(
        subprocess.run, full, env=env, capture_output=True, text=True, check=False, pass_fds=inherited
    )
    if done.returncode != 0:
        said = done.stderr.strip().splitlines()
        raise StorageError(f"{program} failed: {' / '.join(said[-3:])}")

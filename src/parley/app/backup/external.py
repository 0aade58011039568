"""Loads the copy of a database into an external PostgreSQL, whose roles `parley database prepare` has made."""

from __future__ import annotations

import asyncio
import subprocess
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

from parley.app.backup.restoring import Load
from parley.storage.binaries import installation, run_as
from parley.storage.embedded import environment
from parley.storage.errors import StorageError


def loader(admin_url: str) -> Load:
    """Give a function that loads into the database that the superuser's URL names."""
    shown, password = _without_password(admin_url)

    async def load(_data_dir: Path, file: Path) -> None:
        program = installation(run_as()) / "bin" / "pg_restore"
        command = [str(program), "--exit-on-error", "--single-transaction", f"--dbname={shown}", str(file)]
        env = environment() | ({"PGPASSWORD": password} if password else {})
        done = await asyncio.to_thread(
            subprocess.run, command, env=env, capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise StorageError(f"pg_restore failed: {' / '.join(done.stderr.strip().splitlines()[-3:])}")

    return load


def _without_password(url: str) -> tuple[str, str | None]:
    """Take the password out of a URL: command lines can be read by every user of the machine."""
    parts = urlsplit(url)
    if parts.password is None:
        return url, None
    user, _, host = parts.netloc.rpartition("@")
    netloc = f"{user.partition(':')[0]}@{host}"
    return urlunsplit(parts._replace(netloc=netloc)), unquote(parts.password)

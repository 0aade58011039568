"""Loads the copy of a database into an external PostgreSQL, after making roles and database there."""

from __future__ import annotations

import asyncio
import subprocess
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from parley.app.backup.restoring import Load
from parley.storage.binaries import installation, run_as
from parley.storage.embedded import environment
from parley.storage.errors import StorageError
from parley.storage.prepare import prepare
from parley.storage.target import Target


def loader(admin_url: str, target: Target) -> Load:
    """Give a function that loads into `target`, whose server the superuser's URL names; it must be empty."""
    shown, password = without_password(_named(admin_url, target.database))

    async def load(data_dir: Path, file: Path) -> None:
        await prepare(admin_url, target, data_dir)
        program = installation(run_as()) / "bin" / "pg_restore"
        command = [str(program), "--exit-on-error", "--single-transaction", f"--dbname={shown}", str(file)]
        env = environment() | ({"PGPASSWORD": password} if password else {})
        done = await asyncio.to_thread(
            subprocess.run, command, env=env, capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise StorageError(f"pg_restore failed: {' / '.join(done.stderr.strip().splitlines()[-3:])}")

    return load


def _named(url: str, database: str) -> str:
    """The same server and user, another database."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}/{quote(database)}" + (f"?{parts.query}" if parts.query else "")


def without_password(url: str) -> tuple[str, str | None]:
    """Take the password out of a URL: command lines can be read by every user of the machine."""
    parts = urlsplit(url)
    if parts.password is None:
        return url, None
    user, _, host = parts.netloc.rpartition("@")
    netloc = f"{user.partition(':')[0]}@{host}"
    return urlunsplit(parts._replace(netloc=netloc)), unquote(parts.password)

"""Write a backup, always encrypted with age; secrets only when asked for, erasure keys never."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from datetime import datetime
from pathlib import Path
from typing import IO

from parley.app.backup import archive, contents, writing
from parley.app.cli.acting import as_owner, database
from parley.app.cli.options import add_database_options, settings_of
from parley.core.clock import SystemClock
from parley.core.errors import ConfigurationError
from parley.staff.service import OPERATOR
from parley.storage import audit
from parley.storage.database import Database
from parley.storage.target import Target


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_database_options(parser)
    parser.add_argument("directory", type=Path, metavar="DIR", help="where the new file is put")
    parser.add_argument(
        "--recipient", action="append", required=True, metavar="AGE",
        help="public key of who may open it (age1… or an SSH key); may be given several times",
    )  # fmt: skip
    parser.add_argument(
        "--with-secrets", action="store_true", help="copy secrets/, the log's key and parley.toml too"
    )


def run(arguments: argparse.Namespace) -> int:
    """Write `DIR/parley-<time>.age`, beside a running server or without one; prints its name."""
    settings = settings_of(arguments)
    keys = archive.recipients(arguments.recipient)
    if not settings.data_dir.is_dir():
        raise ConfigurationError(f"there is no data directory {settings.data_dir}")
    clock = SystemClock()
    final = arguments.directory / f"parley-{clock.now():%Y%m%dT%H%M%SZ}.age"
    draft = final.with_suffix(".part")

    async def work(output: IO[bytes]) -> int:
        async with database(settings) as target:
            await _on_record(target, clock.now(), arguments)
            done = await writing.write(
                settings.data_dir, target, output, keys, clock.now(), secrets=arguments.with_secrets
            )
        output.flush()
        os.fsync(output.fileno())
        _tell(done)
        return 0

    arguments.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        # Opened before the change of user: the directory may be one that the server's user cannot write to.
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as output:
            code = as_owner(settings.data_dir, lambda: asyncio.run(work(output)))
        if code == 0:
            draft.rename(final)
            print(final)
        return code
    finally:
        draft.unlink(missing_ok=True)


async def _on_record(target: Target, now: datetime, arguments: argparse.Namespace) -> None:
    """Before it is written: who could read it, and whether secrets are in it, is for others to see."""
    database = Database(target, "staff")
    detail: dict[str, audit.JSON] = {
        "recipients": [str(one) for one in arguments.recipient],
        "secrets": bool(arguments.with_secrets),
    }
    try:
        await audit.record(database, now, OPERATOR, "backup.written", "backup", detail)
    finally:
        await database.close()


def _tell(done: writing.Written) -> None:
    manifest = done.manifest
    print(f"{len(manifest.files)} files and {manifest.blobs} blobs, encrypted", file=sys.stderr)
    if not manifest.with_secrets:
        print(
            "Without secrets: keep your own copy of secrets/, the log's key and parley.toml, or the restored "
            "server can read no number and clients will not know it.",
            file=sys.stderr,
        )
    print(
        f"Not in it, on purpose: the erasure keys and the memory {contents.SIGNER}/signed.json of the public log.",
        file=sys.stderr,
    )
    for name in done.unknown:
        print(f"WARNING: {name} is not known to be part of a data directory and was not copied", file=sys.stderr)

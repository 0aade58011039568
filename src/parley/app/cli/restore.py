"""Make an empty data directory from a backup, and say what the backup could not carry."""

from __future__ import annotations

import argparse
import asyncio
import getpass
import os
from pathlib import Path
from typing import IO, Any

from parley.app.backup import archive
from parley.app.backup.errors import BackupError
from parley.app.backup.external import loader
from parley.app.backup.model import Manifest
from parley.app.backup.restoring import missing, restore
from parley.app.cli.acting import as_owner, external
from parley.app.cli.database import ADMIN_VARIABLE
from parley.app.cli.options import add_database_options, settings_of
from parley.core.errors import ConfigurationError
from parley.core.settings import Settings
from parley.storage import backup


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_database_options(parser)
    parser.add_argument("directory", type=Path, metavar="DIR", help="a backup, or a folder whose newest is taken")
    parser.add_argument("--identity", type=Path, metavar="FILE", help="the age identity; asked for when left out")
    parser.add_argument(
        "--admin-url", help=f"for an external database: a superuser's URL of it (default: ${ADMIN_VARIABLE})"
    )


def run(arguments: argparse.Namespace) -> int:
    """Restore into the data directory, which must be empty or not there yet."""
    settings = settings_of(arguments)
    file = newest(arguments.directory)
    keys = archive.identities(_identity(arguments.identity))
    admin_url = arguments.admin_url or os.environ.get(ADMIN_VARIABLE)
    if settings.database_url and not admin_url:
        raise ConfigurationError(f"an external database is restored with --admin-url or ${ADMIN_VARIABLE}")
    with file.open("rb") as source:
        return as_owner(settings.data_dir, lambda: asyncio.run(_restore(settings, source, keys, admin_url)))


def newest(place: Path) -> Path:
    """The backup at a place: the file itself, or the newest one of a folder.

    Raises:
        BackupError: there is none.
    """
    if place.is_file():
        return place
    found = sorted(place.glob("parley-*.age"))
    if not found:
        raise BackupError(f"there is no backup (parley-….age) in {place}")
    return found[-1]


def _identity(file: Path | None) -> str:
    if file is None:
        return getpass.getpass("age identity (AGE-SECRET-KEY-1…): ")
    try:
        return file.read_text("utf-8")
    except OSError as error:
        raise BackupError(f"the identity {file} cannot be read: {error.strerror}") from None


async def _restore(settings: Settings, source: IO[bytes], keys: list[Any], admin_url: str | None) -> int:
    target = external(settings)
    load = loader(admin_url, target) if target is not None and admin_url else backup.restore
    manifest = await restore(settings.data_dir, source, keys, load)
    print(f"restored the backup of {manifest.made_at} into {settings.data_dir}")
    for line in remarks(manifest):
        print(f"- {line}")
    return 0


def remarks(manifest: Manifest) -> list[str]:
    """What the operator must know or do before the server runs again."""
    lines = [
        "Erasure keys are in no backup: addresses that were sealed before this restore cannot be opened any more.",
        "The public log cannot go on from a backup, since others saw it grow after that. If the folder log/ of the "
        "lost server still exists and this backup is as new as the log, put that folder back; otherwise run "
        "`parley new-log --reason …` before the server starts. Until then nothing is added to the log, and "
        "nothing is disclosed.",
        "The search index is not in the backup; the server builds it anew.",
    ]
    left_out = list(missing(manifest))
    if left_out:
        lines.append(
            f"Secrets were not in this backup. Put your copies in place of the empty files {', '.join(left_out)};"
            " the server does not start before. Without secrets/server_key.pem no client recognizes the server, "
            "without secrets/accounts no phone number and no session can be read."
        )
    if not manifest.with_secrets:
        lines.append("parley.toml was not in this backup either, if there was one.")
    return lines

"""Writes a backup: the database, blobs, policies and legal data, encrypted on the way out."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from parley import __version__
from parley.app.backup import archive, contents
from parley.app.backup.errors import AnotherRuns
from parley.app.backup.model import DATABASE, MANIFEST, Entry, Manifest
from parley.app.backup.signer_memory import MEMORY
from parley.legal.translog.signer import read_state
from parley.storage import backup
from parley.storage.migrator import migrations
from parley.storage.target import Target

_DRAFT, _LOCK = ".backup-", ".backup.lock"


@dataclass(frozen=True, slots=True)
class Written:
    """What was written, and the entries of the data directory that no list knows."""

    manifest: Manifest
    unknown: tuple[str, ...]


async def write(
    data_dir: Path, target: Target, output: IO[bytes], keys: Sequence[Any], now: datetime, *, secrets: bool
) -> Written:
    """Write a backup to `output`, beside a running server or without one.

    The copy of the database lies for the time of the run in the data directory, as secret as the database itself.

    Raises:
        AnotherRuns: a backup of this data directory is being written already.
        StorageError: the database cannot be copied.
        OSError: a disk is full or a file cannot be read.
    """
    with _alone(data_dir), tempfile.TemporaryDirectory(prefix=_DRAFT, dir=data_dir) as draft:
        dump = Path(draft) / DATABASE
        await backup.dump(target, dump)
        with archive.writing(output, keys) as writer:
            manifest = _write_all(writer, data_dir, dump, _about(data_dir, now, secrets=secrets))
    return Written(manifest, tuple(contents.unknown(data_dir)))


@contextmanager
def _alone(data_dir: Path) -> Iterator[None]:
    """Be the only backup of this directory, and remove the plain copy that a killed one has left behind."""
    lock = os.open(data_dir / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        for left in data_dir.glob(f"{_DRAFT}*"):
            shutil.rmtree(left)
        yield
    except BlockingIOError:
        raise AnotherRuns("another backup of this data directory is being written") from None
    finally:
        os.close(lock)


def _about(data_dir: Path, now: datetime, *, secrets: bool) -> Manifest:
    return Manifest(
        parley=__version__,
        made_at=now.isoformat(),
        schema=max(migration.number for migration in migrations()),
        with_secrets=secrets,
        secrets_left_out=() if secrets else tuple(contents.secret_files(data_dir)),
        log_sizes={name: item.size for name, item in read_state(data_dir / contents.SIGNER / MEMORY).items()},
    )


def _write_all(writer: archive.Writer, data_dir: Path, dump: Path, about: Manifest) -> Manifest:
    entries: dict[str, Entry] = {DATABASE: writer.add_file(DATABASE, dump)}
    blobs = 0
    for name in contents.files(data_dir, secrets=about.with_secrets):
        with suppress(FileNotFoundError):  # a blob that was deleted just now
            entry = writer.add_file(name, data_dir / name)
            if contents.is_blob(name):
                blobs += 1
            else:
                entries[name] = entry
    manifest = replace(about, files=entries, blobs=blobs)
    writer.add_bytes(MANIFEST, manifest.to_json())
    return manifest

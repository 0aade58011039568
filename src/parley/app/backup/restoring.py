"""Makes an empty data directory from a backup: everything is checked aside before any of it takes its place."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any, Final

from parley.app.backup import archive, contents
from parley.app.backup.errors import BackupDamaged, NotEmpty, TooNew
from parley.app.backup.model import DATABASE, MANIFEST, Entry, Manifest
from parley.app.backup.signer_memory import retire
from parley.storage.migrator import migrations
from parley.storage.prepare import PASSWORD_FILE

DRAFT: Final = ".restoring"
Load = Callable[[Path, Path], Awaitable[None]]
"""Loads the copy of the database (data directory, file), as `parley.storage.backup.restore` does."""


async def restore(data_dir: Path, source: IO[bytes], keys: Sequence[Any], load: Load) -> Manifest:
    """Restore a backup into an empty data directory. When it fails the directory is empty again.

    Erasure keys are in no backup: addresses that were sealed before are unopenable from here on. The log's signer
    refuses every log of the backup until its own memory is brought back or a new log is begun.

    Raises:
        NotEmpty: there is something in the directory already.
        IdentityInvalid, BackupDamaged, TooNew: see `parley.app.backup.errors`.
        StorageError: the database could not be loaded.
    """
    _require_empty(data_dir)
    draft = data_dir / DRAFT
    draft.mkdir(mode=0o700)
    try:
        manifest = _unpack(draft, source, keys)
        _place(draft, data_dir)
        await load(data_dir, draft / DATABASE)
        _stand_in(data_dir, manifest)
        retire(data_dir / contents.SIGNER, manifest.log_sizes)
    except BaseException:
        _clear(data_dir)
        raise
    shutil.rmtree(draft)
    return manifest


def _require_empty(data_dir: Path) -> None:
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    if next(data_dir.iterdir(), None) is not None:
        raise NotEmpty(f"{data_dir} is not empty; a backup is restored into an empty data directory only")


def _unpack(draft: Path, source: IO[bytes], keys: Sequence[Any]) -> Manifest:
    """Write all members below `draft` and compare them with the manifest."""
    found: dict[str, Entry] = {}
    blobs, raw = 0, b""
    with archive.reading(source, keys) as members:
        for name, content in members:
            if not contents.acceptable(name):
                raise BackupDamaged("the backup holds a file that none of ours has")
            if name == MANIFEST:
                raw = content.read()
                continue
            entry = _write(draft / name, content)
            if not contents.is_blob(name):
                found[name] = entry
            elif entry.sha256 != name.rpartition("/")[2]:
                raise BackupDamaged("a stored file does not have the content that its name says")
            else:
                blobs += 1
    return _compared(Manifest.from_json(raw), found, blobs)


def _compared(manifest: Manifest, found: dict[str, Entry], blobs: int) -> Manifest:
    newest = max(migration.number for migration in migrations())
    if manifest.schema > newest:
        raise TooNew(
            f"this backup was made by Parley {manifest.parley}, which is newer: install that version first"
        )
    if dict(manifest.files) != found or manifest.blobs != blobs or DATABASE not in found:
        raise BackupDamaged("the files of this backup are not those of its manifest")
    return manifest


def _write(path: Path, content: IO[bytes]) -> Entry:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as output:
        while chunk := content.read(archive.CHUNK):
            digest.update(chunk)
            size += output.write(chunk)
        output.flush()
        os.fsync(output.fileno())
    return Entry(size, digest.hexdigest())


def _place(draft: Path, data_dir: Path) -> None:
    for entry in list(draft.iterdir()):
        if entry.name != DATABASE:
            entry.rename(data_dir / entry.name)


def _stand_in(data_dir: Path, manifest: Manifest) -> None:
    """Put an empty file where a secret was left out, so that the server refuses to start.

    A new secret would make every stored number and key unreadable for good without anybody noticing.
    """
    for name in missing(manifest):
        path = data_dir / name
        path.parent.mkdir(mode=0o700, exist_ok=True)
        path.touch(mode=0o600)


def missing(manifest: Manifest) -> Iterator[str]:
    """The secrets that the restored server needs and the backup did not carry."""
    drawn_anew = str(PASSWORD_FILE)  # by `database prepare`
    return (n for n in manifest.secrets_left_out if n.startswith("secrets/") and n != drawn_anew)


def _clear(data_dir: Path) -> None:
    for entry in data_dir.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()

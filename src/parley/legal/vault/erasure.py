"""Erasure keys: one 32-byte file for each day, outside the database and every backup; deleting it ends the day.

Backups and the write-ahead log keep deleted rows for months. What they keep of a day is encrypted under that
day's file as well, so the day ends everywhere when the file does.
"""

from __future__ import annotations

import os
import re
import secrets
import stat
from contextlib import suppress
from pathlib import Path

from parley.legal.vault.errors import ErasureKeyExists, ErasureKeyGone

_SIZE = 32
_SHARED_MODE = 0o660
_NAME = re.compile(r"(\d{4}-\d{2}-\d{2}(\.\d{1,3})?|hold-[0-9a-f]{32})")


class ErasureKeys:
    """The folder of erasure keys; safe to use from several processes at once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get_or_make(self, name: str) -> bytes:
        """Give the key called `name`, making it when this is the first time (mode 0600, never half-written)."""
        with suppress(ErasureKeyGone):
            return self.get(name)
        with suppress(ErasureKeyExists):
            return self.make(name)
        return self.get(name)

    def get(self, name: str) -> bytes:
        """Read a key.

        Raises:
            ErasureKeyGone: there is none of this name (any more).
        """
        try:
            key = self._path(name).read_bytes()
        except FileNotFoundError:
            raise ErasureKeyGone(f"no erasure key {name}: what it covered cannot be opened any more") from None
        if len(key) != _SIZE:
            raise ErasureKeyGone(f"the erasure key {name} is damaged")
        return key

    def make(self, name: str) -> bytes:
        """Make a key: written aside, synced, then linked under its name in one step.

        Raises:
            ErasureKeyExists: somebody else was first.
        """
        path = self._path(name)
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        key = secrets.token_bytes(_SIZE)
        aside = self._folder / f".new-{secrets.token_hex(8)}"
        _write_synced(aside, key, os.O_CREAT | os.O_EXCL)
        if self._shared():
            aside.chmod(_SHARED_MODE)
        try:
            os.link(aside, path)
        except FileExistsError:
            raise ErasureKeyExists(f"the erasure key {name} exists") from None
        finally:
            aside.unlink()
            self._sync_folder()
        return key

    def shred(self, name: str) -> bool:
        """Overwrite and delete a key; false when there was none. From now on nothing opens what it covered."""
        path = self._path(name)
        try:
            _write_synced(path, secrets.token_bytes(_SIZE), 0)
        except FileNotFoundError:
            return False
        path.unlink(missing_ok=True)
        self._sync_folder()
        return True

    def names(self) -> tuple[str, ...]:
        """The names of all keys that exist, sorted."""
        if not self._folder.is_dir():
            return ()
        return tuple(sorted(path.name for path in self._folder.iterdir() if _NAME.fullmatch(path.name)))

    def _shared(self) -> bool:
        """Whether the folder gives its files to a group: where one process seals and another one shreds."""
        return bool(self._folder.stat().st_mode & stat.S_ISGID)

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise ErasureKeyGone("no erasure key can have this name")
        return self._folder / name

    def _sync_folder(self) -> None:
        handle = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _write_synced(path: Path, content: bytes, flags: int) -> None:
    handle = os.open(path, os.O_WRONLY | flags, 0o600)
    try:
        os.write(handle, content)
        os.fsync(handle)
    finally:
        os.close(handle)

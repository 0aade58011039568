"""Files that are there whole or not at all, also after a power cut: written aside, synced, named in one step."""

from __future__ import annotations

import os
import secrets
from glob import escape
from pathlib import Path


def replace_durably(path: Path, data: bytes) -> None:
    """Put `data` in place of a file, for good and for its owner alone (mode 0600).

    A link that stands in the place of the file is replaced too, and never followed.
    """
    draft = _written_aside(path, data)
    try:
        draft.replace(path)
    except OSError:
        draft.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def create_durably(path: Path, data: bytes) -> bool:
    """Make a file, for good and for its owner alone (mode 0600); false when there is one, which stays as it is.

    Of several processes that start together one makes it, and none reads a half of it.
    """
    draft = _written_aside(path, data)
    try:
        os.link(draft, path)
    except FileExistsError:
        return False
    finally:
        draft.unlink()
    sync_folder(path.parent)
    return True


def drafts_of(path: Path) -> list[Path]:
    """What a power cut left of writes of a file: each holds what the file was to hold, and stays until deleted."""
    found = path.parent.glob(f".{escape(path.name)}.{'[0-9a-f]' * 16}")
    return sorted(draft for draft in found if not draft.is_symlink())


def sync_folder(folder: Path) -> None:
    """Write a folder to the disk: a name that has changed in it is safe only then."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _written_aside(path: Path, data: bytes) -> Path:
    """Nobody can plant a link under a name that cannot be guessed, and one that is there already is not opened."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        draft.unlink(missing_ok=True)
        raise
    return draft

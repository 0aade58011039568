"""A secret that is being changed: the new value in its file, the old one beside it until it counts no more.

Three files tell everything, so that a change that was cut off goes on where it stopped: `NAME` (the value),
`NAME.old` (the one before) and `NAME.until` (when the old one stops counting; none: when somebody says so).
"""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from parley.core.errors import ConfigurationError
from parley.core.files import drafts_of, replace_durably, sync_folder


class RotationRefused(ConfigurationError):
    """The secret cannot be changed now."""


def old_path(path: Path) -> Path:
    """Where the value before lies."""
    return path.with_name(f"{path.name}.old")


def until_path(path: Path) -> Path:
    """Where it says when the value before stops counting."""
    return path.with_name(f"{path.name}.until")


def until_of(path: Path) -> datetime | None:
    """When the value before stops counting, or None when no date is set.

    Raises:
        ConfigurationError: the file says something else.
    """
    try:
        return datetime.fromisoformat(until_path(path).read_text("ascii"))
    except FileNotFoundError:
        return None
    except ValueError:
        raise ConfigurationError(f"{until_path(path)} names no time") from None


def under_way(path: Path, now: datetime) -> bool:
    """Whether the value before still counts."""
    until = until_of(path)
    return old_path(path).exists() and (until is None or now < until)


def begin(path: Path, new: bytes, now: datetime, until: datetime | None) -> None:
    """Put `new` in place of a secret and keep the old value until `until`; goes on after a call that was cut off.

    Raises:
        RotationRefused: a change of this secret is under way.
    """
    old = old_path(path)
    if under_way(path, now):
        if old.read_bytes() != path.read_bytes():
            raise RotationRefused(f"a change of {path.name} is under way; it has to end first")
    else:
        end(path)
        if until is not None:
            replace_durably(until_path(path), until.isoformat().encode())
        replace_durably(old, path.read_bytes())
    replace_durably(path, new)


def end(path: Path) -> None:
    """Destroy the value before. A file system may keep copies of what it stored: see docs/custodians.md."""
    old = old_path(path)
    for file in (old, *drafts_of(old)):
        _destroy(file)
    until_path(path).unlink(missing_ok=True)
    sync_folder(path.parent)


def _destroy(path: Path) -> None:
    with suppress(FileNotFoundError):
        with path.open("r+b") as file:
            file.write(os.urandom(path.stat().st_size))
            file.flush()
            os.fsync(file.fileno())
        path.unlink()

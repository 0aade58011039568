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
            _write(until_path(path), until.isoformat().encode())
        _write(old, path.read_bytes())
    _write(path, new)


def end(path: Path) -> None:
    """Destroy the value before. A file system may keep copies of what it stored: see docs/custodians.md."""
    old = old_path(path)
    with suppress(FileNotFoundError):
        with old.open("r+b") as file:
            file.write(os.urandom(old.stat().st_size))
            file.flush()
            os.fsync(file.fileno())
        old.unlink()
    until_path(path).unlink(missing_ok=True)
    _settle(path.parent)


def replace(path: Path, new: bytes) -> None:
    """Put `new` in place of a secret at once, whole or not at all, with mode 0600."""
    _write(path, new)


def _write(path: Path, value: bytes) -> None:
    draft = path.with_name(f".{path.name}.draft")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(value)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    _settle(path.parent)


def _settle(folder: Path) -> None:
    """A name that has changed is safe once its folder is written too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

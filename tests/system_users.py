"""The system users of a divided server, for tests that run as root, and code that runs as one of them."""

from __future__ import annotations

import fcntl
import grp
import json
import os
import pwd
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

import pytest

from parley.app import layout
from parley.core.parts import Part
from tests.journeys.waiting import LIMIT_S

_MEMBERS = {layout.EVERY_PART: tuple(Part), layout.ERASURE_GROUP: layout.SEALERS}
_IN_USE = 8
"""What `userdel` says of a user who still runs something."""

_SOMEBODYS = 8
"""What `groupdel` says of a group that is some user's own by now, as the database's may be."""


class Stay:
    """Says that this process needs the users; whoever leaves last removes those that tests have made.

    The names of those stand in a file of root's, so that what a killed run has left is removed by a later one. Its
    lock is shared by all who stay; the lock of a second file is had by one at a time, who may change the users.
    """

    def __init__(self, book: Path) -> None:
        self._book = book
        self._open: TextIO | None = None

    def begin(self) -> None:
        """Stay, and make what is missing."""
        with self._turn():
            if self._open is None:
                self._open = self._book.open("a+")
                fcntl.flock(self._open, fcntl.LOCK_SH)
            for group in _MEMBERS:
                if not _exists(grp.getgrnam, group):
                    self._make(group, "groupadd", "--system", group)
            for part in Part:
                if not _exists(pwd.getpwnam, part.user):
                    options = ("--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin")
                    self._make(part.user, "useradd", *options, part.user)
                for group, members in _MEMBERS.items():
                    if part in members and part.user not in grp.getgrnam(group).gr_mem:
                        _run("usermod", "--append", "--groups", group, part.user)

    def end(self) -> None:
        """Leave; the last one removes what was made, and waits for processes that are still ending."""
        if self._open is None:
            return
        with self._turn(), self._open as book:
            self._open = None
            try:
                fcntl.flock(book, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return
            book.seek(0)
            made = book.read().split()
            for user in (part.user for part in Part if part.user in made):
                _remove_user(user)
            for group in (group for group in _MEMBERS if group in made):
                _run("groupdel", group, fine=(0, _SOMEBODYS))
            book.truncate(0)

    def _make(self, name: str, *command: str) -> None:
        assert self._open is not None
        self._open.write(f"{name}\n")
        self._open.flush()
        _run(*command)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        with self._book.with_suffix(".turn").open("a") as turn:
            fcntl.flock(turn, fcntl.LOCK_EX)
            yield


_stay = Stay(Path("/run/parley-test-users"))
leave = _stay.end


@contextmanager
def open_folder() -> Iterator[Path]:
    """A place that every user can walk to; it goes with the block, also when that fails."""
    with tempfile.TemporaryDirectory(prefix="parley-open-") as made:
        Path(made).chmod(0o711)
        yield Path(made)


def require() -> None:
    """Make the users and groups as the operator's set-up does, or skip the test and say why."""
    if os.geteuid() != 0:
        pytest.skip("only root can make system users and become them")
    if shutil.which("useradd") is None or shutil.which("usermod") is None:
        pytest.skip("there is no useradd here to make system users with")
    _stay.begin()


def _exists(find: Callable[[str], object], name: str) -> bool:
    try:
        find(name)
    except KeyError:
        return False
    return True


def _remove_user(name: str) -> None:
    deadline = time.monotonic() + LIMIT_S
    while _run("userdel", name, fine=(0, _IN_USE)) == _IN_USE:
        assert time.monotonic() < deadline, f"something of a test still runs as {name}"
        time.sleep(0.1)


def _run(*command: str, fine: tuple[int, ...] = (0,)) -> int:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode in fine, done.stderr
    return done.returncode


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

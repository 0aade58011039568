"""The system users that tests make are gone after the last run that needs them; an operator's own stay."""

from __future__ import annotations

from pathlib import Path

import pytest

from parley.app import layout
from parley.core.parts import Part
from tests import system_users
from tests.system_users import Stay


class Machine:
    """The users and groups of a machine on which nothing is really changed."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
        self.names = set(names)
        self.somebodys = ""
        monkeypatch.setattr(system_users, "_exists", lambda find, name: name in self.names)
        monkeypatch.setattr(system_users, "_run", self._run)

    def _run(self, command: str, *arguments: str, fine: tuple[int, ...] = (0,)) -> int:
        if command in ("useradd", "groupadd"):
            self.names.add(arguments[-1])
        elif command == "groupdel" and arguments[-1] == self.somebodys:
            assert 8 in fine, "groupdel: cannot remove the primary group of a user"
            return 8
        elif command in ("userdel", "groupdel"):
            self.names.remove(arguments[-1])
        return 0


@pytest.fixture(autouse=True)
def _groups_have_everybody(monkeypatch: pytest.MonkeyPatch) -> None:
    everybody = [part.user for part in Part]
    monkeypatch.setattr(system_users.grp, "getgrnam", lambda name: _Group(everybody))


class _Group:
    def __init__(self, members: list[str]) -> None:
        self.gr_mem = members


def test_the_last_to_leave_removes_what_was_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two runs side by side: the first to end takes nothing away from the other."""
    machine = Machine(monkeypatch)
    one, other = Stay(tmp_path / "book"), Stay(tmp_path / "book")
    one.begin()
    one.begin()
    made = set(machine.names)
    assert made >= {part.user for part in Part}
    other.begin()
    one.end()
    assert machine.names == made
    other.end()
    other.end()
    assert machine.names == set()
    one.begin()
    one.end()
    assert machine.names == set(), "a later run makes and removes them anew"


def test_what_a_killed_run_left_is_removed_by_a_later_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody has to clear away by hand what a test has made."""
    machine = Machine(monkeypatch)
    killed = Stay(tmp_path / "book")
    killed.begin()
    assert killed._open is not None
    killed._open.close()
    later = Stay(tmp_path / "book")
    later.begin()
    later.end()
    assert machine.names == set()


def test_an_operators_own_users_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever runs the tests on a machine with a divided server keeps its users."""
    machine = Machine(monkeypatch, Part.HTTP.user)
    stay = Stay(tmp_path / "book")
    stay.begin()
    stay.end()
    assert machine.names == {Part.HTTP.user}


def test_a_group_that_has_become_somebodys_own_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The user that runs an undivided server's database takes the parts' group for its own where it is there."""
    machine = Machine(monkeypatch)
    stay = Stay(tmp_path / "book")
    stay.begin()
    machine.somebodys = layout.EVERY_PART
    stay.end()
    assert machine.names == {layout.EVERY_PART}

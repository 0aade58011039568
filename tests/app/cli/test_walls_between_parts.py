"""A divided server whose walls are down is found, each way by name."""

from __future__ import annotations

import os
import pwd
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from parley.app import dividing
from parley.app.cli import main
from parley.app.cli.walls_between_parts import of_layout, of_logins, of_processes, of_units, of_users
from parley.core.parts import Part
from parley.storage.part_duties import logins_of
from parley.storage.roles import SUPERUSER, role_name
from tests import system_users

NOW = datetime(2026, 11, 26, tzinfo=UTC)


@pytest.fixture
def divided() -> Iterator[Path]:
    """A divided data directory with the logins that its database writes down."""
    system_users.require()
    lines = [f'parley "{u}" {role_name(d)}' for u, duties in logins_of(Part.DATABASE.user).items() for d in duties]
    with system_users.open_folder() as folder:
        dividing.divide(folder, NOW)
        (folder / "postgres").mkdir(mode=0o700)
        (folder / "postgres" / "pg_ident.conf").write_text("\n".join(lines) + "\n")
        dividing.divide(folder, NOW)
        yield folder


def test_a_divided_server_as_it_was_prepared_is_sound(divided: Path) -> None:
    """What the set-up makes is what the doctor expects."""
    assert [*of_layout(divided), *of_logins(divided), *of_users(), *of_processes(divided)] == []


def test_a_missing_user_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A part whose user is gone runs as nobody knows whom."""

    def gone(name: str) -> pwd.struct_passwd:
        raise KeyError(name)

    monkeypatch.setattr(dividing.pwd, "getpwnam", gone)
    assert "there is no user parley-legal" in [finding.text for finding in of_users() if finding.down]


def test_a_wrong_owner_is_found(divided: Path) -> None:
    """A key that belongs to the pages' user is the pages' to read."""
    key = divided / "secrets" / "accounts"
    os.chown(key, pwd.getpwnam(Part.HTTP.user).pw_uid, -1)
    assert [f.text for f in of_layout(divided)] == [f"{key} belongs to parley-http and not to parley-mtproto"]


def test_a_wrong_mode_is_found(divided: Path) -> None:
    """A folder that lets everybody in is no wall; neither is a readable former key."""
    (divided / "log").chmod(0o755)
    (divided / "secrets" / "accounts.old").touch(0o644)
    os.chown(divided / "secrets" / "accounts.old", pwd.getpwnam(Part.MTPROTO.user).pw_uid, -1)
    (divided / "secrets" / "accounts.old").chmod(0o644)
    found = [finding.text for finding in of_layout(divided) if finding.down]
    assert f"{divided / 'log'} has the mode 0755 and not 0700" in found
    assert f"{divided / 'secrets' / 'accounts.old'} has the mode 0644 and not 0600" in found


def test_a_file_that_goes_away_meanwhile_is_no_finding(divided: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The doctor looks at a server that runs, whose files come and go."""
    real = dividing.files_of
    monkeypatch.setattr(dividing, "files_of", lambda path, entry: [(path / "gone", 0o600), *real(path, entry)])
    assert list(of_layout(divided)) == []


@pytest.mark.parametrize("role", ["parley_legal", "parley_backup", SUPERUSER])
def test_a_user_with_too_many_roles_is_found(divided: Path, role: str) -> None:
    """One line too many in the database's map of users takes a wall down."""
    with (divided / "postgres" / "pg_ident.conf").open("a") as file:
        file.write(f'parley "parley-http" {role}\n')
    (finding,) = of_logins(divided)
    assert finding.down
    assert finding.text == f"the database lets the user parley-http in as {role}"


def test_a_server_process_that_is_root_is_found(tmp_path: Path) -> None:
    """Whoever takes over a process of root has everything."""
    data, found = tmp_path / "data", tmp_path / "proc"
    for number, command in ((7, f"python\0/opt/parley/.venv/bin/parley\0serve\0--data-dir\0{data}\0"),
                            (8, f"parley\0serve\0--data-dir\0{data}-other\0"), (9, "bash\0")):  # fmt: skip
        (found / str(number)).mkdir(parents=True)
        (found / str(number) / "cmdline").write_text(command)
    (found / "version").touch()
    if os.geteuid() != 0:
        pytest.skip("only root's files belong to root")
    assert [f.text for f in of_processes(data, found)] == ["the server process 7 runs as root"]


def test_a_unit_that_runs_as_root_is_found(tmp_path: Path) -> None:
    """A unit without a user runs as root."""
    lines = ["[Service]", "User=parley", "ExecStart=a", "EnvironmentFile=b", "EnvironmentFile=c"]
    (tmp_path / "parley.service").write_text("\n".join(lines))
    assert list(of_units(tmp_path)) == []
    (tmp_path / "parley@.service").write_text("[Service]\nExecStart=/opt/parley/.venv/bin/parley serve\n")
    assert [f.text for f in of_units(tmp_path)] == ["the unit parley@.service runs as root: give it a User="]


def test_the_doctor_looks_without_starting_the_database_of_others(
    divided: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A look at a stopped server leaves every file to its owner."""
    before = sorted((path.name, path.stat().st_uid) for path in divided.rglob("*"))
    main(["doctor", "--data-dir", str(divided)])
    assert "start its part `database` first" in capsys.readouterr().out
    assert sorted((path.name, path.stat().st_uid) for path in divided.rglob("*")) == before

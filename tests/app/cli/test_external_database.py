"""An operator with a PostgreSQL of their own prepares it, backs it up and restores it with the same commands."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import pyrage
import pytest

from parley.app import dividing, keys
from parley.app.backup.external import without_password
from parley.app.cli import main
from parley.app.passwords import part_file
from parley.core.parts import Part
from parley.storage.part_duties import PART_DUTIES
from parley.storage.prepare import read_passwords
from parley.storage.roles import SUPERUSER, role_name
from parley.storage.target import Target
from tests import system_users

IDENTITY = pyrage.x25519.Identity.generate()


@pytest.fixture
def admin_url(cluster: Target) -> str:
    """A superuser's URL of a server that is not the embedded one."""
    return f"postgresql://{SUPERUSER}@/postgres?host={quote(cluster.host)}"


@pytest.fixture
def urls(cluster: Target) -> list[str]:
    """Two databases that do not exist yet; they go with the run's cluster."""
    return [f"postgresql:///external_{os.getpid()}_{name}?host={quote(cluster.host)}" for name in ("a", "b")]


def test_from_an_empty_server_to_a_restored_one(
    admin_url: str, urls: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Prepare, migrate, add somebody, change the passwords, back up, restore elsewhere: the person is there."""
    first, second = urls
    old, new = ["--data-dir", str(tmp_path / "old")], ["--data-dir", str(tmp_path / "new")]
    (tmp_path / "identity").write_text(f"{IDENTITY}\n")

    def parley(*arguments: str) -> str:
        code = main(list(arguments))
        out, err = capsys.readouterr()
        assert code == 0, out + err
        return out

    (tmp_path / "old").mkdir(mode=0o700)
    parley("database", "prepare", "--database-url", first, "--admin-url", admin_url, *old)
    assert (tmp_path / "old" / "secrets" / "database.json").stat().st_mode & 0o777 == 0o600
    assert "migrations ran" in parley("database", "migrate", "--database-url", first, *old)
    parley("staff", "add", "Dora", "--role", "admin", "--database-url", first, *old)
    before = (tmp_path / "old" / "secrets" / "database.json").read_bytes()
    told = parley("secrets", "rotate", "database", "--database-url", first, "--admin-url", admin_url, *old)
    assert "new passwords" in told
    assert (tmp_path / "old" / "secrets" / "database.json").read_bytes() != before
    assert "Dora" in parley("staff", "list", "--database-url", first, *old), "the new passwords let the duties in"
    recipient = ["--recipient", str(IDENTITY.to_public())]
    parley("backup", str(tmp_path / "copies"), *recipient, "--database-url", first, *old)
    parley(
        "restore", str(tmp_path / "copies"), "--identity", str(tmp_path / "identity"),
        "--database-url", second, "--admin-url", admin_url, *new,
    )  # fmt: skip
    assert "Dora\tadmin" in parley("staff", "list", "--database-url", second, *new)


def test_new_passwords_reach_every_part_of_a_divided_server(
    admin_url: str, urls: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """After the change the parts log in again, each from its own file, without another command."""
    system_users.require()
    with system_users.open_folder() as folder:
        data_dir = folder / "data"
        where = ["--database-url", urls[0], "--data-dir", str(data_dir)]
        keys.prepare(data_dir)
        assert main(["database", "prepare", *where, "--admin-url", admin_url]) == 0
        assert main(["database", "migrate", *where]) == 0
        dividing.divide(data_dir, datetime.now(UTC))
        before = read_passwords(data_dir)
        assert main(["secrets", "rotate", "database", *where, "--admin-url", admin_url]) == 0, capsys.readouterr()
        drawn = read_passwords(data_dir)
        assert drawn.keys() == before.keys()
        assert not set(drawn.values()) & set(before.values())
        for part in Part:
            file = data_dir / part_file(part)
            found = read_passwords(data_dir, part_file(part))
            assert found == {role_name(duty): drawn[role_name(duty)] for duty in PART_DUTIES[part]}, part
            assert (file.owner(), file.stat().st_mode & 0o777) == (part.user, 0o600)


def test_no_password_on_a_command_line() -> None:
    """Other users of the machine see command lines; the password goes another way."""
    shown, password = without_password("postgresql://admin:p%40ss@db.example:5433/x?sslmode=require")
    assert shown == "postgresql://admin@db.example:5433/x?sslmode=require"
    assert password == "p@ss"
    assert without_password("postgresql://admin@db/x") == ("postgresql://admin@db/x", None)

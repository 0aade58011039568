"""The doctor notices when a wall between two duties, or around a secret, is down."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest

from parley.app.cli import main
from parley.app.cli.walls import of_database, of_files
from parley.storage.roles import SUPERUSER
from parley.storage.target import Target

TESTS_SUPERUSER = "this user can log in to the embedded database as its superuser"


def secret(data_dir: Path, name: str, content: bytes = b"x" * 32, mode: int = 0o600) -> Path:
    path = data_dir / name
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.write_bytes(content)
    path.chmod(mode)
    return path


def test_closed_files_are_fine(tmp_path: Path) -> None:
    """No false alarm on an installation as the server makes it."""
    secret(tmp_path, "secrets/accounts")
    secret(tmp_path, "erasure/2026-11-22")
    assert list(of_files(tmp_path)) == []


@pytest.mark.parametrize("name", ["secrets/accounts", "erasure/2026-11-22", "log/key", "parley.toml"])
def test_a_readable_secret_is_found(tmp_path: Path, name: str) -> None:
    """A copy that was put back with open modes does not stay unnoticed."""
    path = secret(tmp_path, name, mode=0o644)
    (finding,) = of_files(tmp_path)
    assert finding.down
    assert str(path) in finding.text


def test_an_empty_secret_is_found(tmp_path: Path) -> None:
    """After a restore without secrets the operator is told which ones to bring."""
    secret(tmp_path, "secrets/accounts", b"")
    (finding,) = of_files(tmp_path)
    assert finding.down
    assert "empty" in finding.text


async def test_a_role_that_could_become_another_is_found(database_target: Target) -> None:
    """A grant made by hand at night is named the next morning."""
    assert [finding.text for finding in await of_database(database_target)] == [TESTS_SUPERUSER]
    admin = await asyncpg.connect(**database_target.arguments_for(SUPERUSER))
    try:
        await admin.execute("GRANT parley_legal TO parley_messenger")
        await admin.execute("GRANT SELECT ON ALL TABLES IN SCHEMA messenger TO parley_legal")
        texts = [finding.text for finding in await of_database(database_target)]
    finally:
        await admin.execute("REVOKE parley_legal FROM parley_messenger")
        await admin.close()
    assert "the role parley_messenger is a member of parley_legal" in texts
    assert "the role parley_legal can read tables of messenger" in texts


def test_the_doctor_says_that_walls_stand(typed) -> None:  # type: ignore[no-untyped-def]
    """A fresh installation is sound."""
    assert "the walls stand" in typed("doctor")


def test_the_doctor_needs_no_server(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Before the first start there is nothing to fear."""
    assert main(["doctor", "--data-dir", str(tmp_path / "none")]) == 0
    assert "no data directory" in capsys.readouterr().out


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become the server's user")
def test_root_acts_as_the_servers_user(tmp_path: Path) -> None:
    """No file of a server that runs as an ordinary user ends up as root's."""
    code = (
        "import os, sys; from pathlib import Path; from parley.app.cli.acting import as_owner;"
        "sys.exit(as_owner(Path(sys.argv[1]), lambda: print(os.getuid(), os.geteuid(), flush=True) or 7))"
    )
    os.chown(tmp_path, 65534, 65534)
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.returncode) == ("65534 65534", 7), done.stderr

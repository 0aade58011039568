"""Anybody builds the custodians' tool alike, byte for byte, and it holds nothing of the server."""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.legal_world import *  # noqa: F403 -- the fixtures
from tests.legal_world import PASSPHRASE
from tools import build_custodian_tool as building

ROOT = Path(__file__).parents[2]
#: What may be in the file: the tool itself and the formats and checks that it shares with the server.
ALLOWED = (
    "parley.app.custodian",
    "parley.core",
    "parley.legal.disclosure",
    "parley.legal.translog",
    "parley.legal.vault",
)


def checkout(folder: Path, at: int) -> Path:
    """Copy what the build reads, as somebody who cloned it at another time."""
    for part in ("src", "tools"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    for path in folder.rglob("*"):
        os.utime(path, (at, at))
    return folder


def build(folder: Path, **environment: str) -> tuple[bytes, str]:
    """Build in a checkout; gives the file and what was printed."""
    umask = environment.pop("umask", "022")
    script = f"umask {umask}; exec '{sys.executable}' tools/build_custodian_tool.py --output out.pyz"
    done = subprocess.run(
        ["sh", "-c", script],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return (folder / "out.pyz").read_bytes(), done.stdout


def test_two_people_build_the_same_file_in_other_folders_at_other_times(tmp_path: Path) -> None:
    one = build(checkout(tmp_path / "one", 1_700_000_000), TZ="UTC", umask="022")
    other = build(checkout(tmp_path / "a longer name" / "other", 1_800_000_000), TZ="Asia/Tokyo", umask="077")
    assert one[0] == other[0]
    assert one[1].split()[0] == other[1].split()[0] == hashlib.sha256(one[0]).hexdigest()
    assert os.access(tmp_path / "one" / "out.pyz", os.X_OK)


def test_a_changed_source_makes_another_file(tmp_path: Path) -> None:
    before = hashlib.sha256(building.build()).hexdigest()
    folder = checkout(tmp_path, 1_700_000_000)
    with (folder / "src/parley/app/custodian/checks.py").open("a") as source:
        source.write("# an addition that nobody would see\n")
    assert build(folder)[1].split()[0] != before


def test_it_holds_nothing_of_the_server() -> None:
    packages = {"parley", "parley.app", "parley.legal", "parley.legal.errors"}
    strangers = [name for name in building.modules() if name not in packages and not name.startswith(ALLOWED)]
    assert strangers == []


def test_the_packages_that_it_needs_are_listed_with_the_servers_own_hashes() -> None:
    folder = ROOT / "tools" / "custodian_tool"
    listed = {line for line in (folder / "requirements.in").read_text().splitlines() if not line.startswith("#")}
    assert listed == building.other_packages()
    everything = (ROOT / "requirements.lock").read_text()
    for pinned in re.findall(r"^\S+==[^ ;]+", (folder / "requirements.lock").read_text(), re.MULTILINE):
        assert f"\n{pinned} " in f"\n{everything}", f"{pinned} is another version than the server's: run make lock"


@pytest.fixture
def tool(tmp_path: Path) -> Path:
    """The tool as a file."""
    path = tmp_path / "parley-custodian.pyz"
    path.write_bytes(building.build())
    return path


def test_it_runs_from_its_own_sources_alone(tool: Path) -> None:
    where = (
        "import sys; sys.path.insert(0, sys.argv[1]); import parley.app.custodian.opening as m; print(m.__file__)"
    )
    done = subprocess.run([sys.executable, "-c", where, tool], capture_output=True, text=True, check=True)
    assert done.stdout.startswith(str(tool))
    assert zipfile.ZipFile(tool).testzip() is None


async def test_a_custodian_enrols_with_it(world: Any, tool: Path, tmp_path: Path) -> None:
    token = (await world.vault.issue_token("ada", "staff:root")).token
    passphrase = tmp_path / "passphrase"
    passphrase.write_text(PASSPHRASE)
    process = await asyncio.create_subprocess_exec(
        sys.executable, tool, "enrol", world.url, "--token", token, "--key-file", tmp_path / "key",
        "--passphrase-file", passphrase, "--yes", stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()
    assert [one.name for one in await world.vault.custodians()] == ["ada"]

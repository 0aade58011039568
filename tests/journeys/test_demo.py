"""Whoever runs `make demo` finds pages with something on them, can stop it, and finds the same world again."""

from __future__ import annotations

import asyncio
import re
import signal
import sys
from pathlib import Path

import httpx

from tests.journeys.people.desk_person import plain

ROOT = Path(__file__).parents[2]
_READY = re.compile(r"^ready mtproto=127\.0\.0\.1:\d+ http=http://127\.0\.0\.1:(\d+)\n$")


async def _demo(data_dir: Path) -> tuple[asyncio.subprocess.Process, str]:
    """Start the demonstration and wait for its ready line; gives the base of its pages."""
    command = (sys.executable, "-m", "tests.journeys.demo", "--data-dir", str(data_dir))
    with (data_dir.parent / "demo.log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            *command,
            "--http-port",
            "0",
            "--mtproto-port",
            "0",
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
            cwd=ROOT,
        )
    assert process.stdout is not None
    line = (await process.stdout.readline()).decode()
    found = _READY.match(line)
    assert found, (data_dir.parent / "demo.log").read_text()[-4000:]
    return process, f"http://localhost:{found.group(1)}"


async def _stop(process: asyncio.subprocess.Process) -> None:
    process.send_signal(signal.SIGTERM)
    assert process.stdout is not None
    assert await process.stdout.read() == b"", "nothing but the ready line stands on standard output"
    assert await asyncio.wait_for(process.wait(), 40) == 0


async def _pages_are_full(url: str) -> None:
    async with httpx.AsyncClient(base_url=url, timeout=30) as visitor:
        assert "Belarus" in (await visitor.get("/transparency")).text
        for person, path, words in (
            ("Mona", "/desk/moderation", "Mega Coin Club"),
            ("Lea", "/desk/orders", "Staatsanwaltschaft Musterburg"),
            ("Lea", "/desk/orders?all=1", "Amtsgericht Beispielstadt"),
            ("Rita", "/desk/authorities", "District Police of Example Rajon"),
            ("Ada", "/desk/custodians", "Cora"),
            ("Prosecutor Lindner", "/authority", "7110 Js 81/26"),
        ):
            assert (await visitor.post("/dev/sign-in", json={"staff": person})).status_code == 200
            page = plain((await visitor.get(path)).text)
            assert words in page, page[:2000]


async def test_the_demonstration_fills_every_page_and_starts_again(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    process, url = await _demo(data_dir)
    await _pages_are_full(url)
    await _stop(process)
    process, url = await _demo(data_dir)
    await _pages_are_full(url)
    await _stop(process)
    assert (data_dir.parent / "demo.log").read_text().count("demo: reports") == 1, "the story is played once"


async def test_the_demonstration_leaves_a_server_of_somebody_else_alone(tmp_path: Path) -> None:
    (tmp_path / "secrets").mkdir()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.journeys.demo", "--data-dir", str(tmp_path),
        stderr=asyncio.subprocess.PIPE, cwd=ROOT,
    )  # fmt: skip
    _, said = await process.communicate()
    assert process.returncode == 2
    assert b"holds a server of its own" in said
    assert not (tmp_path / "demo").exists()

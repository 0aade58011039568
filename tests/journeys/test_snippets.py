"""Whoever copies the code of the start page is signed up with it, in each of the three libraries."""

from __future__ import annotations

import asyncio
import html
import re
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
import pytest

from tests.javascript import CLIENTS, missing, node
from tests.journeys import server_process
from tests.journeys.server_process import RunningServer
from tests.journeys.waiting import LIMIT_S

_BLOCK = re.compile(r'aria-label="(\w+) example"><code>(.*?)</code>', re.DOTALL)


@pytest.fixture
async def snippets(server: RunningServer) -> dict[str, str]:
    """The code blocks of the start page by the name of their library."""
    async with server.visitor() as http:
        page = (await http.get("/")).text
    return {name: html.unescape(code) for name, code in _BLOCK.findall(page)}


async def _sent(server: RunningServer, phone: str) -> str:
    """Wait for the sign-in code of a number."""
    while True:
        try:
            return await server.login_code(phone)
        except httpx.HTTPStatusError:
            await asyncio.sleep(0.05)


async def _signs_up(
    command: list[str], folder: Path, phone: str, talk: Callable[[asyncio.StreamWriter], Awaitable[None]]
) -> str:
    """Run a snippet, talk to it as a person would, and give what it said."""
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=folder,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        async with asyncio.timeout(LIMIT_S):
            await talk(process.stdin)
            said = (await process.stdout.read()).decode()
            assert await process.wait() == 0, said
    except TimeoutError:
        await server_process.kill(process)
        said = (await process.stdout.read()).decode()
        raise AssertionError(f"the snippet for {phone} did not end:\n{said}") from None
    finally:
        await server_process.kill(process)
    return said


def _talk(
    server: RunningServer, phone: str, before: str, after: str
) -> Callable[[asyncio.StreamWriter], Awaitable[None]]:
    async def talk(typing: asyncio.StreamWriter) -> None:
        typing.write(before.encode())
        code = await _sent(server, phone)
        typing.write(f"{code}\n{after}".encode())
        await typing.drain()
        typing.close()

    return talk


async def test_telethon(server: RunningServer, snippets: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "telethon_snippet.py"
    file.write_text(snippets["Telethon"], "utf-8")
    talk = _talk(server, "15550000001", "+15550000001\n", "Alice\n")
    said = await _signs_up([sys.executable, str(file)], tmp_path, "15550000001", talk)
    assert "Signed in as Alice" in said


async def test_kurigram(server: RunningServer, snippets: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "kurigram_snippet.py"
    file.write_text(snippets["kurigram"], "utf-8")
    talk = _talk(server, "15550000002", "15550000002\ny\n", "Bob\n\n")
    said = await _signs_up([sys.executable, str(file)], tmp_path, "15550000002", talk)
    assert "Signed in as Bob" in said


@pytest.mark.node
async def test_mtcute(server: RunningServer, snippets: dict[str, str], tmp_path: Path) -> None:
    if reason := missing():
        pytest.skip(reason)
    (tmp_path / "node_modules").symlink_to(CLIENTS / "node_modules")
    file = tmp_path / "snippet.mjs"
    file.write_text(snippets["mtcute"], "utf-8")
    talk = _talk(server, "15550000003", "+15550000003\n", "Carol\n")
    said = await _signs_up([str(node()), str(file)], tmp_path, "15550000003", talk)
    assert "Signed in as Carol" in said

"""Whoever runs `make demo` finds pages with something on them, can stop it, and finds the same world again."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.async_api import Page

from tests.browser import *  # noqa: F403 -- the fixtures
from tests.browser import check_accessible, check_fits
from tests.journeys.people.desk_person import plain
from tests.journeys.waiting import LIMIT_S

ROOT = Path(__file__).parents[2]
PEOPLE = ("Ada", "Rita", "Lea", "Mona", "Prosecutor Lindner")
_READY = re.compile(r"^ready mtproto=127\.0\.0\.1:\d+ http=http://127\.0\.0\.1:(\d+)\n$")
_FILES = (".pem", ".json", ".csv", ".txt", "/document")
_LINKS = "[...document.querySelectorAll('main a[href], nav a[href]')].map(a => a.href)"


class Demonstration:
    """The program, running in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.data_dir = folder / "data"
        self._log = folder / "demo.log"
        self.start()

    def start(self) -> None:
        """Start it and wait for its ready line."""
        command = [sys.executable, "-m", "tests.journeys.demo", "--data-dir", str(self.data_dir)]
        command += ["--http-port", "0", "--mtproto-port", "0"]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=log, text=True)
        try:
            assert self._process.stdout is not None
            found = _READY.match(self._process.stdout.readline())
            assert found, self.said[-4000:]
        except BaseException:
            self._end()
            raise
        self.url = f"http://localhost:{found.group(1)}"

    def stop(self) -> None:
        """Tell it to end, and see that it said nothing but the ready line."""
        assert self._end() == ""
        assert self._process.returncode == 0

    def _end(self) -> str:
        """Tell it to end, and with it the server that it started; what it has said since its ready line."""
        self._process.terminate()
        try:
            return self._process.communicate(timeout=2 * LIMIT_S)[0]
        finally:
            self._process.kill()

    @property
    def said(self) -> str:
        """What it told about its progress."""
        return self._log.read_text()


@pytest.fixture(scope="module")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demonstration]:
    """One demonstration for the tests of this file; the story is played once."""
    running = Demonstration(tmp_path_factory.mktemp("demo"))
    yield running
    running.stop()


async def _pages_are_full(url: str) -> None:
    async with httpx.AsyncClient(base_url=url, timeout=LIMIT_S) as visitor:
        assert "Belarus" in (await visitor.get("/transparency")).text
        for person, path, words in (
            ("Mona", "/desk/moderation", "Mega Coin Club"),
            ("Lea", "/desk/orders", "Staatsanwaltschaft Musterburg"),
            ("Lea", "/desk/orders?all=1", "Amtsgericht Beispielstadt"),
            ("Lea", "/desk/audit", "order.filed"),
            ("Rita", "/desk/authorities", "District Police of Example Rajon"),
            ("Ada", "/desk/custodians", "Cora"),
            ("Prosecutor Lindner", "/authority", "7110 Js 81/26"),
        ):
            assert (await visitor.post("/dev/sign-in", json={"staff": person})).status_code == 200
            page = plain((await visitor.get(path)).text)
            assert words in page, page[:2000]


async def test_every_page_has_something_on_it(demonstration: Demonstration) -> None:
    await _pages_are_full(demonstration.url)


@pytest.mark.browser
@pytest.mark.parametrize("person", ["", *PEOPLE])
async def test_every_page_that_a_link_leads_to_is_accessible(
    demonstration: Demonstration, browser_page: Page, person: str
) -> None:
    url = demonstration.url
    if person:
        await browser_page.context.request.post(f"{url}/dev/sign-in", data={"staff": person})
    area = "/" if not person else "/authority" if person.startswith("Prosecutor") else "/desk"
    waiting, seen = [f"{url}{area}"], set[str]()
    while waiting:
        address = waiting.pop()
        kind = re.sub(r"[0-9a-f]{16,}|\?.*", "*", address)
        if (
            kind in seen
            or "download" in address
            or address.endswith((".pem", ".json", ".csv", ".txt", "/document"))
        ):
            continue
        seen.add(kind)
        await browser_page.goto(address)
        await check_accessible(browser_page)
        await check_fits(browser_page)
        found = [link.partition("#")[0] for link in await browser_page.evaluate(_LINKS)]
        waiting += [link for link in found if link.startswith(f"{url}{area}") and "/transparency/log" not in link]
    assert len(seen) >= 4, seen


async def test_it_starts_again_where_the_story_ended(demonstration: Demonstration) -> None:
    demonstration.stop()
    demonstration.start()
    await _pages_are_full(demonstration.url)
    assert demonstration.said.count("demo: reports\n") == 1, "the story is played once"


def test_it_leaves_a_server_of_somebody_else_alone(tmp_path: Path) -> None:
    (tmp_path / "secrets").mkdir()
    command = [sys.executable, "-m", "tests.journeys.demo", "--data-dir", str(tmp_path)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert "holds a server of its own" in ended.stderr
    assert [entry.name for entry in tmp_path.iterdir()] == ["secrets"]

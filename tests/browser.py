"""A real Chromium for tests: pages with a virtual passkey, and the accessibility check that every page has to pass.

A test directory gets the fixtures by `from tests.browser import *` in its `conftest.py`; its tests are marked
`browser`. Without Chromium they skip with a reason, unless PARLEY_REQUIRE_BROWSER=1, when they fail.
"""

import asyncio
import os
import shutil
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Literal

import pytest
import uvicorn
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import BrowserContext, Page, async_playwright, expect

from tests.journeys.waiting import LIMIT_S

__all__ = ["browser_context", "browser_page"]

#: A busy machine is slow; what never comes is an error all the same.
PATIENCE_MS = 1000 * LIMIT_S
_NAMES = ("chromium", "chromium-browser", "google-chrome")


def chromium() -> str:
    """Find Chromium, or skip the test (fail it where a browser is required)."""
    chosen = os.environ.get("PARLEY_CHROMIUM")
    found = chosen or next((path for name in _NAMES if (path := shutil.which(name))), None)
    if found:
        return found
    if os.environ.get("PARLEY_REQUIRE_BROWSER") == "1":
        pytest.fail("PARLEY_REQUIRE_BROWSER=1 and there is no Chromium")
    pytest.skip("no Chromium on this machine (install `chromium` or set PARLEY_CHROMIUM)")


@pytest.fixture
async def browser_context() -> AsyncIterator[BrowserContext]:
    """A fresh browser profile; a page that throws or breaks the content policy fails the test."""
    path = chromium()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        )
        context = await browser.new_context(locale="en-GB", timezone_id="UTC")
        context.set_default_timeout(PATIENCE_MS)
        expect.set_options(timeout=PATIENCE_MS)
        faults: list[str] = []
        context.on("weberror", lambda error: faults.append(str(error.error)))
        context.on("console", lambda line: faults.append(line.text) if "Security Policy" in line.text else None)
        yield context
        await browser.close()
        assert not faults, faults


@pytest.fixture
async def browser_page(browser_context: BrowserContext) -> Page:
    """A page with a virtual authenticator that verifies its person and keeps passkeys."""
    page = await browser_context.new_page()
    await add_passkey_device(page)
    return page


async def add_passkey_device(page: Page) -> Callable[[str, dict[str, Any]], Any]:
    """Give a page a virtual authenticator; returns the sender of CDP commands of its session."""
    session = await page.context.new_cdp_session(page)
    await session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    await session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return session.send


@asynccontextmanager
async def serving(make: Callable[[str], Any]) -> AsyncIterator[str]:
    """Serve `make(origin)` on a free loopback port for as long as the block runs; gives the origin."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.bind(("127.0.0.1", 0))
    origin = f"http://localhost:{listener.getsockname()[1]}"
    config = uvicorn.Config(make(origin), log_level="warning", lifespan="off", ws="none", access_log=False)
    server = uvicorn.Server(config)
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
    running = asyncio.ensure_future(server.serve(sockets=[listener]))
    try:
        while not server.started:  # noqa: ASYNC110 -- uvicorn has no event for it
            await asyncio.sleep(0.01)
        yield origin
    finally:
        server.should_exit = True
        await running
        listener.close()


async def check_accessible(page: Page) -> None:
    """Fail when axe finds anything on the page."""
    found = await Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


async def check_fits(page: Page) -> None:
    """Fail when the page is wider than a telephone's screen."""
    await page.set_viewport_size({"width": 390, "height": 800})
    width = await page.evaluate("document.documentElement.scrollWidth")
    await page.set_viewport_size({"width": 1280, "height": 720})
    assert width <= 390, f"{page.url} is {width} pixels wide"


async def picture(page: Page, name: str) -> None:
    """Keep a picture of the page, light and dark, where PARLEY_PICTURES names a folder for them."""
    folder = os.environ.get("PARLEY_PICTURES")
    if not folder:
        return
    schemes: tuple[Literal["dark", "light"], ...] = ("dark", "light")
    for scheme in schemes:
        await page.emulate_media(color_scheme=scheme)
        await page.screenshot(path=f"{folder}/{name}-{scheme}.png", full_page=True)

"""Pictures of pages during a run, where PARLEY_SCREENSHOTS names a folder for them."""

from __future__ import annotations

import os
from typing import Protocol

from playwright.async_api import async_playwright

from tests.browser import chromium


class House(Protocol):
    """The running server."""

    @property
    def url(self) -> str: ...


async def take(house: House, name: str, path: str, person: str = "") -> None:
    """Keep a picture of a page, as a person who is signed in sees it."""
    folder = os.environ.get("PARLEY_SCREENSHOTS")
    if not folder:
        return
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium(), args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        )
        context = await browser.new_context(
            locale="en-GB", timezone_id="UTC", viewport={"width": 1280, "height": 900}
        )
        if person:
            answer = await context.request.post(f"{house.url}/dev/sign-in", data={"staff": person})
            assert answer.ok, f"{person}: {answer.status}"
        page = await context.new_page()
        await page.goto(f"{house.url}{path}")
        await page.screenshot(path=f"{folder}/{name}.png", full_page=True)
        await browser.close()

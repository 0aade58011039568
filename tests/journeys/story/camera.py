"""Pictures of pages of a real run for the documentation: 1280 pixels wide, in the light scheme."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from playwright.async_api import Page, async_playwright

from tests.browser import chromium

WIDTH = 1280
Prepare = Callable[[Page], Awaitable[object]]


class Camera:
    """Takes pictures into a folder; without one it does nothing, so that a story reads the same with it."""

    def __init__(self, url: str, folder: Path | None) -> None:
        self._url = url
        self._folder = folder

    @property
    def on(self) -> bool:
        """Whether pictures are taken at all."""
        return self._folder is not None

    async def take(
        self,
        name: str,
        path: str,
        person: str = "",
        *,
        height: int = 1100,
        prepare: Prepare | None = None,
        leave: Prepare | None = None,
    ) -> None:
        """Keep a picture of a page as `person` sees it, between what `prepare` and `leave` do on it."""
        if self._folder is None:
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(
                executable_path=chromium(), args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
            )
            context = await browser.new_context(
                locale="en-GB",
                timezone_id="UTC",
                color_scheme="light",
                reduced_motion="reduce",
                viewport={"width": WIDTH, "height": height},
            )
            if person:
                answer = await context.request.post(f"{self._url}/dev/sign-in", data={"staff": person})
                assert answer.ok, f"{person}: {answer.status}"
            page = await context.new_page()
            await page.goto(f"{self._url}{path}")
            if prepare is not None:
                await prepare(page)
            await page.screenshot(path=self._folder / f"{name}.png")
            if leave is not None:
                await leave(page)
            await browser.close()

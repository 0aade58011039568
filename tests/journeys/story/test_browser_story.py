"""A moderator works the story's case in a real browser on the real server, and a newcomer reads the start page."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Page

from tests.journeys.server_process import RunningServer
from tests.journeys.story import browser, messenger
from tests.journeys.story.messenger import World
from tests.journeys.waiting import until

pytestmark = pytest.mark.browser


@pytest.mark.timeout(600)
async def test_a_moderator_decides_with_passkey_and_keyboard(
    server: RunningServer, tmp_path: Path, browser_page: Page
) -> None:
    world = World(server, tmp_path)
    await messenger.people_sign_up(world)
    await messenger.mallory_signs_up(world)
    await messenger.mallory_sells(world)
    await messenger.bob_reports(world)
    link = await browser.invited(server, "Mona", "moderator")
    await browser.enrols_and_signs_in(browser_page, server, link, "Mona")
    await browser.finds_the_case(browser_page, server, "Discreet Papers & More")
    await browser.reads_the_case(browser_page)
    await browser.decides_by_keyboard(browser_page)
    await until(
        lambda: messenger.search_finds(world, "discreet papers"), lambda found: not found, what="the hiding"
    )
    await messenger.bob_hears_the_outcome(world)
    await world.leave()


async def test_a_newcomer_finds_out_how_to_connect(server: RunningServer, browser_page: Page) -> None:
    await browser.reads_the_start_page(browser_page, server)

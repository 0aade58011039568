"""The whole story as one: three kinds of clients, a moderator in Chromium, a court's order, everybody's proof.

Each half is tested by itself as well, where a fault is easier to find; here it is one server and one world.
"""

from __future__ import annotations

from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from playwright.async_api import Page

from tests.journeys.people import mtcute_person
from tests.journeys.server_process import RunningServer
from tests.journeys.story import browser, legal, messenger
from tests.journeys.story.legal import Cast
from tests.journeys.story.messenger import World
from tests.journeys.story.test_legal_story import (
    Mallory,
    Signers,
    from_order_to_report,
    house,
    signers,
)
from tests.journeys.waiting import until

__all__ = ["house", "signers"]


@pytest.mark.browser
@pytest.mark.node
@pytest.mark.timeout(1200)
async def test_one_story_end_to_end(
    house: RunningServer,
    signers: Signers,
    tmp_path: Path,
    browser_page: Page,
) -> None:
    if reason := mtcute_person.missing():
        pytest.skip(reason)
    world, cast = World(house, tmp_path), Cast(house, tmp_path / "machines")
    async with AsyncExitStack() as leaving:
        leaving.push_async_callback(cast.close)
        leaving.push_async_callback(world.leave)
        await browser.reads_the_start_page(browser_page, house)
        await legal.assemble(cast)
        await messenger.staff_come_in(world, ("Max", "moderator"))
        await legal.enrol_custodians(cast)
        await _messenger_half(world, browser_page)
        mallory = await Mallory.comes_back(cast, house, world.mallory)
        leaving.push_async_callback(mallory.second.disconnect)
        await from_order_to_report(cast, mallory, signers, tmp_path)


async def _messenger_half(world: World, page: Page) -> None:
    """Steps 2 to 5; the moderator works in the browser, with a passkey and the keyboard."""
    await messenger.people_sign_up(world)
    await messenger.people_talk(world)
    await messenger.alice_catches_up(world)
    world.mallory = await Mallory.comes(world.server)
    await messenger.dave_publishes(world)
    await messenger.mallory_sells(world)
    await messenger.bob_reports(world)
    link = await browser.invited(world.server, "Mona", "moderator")
    await browser.enrols_and_signs_in(page, world.server, link, "Mona")
    await browser.finds_the_case(page, world.server, "Discreet Papers & More")
    await browser.reads_the_case(page)
    await browser.decides_by_keyboard(page)
    await until(
        lambda: messenger.search_finds(world, "discreet papers"), lambda found: not found, what="the hiding"
    )
    await messenger.bob_hears_the_outcome(world)
    await messenger.mallory_appeals(world)

"""Every page of the moderators' desk passes axe in a real browser, empty and full, and works by keyboard."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from playwright.async_api import Page, expect

from parley.core.clock import ManualClock
from parley.core.ids import CaseId
from parley.storage.pools import Pools
from tests.browser import check_accessible, picture
from tests.safety.conftest import BEN, MALLORY
from tests.web.conftest import enter, on_loopback
from tests.web.moderation.conftest import Moderation, moderation_over

pytestmark = pytest.mark.browser
BASE = "/desk/moderation"
LISTS = {
    "": "Moderation",
    "/queues/illegal_goods": "Illegal goods",
    "/appeals": "Appeals",
    "/rules": "Automatic rules",
    "/measures": "Measures",
    "/second-looks": "Second looks",
    "/terms": "Search terms",
}


@asynccontextmanager
async def signed_in(pools: Pools, clock: ManualClock, page: Page) -> AsyncIterator[tuple[Moderation, str]]:
    """A server, and in `page` the moderator Ann signed in with a passkey."""
    async with on_loopback(lambda origin: moderation_over(pools, clock, origin)) as (safety, origin):
        await enter(page, safety.staff, origin, "Ann", "moderator")
        yield safety, origin


async def visit(page: Page, url: str, heading: str) -> None:
    await page.goto(url)
    await expect(page.get_by_role("heading", level=1, name=heading)).to_be_visible()
    await check_accessible(page)


async def test_empty_and_full_lists_are_accessible(pools: Pools, clock: ManualClock, browser_page: Page) -> None:
    async with signed_in(pools, clock, browser_page) as (safety, origin):
        for path, heading in LISTS.items():
            await visit(browser_page, f"{origin}{BASE}{path}", heading)
        await safety.reported_shop()
        await safety.room.reports.search_report(MALLORY, "forged passports @paper_shop900")
        for path, heading in LISTS.items():
            await visit(browser_page, f"{origin}{BASE}{path}", heading)
            await picture(browser_page, f"moderation{path.replace('/', '-')}")


async def come_back(page: Page) -> None:
    """Return to the window, as somebody who looked at another one."""
    await page.evaluate("window.dispatchEvent(new Event('focus'))")


async def test_a_moderator_who_comes_back_sees_that_another_has_taken_a_case(
    pools: Pools, clock: ManualClock, browser_page: Page
) -> None:
    page = browser_page
    async with signed_in(pools, clock, page) as (safety, origin):
        case = await safety.reported_shop()
        await page.goto(f"{origin}{BASE}/queues/illegal_goods")
        link = page.get_by_role("link", name="Papers and more")
        await link.focus()
        await safety.room.review.lock(BEN, CaseId(case.rpartition("/")[2]))
        await come_back(page)
        await expect(page.get_by_text("with Ben")).to_be_visible()
        await expect(link).to_be_focused()
        await check_accessible(page)


async def test_a_taken_case_says_so_while_what_was_written_stays(
    pools: Pools, clock: ManualClock, browser_page: Page
) -> None:
    page = browser_page
    async with signed_in(pools, clock, page) as (safety, origin):
        case = await safety.reported_shop()
        await page.goto(f"{origin}{case}")
        await page.get_by_role("button", name="Take this case").click()
        await page.get_by_label("Facts").fill("Half a sentence")
        clock.advance(timedelta(minutes=20).total_seconds())
        await safety.room.review.lock(BEN, CaseId(case.rpartition("/")[2]))
        await come_back(page)
        await expect(page.get_by_text("with Ben")).to_be_visible()
        await expect(page.get_by_label("Facts")).to_have_value("Half a sentence")
        await check_accessible(page)


async def test_a_case_is_decided_by_keyboard_and_accessible_at_each_step(
    pools: Pools, clock: ManualClock, browser_page: Page
) -> None:
    page = browser_page
    async with signed_in(pools, clock, page) as (safety, origin):
        case = await safety.reported_shop()
        await visit(page, f"{origin}{case}", "Papers and more")
        await page.get_by_role("button", name="Take this case").press("Enter")
        await page.get_by_role("button", name="Show the content").press("Enter")
        await expect(page.get_by_text("MDMA crystals, lab tested")).to_be_visible()
        await check_accessible(page)
        await page.get_by_label("Hide from search").press("Space")
        await page.get_by_label("Remove the posts").press("Space")
        await page.get_by_label("Facts").fill("Eight posts offer forged papers and drugs.")
        await page.get_by_role("button", name="Preview the statement").press("Enter")
        await expect(page.get_by_role("heading", name="Preview of the statement")).to_be_visible()
        await check_accessible(page)
        await picture(page, "case")
        await page.get_by_role("button", name="Decide", exact=True).press("Enter")
        await expect(page.get_by_role("heading", name="Statements of reasons")).to_be_visible()
        await check_accessible(page)
        assert len(await safety.room.sent("enforce.remove_messages")) == 1


async def test_an_appeal_is_accessible_for_the_owner_and_at_the_desk(
    pools: Pools, clock: ManualClock, browser_page: Page
) -> None:
    page = browser_page
    async with signed_in(pools, clock, page) as (safety, origin):
        case_id = CaseId((await safety.reported_shop()).rpartition("/")[2])
        await safety.room.review.lock(BEN, case_id)
        await safety.decide(BEN, case_id)
        text = next(m["text"] for m in await safety.room.sent("notify.service_message") if m["account"] == MALLORY)
        link = "/appeal/" + text.partition("/appeal/")[2].split()[0]
        await visit(page, f"{origin}{link}", "Our decision, and your appeal")
        await page.get_by_label("Why is the decision wrong?").fill("These were jokes.")
        await page.get_by_role("button", name="Send the appeal").press("Enter")
        await expect(page.get_by_role("heading", name="Your appeal has arrived")).to_be_visible()
        await check_accessible(page)
        await page.goto(f"{origin}{BASE}/appeals")
        await page.get_by_role("link", name="Papers and more").click()
        await page.get_by_role("button", name="Take this appeal").press("Enter")
        await expect(page.get_by_label("Reply to the owner")).to_be_visible()
        await check_accessible(page)
        await picture(page, "appeal")
        await visit(page, f"{origin}/report", "Report illegal content")

"""A member of staff enrols and signs in with a passkey in a real browser."""

import pytest
from playwright.async_api import Page, expect

from parley.core.clock import ManualClock
from parley.storage.pools import Pools
from tests.browser import check_accessible, check_fits, picture
from tests.web.conftest import Desk, on_loopback

pytestmark = pytest.mark.browser


async def test_staff_enrol_sign_out_and_sign_in_again(pools: Pools, clock: ManualClock, browser_page: Page) -> None:
    page = browser_page
    async with on_loopback(lambda origin: Desk.over(pools, clock, origin)) as (desk, origin):
        enrolment = await desk.staff.add("Nora Keller", ["admin", "moderator"])
        await page.goto(f"{origin}/desk/enrol/{enrolment.token}")
        await check_accessible(page)
        await check_fits(page)
        await picture(page, "enrol")
        await page.get_by_role("button", name="Create my passkey").click()
        await expect(page.get_by_role("heading", name="Good to see you, Nora Keller")).to_be_visible()
        await check_accessible(page)
        await check_fits(page)
        await picture(page, "desk-home")

        await page.get_by_role("button", name="Sign out").click()
        await expect(page.get_by_role("status")).to_have_text("You are signed out.")
        await page.goto(f"{origin}/desk/people")
        await check_accessible(page)
        await check_fits(page)
        await picture(page, "sign-in")
        await page.get_by_role("button", name="Sign in with a passkey").click()
        await expect(page.get_by_role("heading", name="People", exact=True)).to_be_visible()
        await check_accessible(page)
        await check_fits(page)
        await picture(page, "people")

        await page.get_by_role("link", name="My sign-in").click()
        await expect(page.get_by_role("cell", name="Chrome on Linux this one")).to_be_visible()
        await check_accessible(page)
        await check_fits(page)
        await picture(page, "my-sign-in")

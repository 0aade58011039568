"""A member shortens on a page how long their addresses are kept; whoever finds the link can do no more."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from parley.core.clock import ManualClock
from parley.core.ids import AccountId
from parley.messenger.accounts.retention import RETENTION_TOPIC, RetentionWishes
from parley.storage.pools import Pools
from parley.web.public import retention
from tests.browser import check_accessible, check_fits, picture, serving
from tests.web.conftest import ORIGIN, Browser, Desk

ALICE = AccountId(1001)


@pytest.fixture
def wishes(pools: Pools, clock: ManualClock) -> RetentionWishes:
    return RetentionWishes(pools.of("messenger"), clock, 30, (1, 3, 7, 14))


def over(pools: Pools, clock: ManualClock, wishes: RetentionWishes, origin: str = ORIGIN) -> Desk:
    return Desk.over(pools, clock, origin, more=(retention.part(wishes),))


async def heard(pools: Pools) -> list[object]:
    rows = await pools.of("outbox").fetch(
        "SELECT payload FROM outbox.items WHERE topic = $1 ORDER BY item_id", RETENTION_TOPIC
    )
    return [(row["payload"]["account"], row["payload"]["days"]) for row in rows]


async def test_a_member_shortens_by_a_link_and_the_vault_hears_of_it(
    pools: Pools, clock: ManualClock, wishes: RetentionWishes
) -> None:
    browser = Browser(over(pools, clock, wishes).app)
    page = f"/retention/{await wishes.make_link(ALICE)}"
    for _ in range(2):
        shown = (await browser.get(page)).text
        assert "<strong>30 days</strong>" in shown
        assert str(ALICE) not in shown
    assert [days for days in ("1", "3", "7", "14") if f'value="{days}"' in shown] == ["1", "3", "7", "14"]
    done = await browser.submit(page, page, {"days": "7"})
    assert "Kept for 7 days" in done.text
    assert await heard(pools) == [(ALICE, 7)]
    assert await wishes.current(ALICE) == 7
    assert (await browser.get(page)).status_code == 404


async def test_a_form_from_elsewhere_or_an_odd_choice_changes_nothing(
    pools: Pools, clock: ManualClock, wishes: RetentionWishes
) -> None:
    browser = Browser(over(pools, clock, wishes).app)
    page = f"/retention/{await wishes.make_link(ALICE)}"
    assert (await browser.http.post(page, data={"days": "7"})).status_code == 403
    assert (await browser.submit(page, page, {"days": ""})).status_code == 422
    assert (await browser.submit(page, page, {"days": "never"})).status_code == 422
    assert await heard(pools) == []
    assert (await browser.submit(page, page, {"days": "14"})).status_code == 200


async def test_links_that_nobody_was_sent_open_nothing(
    pools: Pools, clock: ManualClock, wishes: RetentionWishes
) -> None:
    browser = Browser(over(pools, clock, wishes).app)
    for token in ("x", "a" * 32, "%00", "../desk"):
        assert (await browser.get(f"/retention/{token}")).status_code in (404, 303)


@pytest.mark.browser
async def test_the_page_is_accessible_and_works_with_the_keyboard(
    pools: Pools, clock: ManualClock, wishes: RetentionWishes, browser_page: Page
) -> None:
    async with serving(lambda origin: over(pools, clock, wishes, origin).app) as origin:
        await browser_page.goto(f"{origin}/retention/{await wishes.make_link(ALICE)}")
        await check_accessible(browser_page)
        await check_fits(browser_page)
        await picture(browser_page, "retention")
        await browser_page.get_by_label("3 days").focus()
        await browser_page.keyboard.press("Space")
        await browser_page.keyboard.press("Enter")
        await expect(browser_page.get_by_role("heading", name="Kept for 3 days from now on")).to_be_visible()
        await check_accessible(browser_page)

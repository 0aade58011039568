"""Administrators and legal staff find out who did what; nobody looks without being seen."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.async_api import Page, expect
from starlette.applications import Starlette

from parley.core.clock import ManualClock
from parley.storage import audit
from parley.storage.pools import Pools
from parley.web.desk import audit as audit_page
from tests.browser import check_accessible, check_fits, picture
from tests.web.conftest import ORIGIN, Browser, Desk, enter, on_loopback


@pytest.fixture
def the_desk(pools: Pools, clock: ManualClock) -> Desk:
    return over(pools, clock, ORIGIN)


def over(pools: Pools, clock: ManualClock, origin: str) -> Desk:
    """The desk with the page of the trail."""
    return Desk.over(pools, clock, origin, more=(audit_page.part(pools.of("staff"), clock),))


async def fill(pools: Pools, clock: ManualClock, number: int, actor: str = "staff:Lea") -> None:
    """Write entries about orders."""
    for place in range(number):
        await audit.record(pools.of("legal"), clock.now(), actor, "order.read", f"order-{place}", {"pages": place})


async def signed_in(desk: Desk, app: Starlette, name: str, role: str) -> Browser:
    browser = Browser(app)
    await browser.enrol(desk.staff, name, role)
    return browser


async def test_filters_narrow_the_trail_and_the_look_itself_is_an_entry(
    pools: Pools, clock: ManualClock, admin: Browser
) -> None:
    await fill(pools, clock, 3)
    await fill(pools, clock, 1, "staff:Tom")
    by_lea = (await admin.get("/desk/audit", params={"actor": "staff:Lea"})).text
    assert by_lea.count(">order.read<") == 3
    one = (await admin.get("/desk/audit", params={"subject": "order-0", "action": "order.read"})).text
    assert one.count(">order.read<") == 2
    assert "Nothing fits" in (await admin.get("/desk/audit", params={"actor": "nobody"})).text
    looks = await audit.search(pools.of("staff"), action="audit.read")
    assert [look.actor for look in looks] == ["staff:Ada"] * 3
    assert looks[1].detail == {"subject": "order-0", "action": "order.read"}


async def test_days_narrow_the_trail_and_odd_ones_do_not(pools: Pools, clock: ManualClock, admin: Browser) -> None:
    tomorrow = clock.now().date()
    today = tomorrow - timedelta(days=1)
    for at, number in ((clock.now() - timedelta(days=1), 1), (clock.now(), 2)):
        for place in range(number):
            await audit.record(pools.of("legal"), at, "staff:Lea", "order.read", f"order-{place}")

    async def found(**query: str) -> int:
        query |= {"action": "order.read", "actor": "staff:Lea"}
        return (await admin.get("/desk/audit", params=query)).text.count(">order.read<")

    assert await found(until=str(today)) == 1
    assert await found(since=str(tomorrow)) == 2
    assert await found(since=str(today), until=str(tomorrow)) == 3
    for odd in ("yesterday", "2026-99-01", "9999-12-31", "0001-01-01", "x" * 300):
        assert await found(since=odd, until=odd) == 3


async def test_long_trails_are_paged_without_losing_the_filter(
    pools: Pools, clock: ManualClock, admin: Browser
) -> None:
    await fill(pools, clock, 60)
    first = (await admin.get("/desk/audit", params={"actor": "staff:Lea"})).text
    older = first.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    assert "actor=staff%3ALea" in older
    second = (await admin.get(older)).text
    assert (first.count(">order.read<"), second.count(">order.read<")) == (50, 10)
    assert 'rel="next"' not in second
    assert 'rel="prev"' in second


async def test_the_chain_is_checked_on_request(admin: Browser, pools: Pools, clock: ManualClock) -> None:
    await fill(pools, clock, 2)
    await admin.submit("/desk/audit", "/desk/audit/verify")
    assert "The chain holds" in (await admin.get("/desk/audit")).text


@pytest.mark.parametrize(("role", "status"), [("legal", 200), ("moderator", 403), ("registrar", 403)])
async def test_only_administrators_and_legal_staff_read_it(the_desk: Desk, role: str, status: int) -> None:
    browser = await signed_in(the_desk, the_desk.app, "Pat", role)
    assert (await browser.get("/desk/audit")).status_code == status
    assert (">Audit trail<" in (await browser.get("/desk")).text) == (status == 200)


async def test_odd_queries_are_a_first_page(admin: Browser) -> None:
    for query in ({"before": "-1"}, {"before": "x" * 999}, {"actor": "x" * 9999}, {"before": "9" * 40}):
        assert (await admin.get("/desk/audit", params=query)).status_code == 200


@pytest.mark.browser
async def test_the_page_is_accessible(pools: Pools, clock: ManualClock, browser_page: Page) -> None:
    async with on_loopback(lambda origin: over(pools, clock, origin)) as (shown, origin):
        await enter(browser_page, shown.staff, origin, "Ada", "admin")
        await fill(pools, clock, 60)
        await browser_page.get_by_role("link", name="Audit trail").first.click()
        await browser_page.get_by_label("Who").fill("staff:Lea")
        await browser_page.get_by_label("Who").press("Enter")
        await expect(browser_page.get_by_role("link", name="order.read").first).to_be_visible()
        await check_accessible(browser_page)
        await check_fits(browser_page)
        await picture(browser_page, "audit")

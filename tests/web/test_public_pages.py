"""A visitor learns what the server is, how to connect, what holds, and what is kept about people."""

import httpx
import pytest
from playwright.async_api import Page, expect

from parley.core.clock import ManualClock
from parley.core.settings import Settings
from parley.storage.pools import Pools
from parley.web.application import build
from parley.web.ports import Endpoint
from parley.web.public import operator
from parley.web.public.start import snippets
from parley.web.site import Site
from tests.browser import check_accessible, check_fits, picture, serving
from tests.web.conftest import ORIGIN, Browser, Desk, server_key


async def test_the_start_page_shows_the_key_and_says_that_no_address_is_kept(
    the_desk: Desk, visitor: Browser
) -> None:
    page = (await visitor.get("/")).text
    assert "-----BEGIN RSA PUBLIC KEY-----" in page
    assert "No internet address is kept until two custodians have enrolled. None has so far." in page
    the_desk.vault.count = 1
    assert "One has so far." in (await visitor.get("/")).text
    the_desk.vault.count = 3
    later = (await visitor.get("/")).text
    assert "3 custodians enrolled" in later
    assert "No internet address is kept" not in later


async def test_the_key_can_be_downloaded_and_has_the_length_that_clients_carry(visitor: Browser) -> None:
    key = (await visitor.get("/server-key.pem")).text
    assert len(key.rstrip("\n")) == 425


async def test_the_snippets_are_code(the_desk: Desk) -> None:
    made = {s.title: s.code for s in snippets(the_desk.app.state.pages, server_key(), Endpoint("::1", 8443))}
    for title in ("Telethon", "kurigram"):
        compile(made[title], title, "exec")
    assert "ipAddress: '::1', port: 8443" in made["mtcute"]


@pytest.mark.parametrize("kind", ["terms", "privacy", "faq", "search"])
async def test_each_policy_is_a_page_with_its_versions(visitor: Browser, kind: str) -> None:
    page = await visitor.get(f"/policy/{kind}")
    assert page.status_code == 200
    assert "Version 1.0, in force since" in page.text
    assert (await visitor.get(f"/policy/{kind}/1.0")).status_code == 200


@pytest.mark.parametrize("path", ["/policy/nothing", "/policy/terms/9.9", "/policy/terms/../terms/x"])
async def test_an_unknown_policy_is_not_found(visitor: Browser, path: str) -> None:
    assert (await visitor.get(path)).status_code == 404


async def test_the_privacy_policy_says_whether_addresses_are_kept(the_desk: Desk, visitor: Browser) -> None:
    assert "not stored at all" in (await visitor.get("/policy/privacy")).text
    the_desk.vault.count = 2
    assert "kept sealed for 30 days" in (await visitor.get("/policy/privacy")).text


async def test_the_operators_statement_is_public_and_says_what_is_missing(
    pools: Pools, clock: ManualClock, visitor: Browser
) -> None:
    silent = (await visitor.get("/operator")).text
    assert "the operator of this server" in silent
    assert silent.count("not stated yet") == 6, "five fields, and the contact in the footer"
    settings = Settings(operator_size="small", operator_offers_in_eu="yes", operator_establishment="1 Quay, Port")
    site = Site.of(settings, clock, bytes(32), origin=ORIGIN)
    stated = (await Browser(build(site, [operator.part()])).get("/operator")).text
    for text in ("small", "yes", "1 Quay, Port"):
        assert text in stated


async def test_health_tells_whether_the_server_works(the_desk: Desk, visitor: Browser) -> None:
    good = await visitor.get("/healthz")
    assert (good.status_code, good.json()) == (200, {"status": "ok", "checks": {"database": True}})
    the_desk.machine.well = False
    assert (await visitor.get("/healthz")).status_code == 503


@pytest.mark.browser
async def test_public_pages_are_accessible_and_work_in_a_browser(
    pools: Pools, clock: ManualClock, browser_page: Page
) -> None:
    async with serving(lambda origin: Desk.over(pools, clock, origin, dev=True).app) as origin:
        for path, name in (
            ("/", "start"),
            ("/policy", "policies"),
            ("/policy/terms", "terms"),
            ("/policy/privacy", "privacy"),
            ("/operator", "operator"),
            ("/dev", "dev"),
            ("/nothing", "not-found"),
        ):
            await browser_page.goto(f"{origin}{path}")
            await check_accessible(browser_page)
            await check_fits(browser_page)
            await picture(browser_page, name)
        await browser_page.goto(origin)
        await browser_page.get_by_text("kurigram Python").click()
        await expect(browser_page.get_by_text("server_public_keys[")).to_be_visible()
        await browser_page.keyboard.press("Home")
        await browser_page.set_viewport_size({"width": 390, "height": 800})
        await picture(browser_page, "start-small")


async def test_pages_work_without_cookies_and_set_none(the_desk: Desk) -> None:
    transport = httpx.ASGITransport(app=the_desk.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as plain:
        for path in ("/", "/policy/terms", "/policy"):
            assert "set-cookie" not in (await plain.get(path)).headers

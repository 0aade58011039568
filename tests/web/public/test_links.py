"""Whoever follows a link of a client learns what it is and how to open it, and nothing private."""

from __future__ import annotations

import pytest
from playwright.async_api import Page

from parley.core.clock import ManualClock
from parley.messenger.search.model import Face, FaceKind
from parley.storage.pools import Pools
from parley.web.public import links
from tests.browser import check_accessible, check_fits, picture, serving
from tests.web.conftest import Browser, Desk

BOATS = Face("BoatNews", "Boat news", "All about <boats>", FaceKind.CHANNEL, 12)
MORE_THAN_ANYBODY_FOLLOWS = 300
"""The door lets two a second pass and counts by the machine's clock, so a slow machine asks for longer."""


class Named:
    """Knows one public channel."""

    async def of(self, name: str) -> Face | None:
        return BOATS if name.lower() == "boatnews" else None


@pytest.fixture
def visitor(pools: Pools, clock: ManualClock) -> Browser:
    return Browser(Desk.over(pools, clock, more=(links.part(Named()),)).app)


async def test_a_public_channels_link_says_what_it_is_and_how_to_open_it(visitor: Browser) -> None:
    page = await visitor.get("/boatnews")
    assert page.status_code == 200
    for text in (
        "A public channel",
        "Boat news",
        "All about &lt;boats&gt;",
        "@BoatNews",
        "connected to this server",
    ):
        assert text in page.text


async def test_a_posts_link_names_the_channel_and_does_not_read_the_post(visitor: Browser) -> None:
    page = await visitor.get("/BoatNews/17")
    assert "Post 17 in a public channel" in page.text
    assert "scroll to post 17" in page.text


async def test_names_of_people_and_of_nobody_look_alike(visitor: Browser) -> None:
    first, second = await visitor.get("/dave_sails"), await visitor.get("/dave_swims")
    assert first.status_code == second.status_code == 200
    assert first.text.replace("dave_sails", "dave_swims") == second.text


@pytest.mark.parametrize(("one", "other"), [("/+AbCdEfGh12345678", "/+ZyXwVuTs87654321"), ("/c/123/4", "/c/987/6")])
async def test_what_is_private_has_one_page_whether_it_exists_or_not(
    visitor: Browser, one: str, other: str
) -> None:
    first, second = await visitor.get(one), await visitor.get(other)
    assert (first.status_code, first.text) == (second.status_code, second.text) == (200, first.text)
    assert dict(first.headers) == dict(second.headers)


@pytest.mark.parametrize("path", ["/boatnews", "/dave_sails", "/+AbCdEfGh12345678", "/c/123/4"])
async def test_links_are_kept_from_search_engines_caches_and_other_sites(visitor: Browser, path: str) -> None:
    headers = (await visitor.get(path)).headers
    assert headers["x-robots-tag"] == "noindex"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"


async def test_trying_invitations_one_after_the_other_is_slowed_down(visitor: Browser) -> None:
    answers = [await visitor.get(f"/+{0:016d}")]
    while answers[-1].status_code == 200 and len(answers) < MORE_THAN_ANYBODY_FOLLOWS:
        answers.append(await visitor.get(f"/+{len(answers):016d}"))
    assert answers[0].status_code == 200
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["retry-after"]) > 0


@pytest.mark.parametrize("path", ["/abc", "/nine lives", "/+short", "/boatnews/last", "/boatnews/1/2", "/1boats"])
async def test_what_is_no_link_of_a_client_is_not_found(visitor: Browser, path: str) -> None:
    assert (await visitor.get(path)).status_code == 404


async def test_no_name_hides_a_page_of_the_server(visitor: Browser) -> None:
    assert "Version" in (await visitor.get("/policy/terms")).text
    assert (await visitor.get("/healthz")).json()["status"] == "ok"


@pytest.mark.browser
async def test_pages_behind_links_are_accessible(pools: Pools, clock: ManualClock, browser_page: Page) -> None:
    more = (links.part(Named()),)
    async with serving(lambda origin: Desk.over(pools, clock, origin, more=more).app) as origin:
        for path, name in (
            ("boatnews/17", "post"),
            ("dave_sails", "name"),
            ("+AbCdEfGh1234", "invitation"),
            ("c/1/2", "private-post"),
        ):
            await browser_page.goto(f"{origin}/{path}")
            await check_accessible(browser_page)
            await check_fits(browser_page)
            await picture(browser_page, f"link-{name}")

"""A thief has an officer's cookie, or stands between officer and portal: nothing is filed in their name."""

from __future__ import annotations

from dataclasses import replace

import pyrage
import pytest

from tests.authenticator import Authenticator
from tests.web.conftest import Browser
from tests.web.legal.conftest import LegalWeb

pytestmark = pytest.mark.usefixtures("mallory")

PAGES = ("/authority/me", "/authority/orders/new", "/authority/orders/{order}")
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"
CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36"


@pytest.fixture
async def roth(legal: LegalWeb) -> Browser:
    rita, otto = await legal.sign_in("Rita", "registrar"), await legal.sign_in("Otto", "registrar")
    enrolled = await legal.officer(rita, await legal.authority(rita, otto))
    browser = Browser(legal.app)
    browser.key, browser.http.headers["user-agent"] = enrolled.key, FIREFOX
    done = await browser.passkey("/authority/sign-in", "/authority/sign-in", browser.key.get)
    assert done.status_code == 303
    return browser


def thief(legal: LegalWeb, officer: Browser, agent: str = FIREFOX) -> Browser:
    """Another browser with all cookies of the officer's; one thief also copies what theirs calls itself."""
    stolen = Browser(legal.app)
    stolen.http.cookies.update(officer.http.cookies)
    stolen.http.headers["user-agent"] = agent
    return stolen


async def test_a_stolen_cookie_opens_no_page_in_another_kind_of_browser(legal: LegalWeb, roth: Browser) -> None:
    order = await legal.file(roth)
    for agent in (CHROME, "curl/8", ""):
        stolen = thief(legal, roth, agent)
        for page in PAGES:
            answer = await stolen.get(page.format(order=order))
            assert answer.status_code == 303
            assert answer.headers["location"].startswith("/authority/sign-in")
        assert order not in (await stolen.get("/authority")).text, "the portal's front is everybody's"
    assert (await roth.get(PAGES[2].format(order=order))).status_code == 200, "the officer goes on"


async def test_a_thief_who_copies_the_browsers_name_reads_and_still_files_nothing(
    legal: LegalWeb, roth: Browser
) -> None:
    order = await legal.file(roth)
    stolen = thief(legal, roth)
    assert (await stolen.get(f"/authority/orders/{order}")).status_code == 200, "admitted"
    page = await legal.draft(stolen)
    draft = page.text.split('action="/authority/drafts/')[1].split('"')[0]
    own = Authenticator()
    for answer in (own.get, replace(own, credential_id=roth.key.credential_id).get):
        refused = await stolen.passkey("/authority/me", f"/authority/drafts/{draft}", answer)
        assert refused.headers["location"] == "/authority/orders/new", "sent back to the form"
    assert len(await legal.services.orders.all()) == 1


async def test_a_thief_cannot_make_the_next_delivery_readable_for_themselves(
    legal: LegalWeb, roth: Browser
) -> None:
    stolen, own = thief(legal, roth), str(pyrage.x25519.Identity.generate().to_public())
    page = (await stolen.get("/authority/me")).text
    assert "age1" in page
    assert 'name="recipient"' not in page, "another key takes a new enrolment, which a registrar vouches for"
    token = await stolen.token("/authority/me")
    answer = await stolen.http.post("/authority/me", data={"csrf_token": token, "recipient": own})
    assert answer.status_code in (404, 405)


async def test_a_passkey_asked_on_another_site_signs_nobody_in(legal: LegalWeb, roth: Browser) -> None:
    for elsewhere in ("https://parley-portal.example", "http://localhost:8081", "https://localhost:8080"):
        visitor = Browser(legal.app)
        phished = replace(roth.key, origin=elsewhere)
        answer = await visitor.passkey("/authority/sign-in", "/authority/sign-in", phished.get)
        assert answer.status_code == 422
        assert (await visitor.get("/authority/me")).status_code == 303


async def test_a_passkey_asked_on_another_site_files_nothing(legal: LegalWeb, roth: Browser) -> None:
    page = await legal.draft(roth)
    draft = page.text.split('action="/authority/drafts/')[1].split('"')[0]
    phished = replace(roth.key, origin="https://parley-portal.example")
    done = await roth.passkey("/authority/me", f"/authority/drafts/{draft}", phished.get)
    assert done.headers["location"] == "/authority/orders/new"
    assert list(await legal.services.orders.all()) == []

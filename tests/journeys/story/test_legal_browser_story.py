"""The officer and two deciders work in a real Chromium, and custodians' tools believe what its passkeys signed."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pyrage
import pytest
from playwright.async_api import BrowserContext, Page, expect
from telethon.tl.functions.account import UpdateUsernameRequest

from parley.legal.disclosure import delivery
from parley.legal.disclosure.signing import DeliveryKey
from tests.browser import PATIENCE_MS, add_passkey_device
from tests.journeys import server_process
from tests.journeys.people import telethon_person
from tests.journeys.server_process import RunningServer
from tests.journeys.story import legal, orders
from tests.journeys.story.legal import HOUR, Cast
from tests.signed_pdf import Court, court
from tests.web.legal import test_legal_journey as pages
from tests.web.legal.conftest import LegalWeb

pytestmark = pytest.mark.browser

PHONE = "+4915550000042"


@dataclass
class Stated:
    """What the pages' journey needs to know of an order: who signs its document, and what it states."""

    court: Court
    start: datetime
    end: datetime

    def filing(self) -> dict[str, Any]:
        """The court's order about @mallory, in whole minutes as a browser's fields give them."""
        stated = orders.court_order("@mallory", self.start, self.end, orders.gag_of_30_days(self.end))
        return {key: value[:16] if key in ("start", "end", "gag_until") else value for key, value in stated.items()}


@pytest.mark.timeout(600)
async def test_an_order_through_chromium_and_two_custodians(
    tmp_path: Path, browser_context: BrowserContext
) -> None:
    signer = court()
    roots = tmp_path / "data" / "legal" / "roots"
    roots.mkdir(parents=True)
    (roots / "court.pem").write_bytes(signer.root_pem)
    async with server_process.running(tmp_path / "data") as house:
        people = Cast(house, tmp_path / "machines")
        try:
            await _story(house, people, signer, browser_context)
        finally:
            await people.close()
    assert "Traceback" not in house.log.read_text()


async def _story(house: RunningServer, people: Cast, signer: Court, context: BrowserContext) -> None:
    await legal.assemble(people)
    await legal.enrol_custodians(people)
    start, end = await _mallory(people)
    roth, identity = await _enrols(context, house, await legal.vouch(people, orders.COURT_DE, orders.OFFICER_DE))
    stated = Stated(signer, start, end)
    await pages.file_order(roth, cast(LegalWeb, stated), people.folder)
    lea, tom = await _decider(context, house, "Lea"), await _decider(context, house, "Tom")
    await pages.decide(lea, tom, house.url)

    await legal.later(people, HOUR)
    await legal.pin_everybody(people)
    await legal.open_release(people)
    sealed = await _downloads(roth, house)
    key = DeliveryKey.load_or_make(house.data_dir / "secrets" / "delivery.key")
    data = json.loads(delivery.unseal(sealed, str(identity), key.public).contents.data_json)
    assert data["phone"] == PHONE
    assert [row["ip"] for row in data["addresses"]] == ["127.0.0.1"]


async def _mallory(people: Cast) -> tuple[datetime, datetime]:
    """Mallory signs up, and two minutes later signs in on a second device; gives whole minutes around that."""
    house = cast(RunningServer, people.house)
    first = await telethon_person.sign_up(house, PHONE, "Mallory")
    await first(UpdateUsernameRequest("mallory"))
    start = await legal.clock(house, 120)
    second = await telethon_person.sign_in(house, PHONE)
    end = await legal.later(people, HOUR)
    for device in (first, second):
        await device.disconnect()
    return _minute(start), _minute(end)


def _minute(moment: datetime) -> datetime:
    return moment - timedelta(seconds=moment.second, microseconds=moment.microsecond)


async def _profile(context: BrowserContext) -> Page:
    """A fresh browser profile with a passkey device of its own."""
    assert context.browser
    profile = await context.browser.new_context(locale="en-GB", timezone_id="UTC")
    profile.set_default_timeout(PATIENCE_MS)
    page = await profile.new_page()
    await add_passkey_device(page)
    return page


async def _enrols(context: BrowserContext, house: RunningServer, link: str) -> tuple[Page, pyrage.x25519.Identity]:
    """The officer opens the one-time link, makes a passkey and gives an age key."""
    identity = pyrage.x25519.Identity.generate()
    roth = await _profile(context)
    await roth.goto(f"{house.url}{link}")
    await roth.get_by_label("Public key of age").fill(str(identity.to_public()))
    await roth.get_by_role("button", name="Create my passkey and enrol").click()
    await expect(roth.get_by_text("You are enrolled.")).to_be_visible()
    return roth, identity


async def _decider(context: BrowserContext, house: RunningServer, name: str) -> Page:
    """A legal person adds this browser's passkey to their own, and takes the former one off."""
    page = await _profile(context)
    signed_in = await page.context.request.post(f"{house.url}/dev/sign-in", data={"staff": name})
    assert signed_in.ok
    await page.goto(f"{house.url}/desk/me")
    await page.get_by_text("Add a passkey").click()
    await page.get_by_role("button", name="Create a passkey").click()
    await expect(page.get_by_role("button", name=re.compile("^Remove"))).to_have_count(2)
    await page.get_by_role("button", name=re.compile("^Remove")).first.click()
    await expect(page.get_by_role("button", name=re.compile("^Remove"))).to_have_count(1)
    return page


async def _downloads(roth: Page, house: RunningServer) -> bytes:
    """The officer signs in again with the passkey, fetches the delivery and says that it was opened."""
    await roth.goto(f"{house.url}/authority/orders/new")
    await roth.get_by_role("button", name="Sign in with a passkey").click()
    await expect(roth.get_by_role("heading", level=1)).not_to_have_text("Officers' sign-in")
    await roth.goto(f"{house.url}/authority")
    await roth.get_by_role("link", name="Fetch it").click()
    await pages.looked_at(roth, "portal-delivery")
    async with roth.expect_download() as waiting:
        await roth.get_by_role("button", name="Download the sealed file").click()
    sealed = Path(await (await waiting.value).path()).read_bytes()  # noqa: ASYNC240 -- a small local file
    await roth.reload()
    await roth.get_by_role("button", name="I opened it: wipe it here").click()
    await expect(roth.get_by_text("The content was wiped")).to_be_visible()
    return sealed

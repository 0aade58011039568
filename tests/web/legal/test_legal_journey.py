"""The story of an order in a real browser: registry, officer, filing, checks, decision, two signatures."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pyrage
import pytest
from playwright.async_api import BrowserContext, Page, expect

from parley.app.wiring import public_log
from parley.core.clock import ManualClock
from parley.storage.pools import Pools
from tests.browser import add_passkey_device, check_accessible, check_fits, picture
from tests.web.conftest import enter
from tests.web.legal.conftest import AUTHORITY, LegalWeb, in_a_browser

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("mallory")]


class People:
    """Opens a browser profile for each person."""

    def __init__(self, context: BrowserContext, legal: LegalWeb) -> None:
        self._context = context
        self._legal = legal

    async def page(self) -> Page:
        """A fresh profile with a passkey device."""
        assert self._context.browser
        context = await self._context.browser.new_context(locale="en-GB", timezone_id="UTC")
        context.set_default_timeout(20_000)
        page = await context.new_page()
        await add_passkey_device(page)
        return page

    async def staff(self, name: str, *roles: str) -> Page:
        """A member of staff who enrols by their link."""
        page = await self.page()
        await enter(page, self._legal.staff, self._legal.site.origin, name, *roles)
        return page


async def looked_at(page: Page, name: str) -> None:
    """Check the page for accessibility and small screens, and keep a picture of it."""
    await check_accessible(page)
    await check_fits(page)
    await picture(page, name)


async def test_an_order_from_registry_to_signed_release(
    pools: Pools, clock: ManualClock, tmp_path: Path, browser_context: BrowserContext
) -> None:
    async with in_a_browser(pools, clock, tmp_path) as (legal, origin):
        people = People(browser_context, legal)
        await public_log.start(legal.log)
        rita, otto = await people.staff("Rita", "registrar"), await people.staff("Otto", "registrar")
        link = await register(rita, otto)
        roth = await enrol_officer(people, link)
        await file_order(roth, legal, tmp_path)
        lea, tom = await people.staff("Lea", "legal"), await people.staff("Tom", "legal", "admin")
        await decide(lea, tom, origin)
        await propose(lea, legal)
        await tom.reload()
        await looked_at(tom, "order-decided")
        await tom.get_by_role("link", name="Custodians").click()
        await tom.get_by_label("Name").fill("Cora")
        await tom.get_by_role("button", name="Invite").click()
        await looked_at(tom, "custodians")
        await roth.goto(f"{origin}/authority/rules")
        await looked_at(roth, "rules")


async def register(rita: Page, otto: Page) -> str:
    """Two registrars enter an authority and vouch for an officer; gives the enrolment link."""
    await rita.get_by_role("link", name="Authorities").first.click()
    await looked_at(rita, "registry-empty")
    await rita.get_by_role("link", name="Enter an authority").click()
    await rita.get_by_role("button", name="Enter").click()
    await rita.get_by_label("Name", exact=True).fill(str(AUTHORITY["name"]))
    await rita.get_by_label("Country").fill("DE")
    await rita.get_by_label("Level").select_option("local")
    await rita.get_by_label("Order of a court or prosecutor").check()
    await rita.get_by_label("Host names of its e-mail addresses").fill(str(AUTHORITY["email_domains"]))
    await rita.get_by_label("Call-back numbers").fill("+49 30 123456")
    await rita.get_by_label("Source").fill(str(AUTHORITY["source_url"]))
    await looked_at(rita, "authority-new")
    await rita.get_by_role("button", name="Enter").click()
    await otto.goto(rita.url)
    await otto.get_by_role("button", name="I called back: confirm").click()
    await otto.get_by_label("Name", exact=True).fill("Inspector Roth")
    await otto.get_by_label("E-mail address at the authority").fill("roth@ag-beispielstadt.de")
    await otto.get_by_role("button", name="Vouch and show the link").click()
    await looked_at(otto, "authority")
    return str(await otto.locator(".notice code").inner_text())


async def enrol_officer(people: People, link: str) -> Page:
    """The officer opens the link, makes a passkey and gives an age key."""
    roth = await people.page()
    await roth.goto(link)
    await looked_at(roth, "officer-enrol")
    await roth.get_by_label("Public key of age").fill(str(pyrage.x25519.Identity.generate().to_public()))
    await roth.get_by_role("button", name="Create my passkey and enrol").click()
    await expect(roth.get_by_text("You are enrolled.")).to_be_visible()
    await looked_at(roth, "portal-empty")
    return roth


async def file_order(roth: Page, legal: LegalWeb, folder: Path) -> None:
    """The officer files an order and signs it."""
    document = folder / "order.pdf"
    document.write_bytes(await legal.court.sign("Order 12 Gs 34/26", "Account @mallory"))
    stated = legal.filing()
    await roth.get_by_role("link", name="File an order").first.click()
    await roth.get_by_label("Docket number").fill(stated["authorisation_reference"])
    await roth.get_by_label("The signed order").set_input_files(document)
    await roth.get_by_label("Legal basis", exact=True).fill(stated["legal_basis"])
    await roth.get_by_label("Offence", exact=True).fill(stated["offence"])
    await roth.get_by_label("What the offence is about").select_option(stated["statement_category"])
    await roth.get_by_label("Exactly one account").fill("@mallory")
    for label in ("Phone number of the account", "Internet addresses of its", "Source ports", "Times of these"):
        await roth.get_by_label(label).check()
    await roth.get_by_label("From (UTC)").fill(stated["start"])
    await roth.get_by_label("To (UTC)").fill(stated["end"])
    await roth.get_by_label("The person may not be told for now").check()
    await roth.get_by_label("Legal basis of that").fill(stated["gag_legal_basis"])
    await roth.get_by_label("Ordered by (judge)").fill(stated["gag_judge"])
    await roth.get_by_label("Until (UTC)").fill(stated["gag_until"])
    await looked_at(roth, "file-order")
    await roth.get_by_role("button", name="Check and go on to sign").click()
    await expect(roth.get_by_text("signature is whole")).to_be_visible()
    await looked_at(roth, "sign-order")
    await roth.get_by_role("button", name="Sign and file").click()
    await expect(roth.get_by_text("is filed.")).to_be_visible()
    await looked_at(roth, "portal-order")


async def propose(lea: Page, legal: LegalWeb) -> None:
    """The first person proposes to preserve the order's days and to lift its secrecy."""
    await lea.get_by_text("Preserve account and range").click()
    await lea.get_by_label("Why the days would be gone too early").fill("the first day goes tomorrow")
    until = (legal.clock.now() + timedelta(days=90)).strftime("%Y-%m-%dT%H:%M")
    await lea.locator("#keep-until").fill(until)
    await lea.get_by_role("button", name="Propose as the first person").click()
    await lea.get_by_text("Lift the secrecy", exact=True).click()
    await lea.get_by_label("Who lifted it, and where that is written").fill("Regional court, 3 Qs 9/26")
    await lea.get_by_text("A judge prolonged the secrecy").click()
    await check_accessible(lea)
    await lea.get_by_role("button", name="Propose to lift it").click()
    await expect(lea.get_by_text("The secrecy stays until another person confirms it.")).to_be_visible()


async def decide(lea: Page, tom: Page, origin: str) -> None:
    """Two legal people answer, decide and sign."""
    await lea.get_by_role("link", name="Orders").first.click()
    await looked_at(lea, "orders")
    await lea.locator("td a").first.click()
    await looked_at(lea, "order-new")
    order = lea.url
    await lea.get_by_role("button", name="Make all proposals my answers").click()
    for check in ("A2", "A4", "B3", "B5", "C1", "C2", "C3", "C4", "B6", "D2", "D4", "D5", "D6", "E1", "E2"):
        await answer(lea, check)
    await tom.goto(order)
    await tom.get_by_role("button", name="Confirm all answers of others").click()
    await lea.goto(order)
    await expect(lea.get_by_text("may be disclosed", exact=True)).to_be_visible()
    await looked_at(lea, "order-checked")
    await lea.get_by_label("Reasons", exact=True).fill("Every check is passed, and the order is valid.")
    await lea.get_by_role("button", name="Decide as the first person").click()
    await lea.get_by_role("button", name="Sign this release with my passkey").click()
    await expect(lea.get_by_text("Another person has to sign.")).to_be_visible()
    await tom.goto(order)
    await tom.get_by_role("button", name="Sign this release with my passkey").click()
    await expect(tom.get_by_text("waits for the log and the first custodian")).to_be_visible()


async def answer(page: Page, check: str) -> None:
    """Answer one check with "passed" if it is among those of the order."""
    block = page.locator(f"details#check-{check}")
    if await block.count() == 0:
        return
    if await block.get_attribute("open") is None:
        await block.locator("summary").click()
    await block.get_by_label("Answer").select_option("pass")
    await block.get_by_label("Remark").fill("as the file shows")
    await block.get_by_role("button", name="Answer").click()
    await expect(page.get_by_text(f"{check} is answered.")).to_be_visible()

"""The desk says in plain words what would be lost with a custodian, before anybody lets one go."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from parley.app.wiring import public_log
from parley.core.clock import ManualClock
from parley.storage import audit
from parley.storage.pools import Pools
from tests.browser import check_accessible, picture
from tests.legal.conftest import Person, enrolled
from tests.web.conftest import enter
from tests.web.legal.conftest import LegalWeb, in_a_browser

PAGE = "/desk/custodians"


async def ada_ben_and_a_sealed_day(legal: LegalWeb) -> tuple[Person, Person]:
    """Two custodians for whom a day of one account was sealed."""
    vault = legal.wired.vault
    await public_log.start(legal.log)
    ada, ben = await enrolled(vault, "Ada"), await enrolled(vault, "Ben")
    await legal.connected()
    return ada, ben


async def test_a_removal_says_what_is_lost_and_wants_a_reason_and_a_yes(legal: LegalWeb, pools: Pools) -> None:
    ada, ben = await ada_ben_and_a_sealed_day(legal)
    root = await legal.sign_in("Root", "admin")
    shown = (await root.get(PAGE)).text
    assert "1 day of up to 1 account" in shown
    assert "both go, 1 day of up to 1 account becomes unrecoverable: nobody can open it any more" in shown
    remove = f"{PAGE}/{ben.custodian.custodian_id}/remove"
    page = (await root.get(remove)).text
    assert "Without it, 1 day of up to 1 account becomes unrecoverable" in page
    assert "No new address will be kept" in page
    refused = await root.submit(remove, remove, {"how": "now", "why": ""})
    assert refused.status_code == 422
    assert "Say why" in refused.text
    assert "Confirm that you have read" in refused.text
    assert (await legal.wired.vault.custodian(ben.custodian.custodian_id)).serving

    done = await root.submit(remove, remove, {"how": "leave", "why": "retires", "sure": "yes"})
    assert done.headers["location"] == PAGE
    after = (await root.get(PAGE)).text
    assert "leaving" in after
    assert "No address is stored" in after
    again = (await root.get(remove)).text
    assert "They leave:" not in again, "who is leaving can only be removed at once"
    await root.submit(remove, remove, {"how": "now", "why": "key lost", "sure": "yes"})
    lost = (await root.get(PAGE)).text
    assert "Some days cannot be opened any more" in lost
    assert (await root.get(remove)).status_code == 403
    actions = [entry.action for entry in await audit.search(pools.of("legal"), subject=ben.custodian.custodian_id)]
    assert {"vault.custodian_leaving", "vault.custodian_left"} <= set(actions)
    assert ada.custodian.serving


async def test_only_an_administrator_lets_custodians_go(legal: LegalWeb) -> None:
    ada, _ = await ada_ben_and_a_sealed_day(legal)
    lea = await legal.sign_in("Lea", "legal")
    assert "If their key is gone" in (await lea.get(PAGE)).text
    assert (await lea.get(f"{PAGE}/{ada.custodian.custodian_id}/remove")).status_code == 403


@pytest.mark.browser
async def test_a_custodian_is_let_go_by_keyboard_and_every_page_is_accessible(
    pools: Pools, clock: ManualClock, tmp_path: Path, browser_page: Page
) -> None:
    page = browser_page
    async with in_a_browser(pools, clock, tmp_path) as (legal, origin):
        await enter(page, legal.staff, origin, "Root", "admin")
        await ada_ben_and_a_sealed_day(legal)
        await enrolled(legal.wired.vault, "Cleo")
        await page.goto(f"{origin}{PAGE}")
        await expect(page.get_by_text("becomes unrecoverable").first).to_be_visible()
        await check_accessible(page)
        await picture(page, "custodians")
        await page.get_by_role("link", name="Let Ben go").press("Enter")
        await expect(page.get_by_role("heading", level=1, name="Let Ben go")).to_be_visible()
        await check_accessible(page)
        await picture(page, "custodian-removal")
        await page.get_by_label("Why").fill("moves away")
        await page.get_by_label("I have read what would be lost").press("Space")
        await page.get_by_role("button", name="Let Ben go").press("Enter")
        await expect(page.get_by_text("They still open older days.")).to_be_visible()
        await check_accessible(page)

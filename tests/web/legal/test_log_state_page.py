"""The desk sees how the public log stands; nobody else does."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from parley.core.clock import ManualClock
from parley.legal.translog.notes import COSIGNATURE_V1, SignerKey
from parley.legal.translog.openings import Opening, Stage
from parley.storage.pools import Pools
from tests.browser import check_accessible, check_fits, picture
from tests.web.conftest import enter
from tests.web.legal.conftest import LegalWeb, in_a_browser

PAGE = "/desk/log"
_KEY = SignerKey("witness.example/anna", COSIGNATURE_V1, bytes(32))


async def _busy(legal: LegalWeb, entries: int) -> None:
    await legal.state_rules()
    for number in range(entries):
        order = Opening(Stage.RECEIVED, order_ref=f"r{number}", country="DE", instrument="emergency")
        await legal.log.translog.append(order, emergency=number % 2 == 0)


async def test_what_waits_is_shown_to_the_desk_alone(legal: LegalWeb) -> None:
    await _busy(legal, 40)
    lea, mia = await legal.sign_in("Lea", "legal"), await legal.sign_in("Mia", "moderator")
    shown = (await lea.get(PAGE)).text
    assert "entries, 4 hours" in shown
    assert "entries of emergencies wait" in shown
    assert 'Public log <span class="badge" data-tone="warn">2' in (await lea.get("/desk")).text
    assert (await mia.get(PAGE)).status_code == 403
    assert PAGE not in (await mia.get("/desk")).text


async def test_an_idle_log_says_that_all_is_well(legal: LegalWeb) -> None:
    root = await legal.sign_in("Root", "admin")
    assert "No log was started yet" in (await root.get(PAGE)).text
    await legal.state_rules()
    shown = (await root.get(PAGE)).text
    assert "All is well" in shown
    assert "Nobody watches yet" in shown


@pytest.mark.browser
async def test_the_state_of_the_log_is_accessible(
    pools: Pools, clock: ManualClock, tmp_path: Path, browser_page: Page
) -> None:
    page = browser_page
    async with in_a_browser(pools, clock, tmp_path) as (legal, origin):
        await enter(page, legal.staff, origin, "Root", "admin")
        await _busy(legal, 40)
        await legal.wired.witnesses.register(str(_KEY.verifier), "staff:root")
        await page.goto(f"{origin}{PAGE}")
        await expect(page.get_by_role("heading", level=1, name="Public log")).to_be_visible()
        await check_accessible(page)
        await check_fits(page)
        await picture(page, "log-state")

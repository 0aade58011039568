"""A person without any program checks a receipt, gets a plain answer, and is told how little it proves."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.async_api import Page, expect
from starlette.applications import Starlette

from parley.core.clock import ManualClock
from parley.legal.translog.openings import Opening, Stage
from parley.legal.translog.reading import LogReader
from parley.legal.translog.receipt_check import Outcome, ReceiptCheck
from parley.legal.translog.service import Translog
from parley.storage.pools import Pools
from parley.web.application import build
from parley.web.public import receipt_check
from parley.web.public.receipt_check import describe
from parley.web.site import Site
from tests.browser import check_accessible, check_fits, picture, serving
from tests.legal.translog.vectors import openings
from tests.web.conftest import ORIGIN, Browser

PAGE = "/transparency/check"
_DECIDED = Opening(
    Stage.DECIDED, "r1", "DE", "national_court", authority_kind="court", users=1, fields=("phone", "ip"),
    result="disclose_partial", release_sha256="ab" * 32,
)  # fmt: skip


@dataclass
class _Log:
    """A log with a receipt, and the page over it."""

    pools: Pools
    clock: ManualClock
    translog: Translog
    check: ReceiptCheck
    receipt: str = ""

    @classmethod
    async def over(cls, pools: Pools, clock: ManualClock, folder: Path) -> _Log:
        database = pools.of("log")
        translog = Translog(database, clock, folder, "localhost/parley-log")
        reader = LogReader(database)
        await translog.open()
        made = cls(pools, clock, translog, ReceiptCheck(database, reader))
        entry = await translog.append(_DECIDED)
        await made.hour()
        made.receipt = (await reader.proof_for(entry)).serialize()
        await made.hour()
        return made

    def app(self, origin: str) -> Starlette:
        return build(Site(origin, self.clock, bytes(range(32))), [receipt_check.part(self.check)])

    async def hour(self) -> None:
        self.clock.advance(3600)
        await self.translog.write_due()

    async def outcome(self, receipt: str) -> Outcome:
        return (await self.check.check(receipt.encode())).outcome

    def changed(self, **members: Any) -> str:
        return json.dumps({**json.loads(self.receipt), **members})


@pytest.fixture
async def log(pools: Pools, clock: ManualClock, data_dir: Path) -> _Log:
    return await _Log.over(pools, clock, data_dir / "log")


async def test_a_good_receipt_is_explained_in_plain_words(log: _Log) -> None:
    browser = Browser(log.app(ORIGIN))
    answer = await browser.submit(PAGE, PAGE, {"receipt": f"receipt.json:\n{log.receipt}"})
    assert answer.status_code == 200
    for words in ("This receipt holds", "Germany", "give a part of the data", "phone number, IP addresses"):
        assert words in answer.text
    assert "This answer proves little" in answer.text
    assert "parley log verify" in answer.text


async def test_every_way_in_which_a_receipt_fails_has_its_own_answer(log: _Log, pools: Pools) -> None:
    other = json.loads(log.receipt)["opening"] | {"country": "FR"}
    assert await log.outcome("hello") is Outcome.NO_RECEIPT
    assert await log.outcome("{}") is Outcome.NO_RECEIPT
    assert await log.outcome(log.changed(opening=other)) is Outcome.BROKEN
    assert await log.outcome(log.changed(index=0)) is Outcome.BROKEN
    foreign = json.loads(log.receipt)["checkpoint"].replace("localhost/parley-log", "other.example/log")
    assert await log.outcome(log.changed(checkpoint=foreign)) is Outcome.OTHER_LOG
    owner = pools.of("owner")
    await owner.execute("UPDATE translog.hashes SET hash = $1 WHERE position = 3", bytes(32))
    assert await log.outcome(log.receipt) is Outcome.CONTRADICTED
    await owner.execute("DELETE FROM translog.hashes WHERE position = 3")
    assert await log.outcome(log.receipt) is Outcome.HOLDS_ALONE


async def test_a_log_that_lost_what_a_receipt_proves_is_called_out(log: _Log, pools: Pools) -> None:
    await pools.of("owner").execute("DELETE FROM translog.checkpoints WHERE size > 0")
    assert await log.outcome(log.receipt) is Outcome.CONTRADICTED
    browser = Browser(log.app(ORIGIN))
    answer = await browser.submit(PAGE, PAGE, {"receipt": log.receipt})
    assert "The log contradicts this receipt" in answer.text
    assert "it is the proof" in answer.text


async def test_a_receipt_of_an_ended_log_still_holds(log: _Log) -> None:
    await log.translog.new_origin("a drill", "staff:ann")
    assert await log.outcome(log.receipt) is Outcome.HOLDS


async def test_what_is_left_of_an_ended_log_after_a_restore_accuses_nobody(log: _Log, pools: Pools) -> None:
    """A backup that is older than the receipt was restored, so the log could not be continued."""
    await pools.of("owner").execute("DELETE FROM translog.checkpoints WHERE size > 0")
    await log.translog.new_origin("a backup was restored", "staff:ann")
    assert await log.outcome(log.receipt) is Outcome.HOLDS_ALONE
    await log.hour()
    browser = Browser(log.app(ORIGIN))
    answer = await browser.submit(PAGE, PAGE, {"receipt": log.receipt})
    assert "This receipt holds by itself" in answer.text
    assert "Two histories were signed" not in answer.text


async def test_an_ended_log_with_another_past_is_still_called_out(log: _Log, pools: Pools) -> None:
    await log.translog.new_origin("a drill", "staff:ann")
    await pools.of("owner").execute("UPDATE translog.hashes SET hash = $1 WHERE position = 3", bytes(32))
    assert await log.outcome(log.receipt) is Outcome.CONTRADICTED


async def test_the_log_of_today_is_not_called_ended_when_hashes_are_missing(log: _Log, pools: Pools) -> None:
    await pools.of("owner").execute("DELETE FROM translog.hashes WHERE position = 3")
    browser = Browser(log.app(ORIGIN))
    answer = await browser.submit(PAGE, PAGE, {"receipt": log.receipt})
    assert "Parts of that log are lost" in answer.text
    assert "has ended" not in answer.text


async def test_a_file_can_be_uploaded_and_nothing_odd_is_taken(log: _Log) -> None:
    browser = Browser(log.app(ORIGIN))
    empty = await browser.submit(PAGE, PAGE, {"receipt": ""})
    assert (empty.status_code, "Paste a receipt" in empty.text) == (422, True)
    token = await browser.token(PAGE)
    for content, words in ((log.receipt, "This receipt holds"), ("x" * 40_000, "too large")):
        files = {"file": ("receipt.json", content.encode(), "application/json")}
        answer = await browser.http.post(PAGE, data={"csrf_token": token, "receipt": ""}, files=files)
        assert words in answer.text


def test_every_stage_has_plain_words() -> None:
    for opening in openings():
        facts = dict(describe(opening))
        assert facts["What happened"].endswith(".")
        assert all("_" not in value for value in facts.values())


@pytest.mark.browser
async def test_a_receipt_is_checked_by_keyboard_and_the_page_is_accessible(log: _Log, browser_page: Page) -> None:
    page = browser_page
    make: Callable[[str], Any] = log.app
    async with serving(make) as origin:
        await page.goto(f"{origin}{PAGE}")
        await expect(page.get_by_role("heading", level=1, name="Check the log")).to_be_visible()
        await check_accessible(page)
        await check_fits(page)
        await picture(page, "check")
        await page.get_by_label("The text of the receipt").fill(log.receipt)
        await page.get_by_role("button", name="Check this receipt").press("Enter")
        await expect(page.get_by_role("heading", name="This receipt holds")).to_be_visible()
        await check_accessible(page)
        await picture(page, "check-holds")
        await page.get_by_label("The text of the receipt").fill(log.changed(index=1))
        await page.get_by_role("button", name="Check this receipt").press("Enter")
        await expect(page.get_by_role("heading", name="This receipt does not hold")).to_be_visible()
        await check_accessible(page)


async def test_without_a_form_token_nothing_is_checked(log: _Log) -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(log.app(ORIGIN)), base_url=ORIGIN) as http:
        assert (await http.post(PAGE, data={"receipt": log.receipt})).status_code == 403

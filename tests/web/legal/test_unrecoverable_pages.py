"""A disclosure that nobody can carry out any more ends: two of the legal staff say so, officer and log hear it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

from parley.app.wiring import public_log
from parley.core.clock import ManualClock
from parley.core.ids import OrderId
from parley.legal.disclosure.events import UNRECOVERABLE_TOPIC
from parley.legal.disclosure.model import ReleaseState
from parley.legal.notices.rules import notice_text
from parley.legal.orders.model import OrderStatus
from parley.storage import audit
from parley.storage.pools import Pools
from tests.browser import check_accessible, picture
from tests.legal.conftest import enrolled
from tests.web.conftest import Browser, enter
from tests.web.legal.conftest import LegalWeb, in_a_browser
from tests.web.legal.test_order_pages import REASONS, settle

pytestmark = pytest.mark.usefixtures("mallory")
ADDRESSES = ["ip", "port", "ip_time"]


async def decided(legal: LegalWeb, lea: Browser, tom: Browser, **filing: Any) -> tuple[str, str, Browser]:
    """An order that two people decided to fulfil, and of whose custodians one is gone: path, release, officer."""
    await public_log.start(legal.log)
    vault = legal.wired.vault
    _, ben = await enrolled(vault, "Ada"), await enrolled(vault, "Ben")
    await legal.connected()
    legal.clock.advance(2 * 3600)
    rita, otto = await legal.sign_in("Rita", "registrar"), await legal.sign_in("Otto", "registrar")
    roth = await legal.officer(rita, await legal.authority(rita, otto))
    order = await legal.file(roth, **filing)
    for one in (lea, tom):
        await one.passkey("/desk/sign-in", "/desk/sign-in", one.key.get)  # type: ignore[attr-defined]
    path = await settle(legal, order, lea, tom, C2="pass")
    await lea.submit(path, f"{path}/decide", {"result": "disclose", "reasons": REASONS})
    (release,) = await legal.services.releases.of_order(OrderId(order))
    for one in (lea, tom):
        await one.passkey(path, f"{path}/releases/{release.release_id}/sign", one.key.get)  # type: ignore[attr-defined]
    assert "Custodians can open 1 day" in (await lea.get(path)).text
    await vault.remove_custodian(ben.custodian.custodian_id, "staff:Root", "lost the key")
    return path, release.release_id, roth


async def test_two_people_conclude_what_nobody_can_open(legal: LegalWeb, pools: Pools) -> None:
    lea, tom = await legal.sign_in("Lea", "legal"), await legal.sign_in("Tom", "legal")
    path, release, roth = await decided(legal, lea, tom, fields=ADDRESSES)
    assert "Nobody can open 1 day of it" in (await lea.get(path)).text
    give_up = f"{path}/releases/{release}/give-up"
    await lea.submit(path, give_up, {"why": ""})
    assert "Say why" in (await lea.get(path)).text
    await lea.submit(path, give_up, {"why": "Ben lost his key"})
    assert "Give them up as the second person" not in (await lea.get(path)).text
    await lea.submit(path, f"{give_up}/confirm")
    assert "another person has to confirm" in (await lea.get(path)).text
    await tom.submit(path, f"{give_up}/confirm")
    assert (await legal.services.releases.get(release)).state is ReleaseState.UNRECOVERABLE

    (item,) = await pools.of("outbox").fetch(
        "SELECT payload FROM outbox.items WHERE topic = $1", UNRECOVERABLE_TOPIC
    )
    for _ in range(2):
        await legal.wired.decisions.unrecoverable(item["payload"])
    order = OrderId(path.rpartition("/")[2])
    found = await legal.services.orders.get(order)
    assert found.status is OrderStatus.CLOSED
    (task,) = await legal.services.orders.tasks(order)
    assert task.outcome == "unrecoverable"
    assert "cannot be opened any more by anybody" in (await roth.get(f"/authority/orders/{order}")).text
    told = [
        row["payload"]["opening"]
        for row in await pools.of("outbox").fetch(
            "SELECT payload FROM outbox.items WHERE topic = 'translog.append'"
        )
    ]
    (closed,) = [one for one in told if one["stage"] == "closed"]
    assert (closed["outcome"], closed["reason"]) == ("none_held", "unrecoverable")
    (notice,) = await legal.services.notices.of_order(order)
    case = await legal.services.notices.case_of(order)
    told = notice_text(notice, case, None, "", "Parley", "https://chat.example/log/")
    assert "nobody can open this data any more. Nothing was given." in told
    assert "refused" not in told, "the person is told no untruth"
    trail = {entry.action for entry in await audit.search(pools.of("legal"), subject=release)}
    assert {"release.giving_up_proposed", "release.given_up", "release.unrecoverable"} <= trail


async def test_what_is_left_of_a_release_goes_on_and_the_order_is_fulfilled_in_part(
    legal: LegalWeb, pools: Pools
) -> None:
    lea, tom = await legal.sign_in("Lea", "legal"), await legal.sign_in("Tom", "legal")
    path, release, _ = await decided(legal, lea, tom)
    give_up = f"{path}/releases/{release}/give-up"
    await lea.submit(path, give_up, {"why": "Ben lost his key"})
    await tom.submit(path, f"{give_up}/decline")
    assert "Nothing is given up" in (await tom.get(path)).text
    await lea.submit(path, give_up, {"why": "Ben lost his key"})
    await tom.submit(path, f"{give_up}/confirm")
    after = await legal.services.releases.get(release)
    assert after.state is ReleaseState.DECIDED, "the number can still be handed over"
    assert "Given up as lost" in (await lea.get(path)).text
    order = OrderId(path.rpartition("/")[2])
    (task,) = await legal.services.orders.tasks(order)
    payload = {"order_id": order, "task_id": task.task_id, "given_up": len(after.given_up)}
    await legal.wired.decisions.disclosed(payload | {"disclosed_at": legal.clock.now().isoformat()})
    (task,) = await legal.services.orders.tasks(order)
    assert task.outcome == "partial"


@pytest.mark.browser
async def test_the_page_of_a_lost_release_is_accessible(
    pools: Pools, clock: ManualClock, tmp_path: Path, browser_page: Page
) -> None:
    page = browser_page
    async with in_a_browser(pools, clock, tmp_path) as (served, origin):
        legal = LegalWeb.over(pools, clock, tmp_path)
        lea, tom = await legal.sign_in("Lea", "legal"), await legal.sign_in("Tom", "legal")
        path, _, _ = await decided(legal, lea, tom)
        await enter(page, served.staff, origin, "Nora", "legal")
        await page.goto(f"{origin}{path}")
        await expect(page.get_by_text("Nobody can open 1 day of it")).to_be_visible()
        await check_accessible(page)
        await picture(page, "lost-release")
        await page.get_by_label("Why they cannot be opened").fill("Ben lost his key")
        await page.get_by_role("button", name="Propose to give them up").press("Enter")
        await expect(page.get_by_text("Another person has to confirm this.")).to_be_visible()
        await check_accessible(page)

"""Legal staff end secrecy when it has ended, and keep back what would endanger somebody, two people at a time."""

from __future__ import annotations

from datetime import timedelta

import pytest

from parley.core.ids import AccountId, OrderId
from parley.legal.orders.model import OrderStatus
from parley.storage import audit
from parley.storage.pools import Pools
from tests.web.conftest import Browser
from tests.web.legal.conftest import LegalWeb

pytestmark = pytest.mark.usefixtures("mallory")


@pytest.fixture
async def order(legal: LegalWeb) -> str:
    """A secret order that was filed and not touched yet."""
    rita, otto = await legal.sign_in("Rita", "registrar"), await legal.sign_in("Otto", "registrar")
    officer = await legal.officer(rita, await legal.authority(rita, otto))
    return await legal.file(officer)


@pytest.fixture
async def lea(legal: LegalWeb) -> Browser:
    return await legal.sign_in("Lea", "legal")


async def test_the_first_answer_shows_everybody_that_the_order_is_examined(
    legal: LegalWeb, lea: Browser, order: str
) -> None:
    path = f"/desk/orders/{order}"
    assert (await legal.services.orders.get(order)).status is OrderStatus.RECEIVED
    await lea.submit(path, f"{path}/checks/A4", {"answer": "pass", "remark": "called back"})
    assert (await legal.services.orders.get(order)).status is OrderStatus.IN_ANALYSIS
    assert "being examined" in (await lea.get(path)).text


async def test_an_answer_moves_no_decided_order_back(
    legal: LegalWeb, lea: Browser, order: str, pools: Pools
) -> None:
    await pools.of("legal").execute("UPDATE legal.orders SET status = 'rejected' WHERE order_id = $1", order)
    path = f"/desk/orders/{order}"
    await lea.submit(path, f"{path}/checks/A4", {"answer": "pass", "remark": "called back"})
    assert (await legal.services.orders.get(order)).status is OrderStatus.REJECTED


async def test_a_gag_is_lifted_by_two_people_with_a_reason_and_once(
    legal: LegalWeb, lea: Browser, order: str, pools: Pools
) -> None:
    tom, path = await legal.sign_in("Tom", "legal"), f"/desk/orders/{order}"
    await lea.submit(path, f"{path}/secrecy/lift", {"why": " "})
    assert "Say who lifted it" in (await lea.get(path)).text
    await lea.submit(path, f"{path}/secrecy/lift", {"why": "Regional court, 3 Qs 9/26"})
    assert "Lift it as the second person" not in (await lea.get(path)).text
    await lea.submit(path, f"{path}/secrecy/lift/confirm")
    assert "lifting secrecy needs two different people" in (await lea.get(path)).text
    assert "Regional court, 3 Qs 9/26" in (await tom.get(path)).text
    await tom.submit(path, f"{path}/secrecy/lift/confirm")
    after = (await tom.get(path)).text
    assert "The secrecy is lifted." in after
    assert "Lift the secrecy" not in after
    await lea.submit("/desk/me", f"{path}/secrecy/lift", {"why": "again"})
    assert "no secrecy holds" in (await lea.get(path)).text
    (entry,) = await audit.search(pools.of("legal"), action="notices.gag_lifted")
    assert (entry.actor, entry.detail["proposed_by"]) == ("staff:Tom", "staff:Lea")
    assert entry.detail["why"] == "Regional court, 3 Qs 9/26"


async def test_a_proposal_to_lift_can_be_turned_down(legal: LegalWeb, lea: Browser, order: str) -> None:
    tom, path = await legal.sign_in("Tom", "legal"), f"/desk/orders/{order}"
    await lea.submit(path, f"{path}/secrecy/lift", {"why": "a call by telephone"})
    await tom.submit(path, f"{path}/secrecy/lift/decline")
    page = (await tom.get(path)).text
    assert "The secrecy stays." in page
    assert "Lift the secrecy" in page


async def test_a_gag_is_prolonged_by_a_judge_and_never_shortened(
    legal: LegalWeb, lea: Browser, order: str, pools: Pools
) -> None:
    path, now = f"/desk/orders/{order}", legal.clock.now()
    said = {"judge": "Judge Baum", "basis": "section 101 (6) StPO"}
    later = {"until": (now + timedelta(days=90)).strftime("%Y-%m-%dT%H:%M")}
    await lea.submit(path, f"{path}/secrecy/prolong", said | {"judge": " "} | later)
    assert "which judge" in (await lea.get(path)).text
    await lea.submit(path, f"{path}/secrecy/prolong", said)
    assert "state an end" in (await lea.get(path)).text
    sooner = {"until": (now + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M")}
    await lea.submit(path, f"{path}/secrecy/prolong", said | sooner)
    assert "no later than what holds already" in (await lea.get(path)).text
    await lea.submit(path, f"{path}/secrecy/prolong", said | later)
    page = (await lea.get(path)).text
    assert "The secrecy holds until" in page
    assert "Judge Baum: section 101 (6) StPO" in page
    (entry,) = await audit.search(pools.of("legal"), action="notices.gag_prolonged")
    assert (entry.actor, entry.subject) == ("staff:Lea", order)


async def test_asking_for_release_is_on_the_record(lea: Browser, order: str, pools: Pools) -> None:
    path = f"/desk/orders/{order}"
    await lea.submit(path, f"{path}/secrecy/asked")
    assert "The next time to ask is set." in (await lea.get(path)).text
    assert len(await audit.search(pools.of("legal"), action="notices.release_asked", subject=order)) == 1


async def test_a_notice_is_withheld_by_two_people(legal: LegalWeb, lea: Browser, order: str, pools: Pools) -> None:
    tom, path = await legal.sign_in("Tom", "legal"), f"/desk/orders/{order}"
    async with pools.of("legal").transaction() as conn:
        notice = await legal.services.notices.attempted(conn, OrderId(order), AccountId(2222222222), "entry")
    withhold = f"{path}/notices/{notice}/withhold"
    await lea.submit(path, withhold, {"why": ""})
    assert "Say whom the notice would endanger." in (await lea.get(path)).text
    await lea.submit(path, withhold, {"why": "a witness is known to the person"})
    assert "Withhold it as the second person" not in (await lea.get(path)).text
    await lea.submit(path, f"{withhold}/confirm")
    assert "needs two different people" in (await lea.get(path)).text
    assert "Withhold it as the second person" in (await tom.get(path)).text
    await tom.submit(path, f"{withhold}/confirm")
    after = (await tom.get(path)).text
    assert "The notice is withheld." in after
    assert "a witness is known to the person" in after
    await tom.submit(path, f"{withhold}/decline")
    assert "sent or withheld already" in (await tom.get(path)).text


async def test_a_proposal_is_turned_down(legal: LegalWeb, lea: Browser, order: str, pools: Pools) -> None:
    tom, path = await legal.sign_in("Tom", "legal"), f"/desk/orders/{order}"
    async with pools.of("legal").transaction() as conn:
        notice = await legal.services.notices.attempted(conn, OrderId(order), AccountId(2222222222), "entry")
    await lea.submit(path, f"{path}/notices/{notice}/withhold", {"why": "not sure"})
    await tom.submit(path, f"{path}/notices/{notice}/withhold/decline")
    assert "The notice goes its way." in (await tom.get(path)).text
    (found,) = await legal.services.notices.of_order(OrderId(order))
    assert found.withhold_by is None


async def test_whoever_only_advises_changes_nothing(legal: LegalWeb, order: str) -> None:
    adviser, path = await legal.sign_in("Cleo", "council"), f"/desk/orders/{order}"
    page = (await adviser.get(path)).text
    assert "Lift the secrecy" not in page
    assert (await adviser.submit("/desk/me", f"{path}/secrecy/lift", {"why": "x"})).status_code == 403
    for step in ("secrecy/prolong", "secrecy/lift/confirm", "preservations"):
        assert (await adviser.submit("/desk/me", f"{path}/{step}", {"why": "x"})).status_code == 403

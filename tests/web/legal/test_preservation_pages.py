"""What an order names outlives its retention when two people say so, lapses by itself, and is counted."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from parley.core.ids import AccountId, OrderId
from parley.messenger.accounts import sealing
from parley.messenger.accounts.sealing import Secrets
from parley.storage import audit
from parley.storage.pools import Pools
from tests.web.conftest import Browser
from tests.web.legal.conftest import MALLORY, LegalWeb

pytestmark = pytest.mark.usefixtures("mallory")


@pytest.fixture
async def officer(legal: LegalWeb) -> Browser:
    rita, otto = await legal.sign_in("Rita", "registrar"), await legal.sign_in("Otto", "registrar")
    return await legal.officer(rita, await legal.authority(rita, otto))


@pytest.fixture
async def order(legal: LegalWeb, officer: Browser) -> str:
    """An order that was filed and not touched yet."""
    return await legal.file(officer)


@pytest.fixture
async def lea(legal: LegalWeb) -> Browser:
    return await legal.sign_in("Lea", "legal")


@pytest.fixture
async def tom(legal: LegalWeb) -> Browser:
    return await legal.sign_in("Tom", "legal")


def written(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M")


async def entries(pools: Pools) -> list[dict[str, Any]]:
    """The openings of stage `preserved` on their way to the public log."""
    rows = await pools.of("outbox").fetch("SELECT payload FROM outbox.items WHERE topic = 'translog.append'")
    openings = [row["payload"]["opening"] for row in rows]
    return [opening for opening in openings if opening["stage"] == "preserved"]


async def preserve(lea: Browser, tom: Browser, legal: LegalWeb, order: str, days: int = 90) -> str:
    """Two people preserve what an order names; gives the preservation's id."""
    path = f"/desk/orders/{order}"
    until = written(legal.clock.now() + timedelta(days=days))
    await lea.submit(path, f"{path}/preservations", {"why": "the first day goes tomorrow", "until": until})
    kept = (await legal.services.preservations.of_order(OrderId(order)))[-1].preservation
    await tom.submit(path, f"{path}/preservations/{kept.preservation_id}/confirm")
    return kept.preservation_id


async def test_two_people_preserve_and_the_log_counts_it(
    legal: LegalWeb, lea: Browser, tom: Browser, order: str, pools: Pools
) -> None:
    path, until = f"/desk/orders/{order}", legal.clock.now() + timedelta(days=90)
    page = (await lea.get(path)).text
    assert "The table of clocks names no end for this kind of order" in page
    data = {"why": "the first day goes tomorrow", "until": written(until)}
    await lea.submit(path, f"{path}/preservations", data)
    assert "Preserve it as the second person" not in (await lea.get(path)).text
    (proposed,) = await legal.services.preservations.of_order(OrderId(order))
    one = f"{path}/preservations/{proposed.preservation.preservation_id}"
    await lea.submit(path, f"{one}/confirm")
    assert "preserving needs two different people" in (await lea.get(path)).text
    assert await legal.services.vault.holds() == ()
    assert "Preserve it as the second person" in (await tom.get(path)).text
    await tom.submit(path, f"{one}/confirm")
    assert "It lapses by itself." in (await tom.get(path)).text
    (hold,) = await legal.services.vault.holds(AccountId(MALLORY))
    assert hold.until == until.replace(second=0, microsecond=0)
    (entry,) = await entries(pools)
    assert (entry["accounts"], entry["gag"], entry["country"]) == (1, True, "DE")
    (recorded,) = await audit.search(pools.of("legal"), action="preservation.confirmed", subject=order)
    assert (recorded.actor, recorded.detail["proposed_by"]) == ("staff:Tom", "staff:Lea")
    await tom.submit(path, f"{one}/confirm")
    assert "this proposal is settled" in (await tom.get(path)).text
    assert len(await legal.services.vault.holds()) == 1


async def test_a_snapshot_lapses_by_itself(legal: LegalWeb, lea: Browser, tom: Browser, order: str) -> None:
    await preserve(lea, tom, legal, order, days=3)
    assert [kept.state for kept in await _kept(legal, order)] == ["kept"]
    legal.clock.advance(3 * 86400)
    await legal.services.vault.sweep()
    assert [kept.state for kept in await _kept(legal, order)] == ["lapsed"]


async def test_a_snapshot_is_ended_early_with_a_reason_only(
    legal: LegalWeb, lea: Browser, tom: Browser, order: str, pools: Pools
) -> None:
    path = f"/desk/orders/{order}"
    one = f"{path}/preservations/{await preserve(lea, tom, legal, order)}"
    await lea.submit(path, f"{one}/end", {"why": " "})
    assert "Say why it ends now." in (await lea.get(path)).text
    await lea.submit(path, f"{one}/end", {"why": "the court withdrew its order"})
    page = (await lea.get(path)).text
    assert "What was preserved is shredded." in page
    assert "the court withdrew its order" in page
    assert await legal.services.vault.holds() == ()
    await lea.submit(path, f"{one}/end", {"why": "again"})
    assert "nothing is preserved any more" in (await lea.get(path)).text
    (recorded,) = await audit.search(pools.of("legal"), action="preservation.ended", subject=order)
    assert recorded.detail["why"] == "the court withdrew its order"


async def test_preserving_again_counts_no_second_account_and_not_beyond_the_latest_end(
    legal: LegalWeb, lea: Browser, tom: Browser, order: str, pools: Pools
) -> None:
    path = f"/desk/orders/{order}"
    await preserve(lea, tom, legal, order)
    legal.clock.advance(60 * 86400)
    again = f"{path}/preservations"
    lea, tom = await legal.sign_in("Lea Two", "legal"), await legal.sign_in("Tom Two", "legal")
    beyond = written(legal.clock.now() + timedelta(days=310))
    await lea.submit(path, again, {"why": "the court has not decided", "until": beyond})
    assert "UTC at the latest" in (await lea.get(path)).text
    await preserve(lea, tom, legal, order, days=300)
    assert sorted(entry["accounts"] for entry in await entries(pools)) == [0, 1]


async def test_a_proposal_is_declined_and_nothing_is_copied(
    legal: LegalWeb, lea: Browser, tom: Browser, order: str
) -> None:
    path, until = f"/desk/orders/{order}", written(legal.clock.now() + timedelta(days=9))
    for wrong in ({"why": "", "until": until}, {"why": "soon gone", "until": ""}, {"why": "x", "until": "soon"}):
        await lea.submit(path, f"{path}/preservations", wrong)
    assert await _kept(legal, order) == []
    await lea.submit(path, f"{path}/preservations", {"why": "soon gone", "until": until})
    (kept,) = await _kept(legal, order)
    await tom.submit(path, f"{path}/preservations/{kept.preservation.preservation_id}/decline")
    assert "Nothing is preserved." in (await tom.get(path)).text
    assert [one.state for one in await _kept(legal, order)] == ["declined"]


async def test_an_identifier_that_nobody_held_is_not_preserved(
    legal: LegalWeb, officer: Browser, lea: Browser
) -> None:
    order = await legal.file(officer, identifier="@nobody_here")
    path = f"/desk/orders/{order}"
    assert "Preserve account and range" not in (await lea.get(path)).text
    until = written(legal.clock.now() + timedelta(days=9))
    await lea.submit(path, f"{path}/preservations", {"why": "soon gone", "until": until})
    assert "no single account held the identifier" in (await lea.get(path)).text


async def test_a_filing_that_nobody_signed_is_forgotten_after_a_day(
    legal: LegalWeb, officer: Browser, pools: Pools
) -> None:
    await legal.draft(officer)
    drafts = "SELECT count(*) FROM legal.order_drafts"
    await legal.wired.orders.forget_drafts()
    assert await pools.of("legal").fetchval(drafts) == 1
    legal.clock.advance(86400 + 1)
    await legal.wired.orders.forget_drafts()
    assert await pools.of("legal").fetchval(drafts) == 0


async def _kept(legal: LegalWeb, order: str) -> list[Any]:
    return await legal.services.preservations.of_order(OrderId(order))


async def test_the_number_is_preserved_where_the_order_asks_for_it(
    legal: LegalWeb, lea: Browser, tom: Browser, officer: Browser, pools: Pools
) -> None:
    sealed = sealing.seal_phone(Secrets.derive(bytes(32)), AccountId(MALLORY), "4915550000042")
    await pools.of("messenger").execute(
        "INSERT INTO messenger.account_phones (account_id, phone_index, sealed, since) VALUES ($1, $2, $3, $4)",
        MALLORY, bytes(32), sealed, legal.clock.now() - timedelta(days=30),
    )  # fmt: skip
    for fields, kept in ((["phone", "ip"], True), (["ip"], False)):
        order = await legal.file(officer, fields=fields, authorisation_reference=f"12 Gs {len(fields)}/26")
        await preserve(lea, tom, legal, order)
        assert [one.phone for one in await _kept(legal, order)] == [kept]

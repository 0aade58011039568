"""An emergency that no order followed falls back on the authority, and the person hears of it at once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from parley.core.ids import OrderId
from parley.legal.authorities.model import Trust
from parley.legal.disclosure.events import DISCLOSED_TOPIC
from parley.legal.notices import rules as notice_rules
from parley.storage import audit
from parley.storage.pools import Pools
from tests.web.conftest import Browser
from tests.web.legal.conftest import MALLORY, LegalWeb

pytestmark = pytest.mark.usefixtures("mallory")
EMERGENCY = {
    "instrument": "emergency",
    "facts": "A named person has announced an attack on the station for tonight; no judge is on duty.",
}


class Law:
    """An authority with an officer, and what becomes of an emergency of theirs."""

    def __init__(self, legal: LegalWeb, officer: Browser, authority_id: str, pools: Pools) -> None:
        self.legal, self.officer, self.authority_id, self.pools = legal, officer, authority_id, pools

    async def disclosed(self, **changed: Any) -> OrderId:
        """File an emergency request and note that its data was delivered; gives its id."""
        order = OrderId(await self.legal.file(self.officer, **EMERGENCY | {"gag": ""} | changed))
        at = self.legal.clock.now()
        payload = {
            "release_id": f"r-{order}", "order_id": order, "account": MALLORY, "fields": ["phone"],
            "disclosed_at": at.isoformat(), "log_entry": f"e-{order}",
        }  # fmt: skip
        assert DISCLOSED_TOPIC == "legal.disclosed"
        await self.legal.wired.notices.disclosed(payload)
        for _ in range(2):
            await self.legal.wired.emergencies.disclosed(payload)
        return order

    async def follow(self, **changed: Any) -> None:
        """File an order an hour later, in a new session of the officer's."""
        self.legal.clock.advance(3600)
        page = "/authority/sign-in"
        assert (await self.officer.passkey(page, page, self.officer.key.get)).status_code == 303
        await self.legal.file(self.officer, **changed)

    async def trust(self) -> Trust:
        return (await self.legal.wired.authorities.get(self.authority_id)).trust

    async def waits_for(self, order: OrderId) -> notice_rules.Waits:
        """What the notice to the person waits for now."""
        notices = self.legal.wired.notices
        (notice,) = await notices.of_order(order)
        gag, case = await notices.gags.of_order(order), await notices.case_of(order)
        return notice_rules.verdict(notice, case, gag, self.legal.clock.now()).waits

    async def validated(self) -> list[bool]:
        """What the public log is told of validations."""
        rows = await self.pools.of("outbox").fetch(
            "SELECT payload FROM outbox.items WHERE topic = 'translog.append'"
        )
        openings = [row["payload"]["opening"] for row in rows]
        return [opening["validated"] for opening in openings if "validated" in opening]


@pytest.fixture
async def law(legal: LegalWeb, pools: Pools) -> Law:
    rita, otto = await legal.sign_in("Rita", "registrar"), await legal.sign_in("Otto", "registrar")
    path = await legal.authority(rita, otto)
    return Law(legal, await legal.officer(rita, path), path.rsplit("/", 1)[1], pools)


async def test_a_missing_order_flags_the_authority_and_ends_the_secrecy_it_claimed(law: Law) -> None:
    until = (law.legal.clock.now() + timedelta(days=30)).strftime("%Y-%m-%dT%H:%M")
    order = await law.disclosed(gag="yes", gag_until=until)
    law.legal.clock.advance(47 * 3600)
    assert await law.legal.wired.emergencies.look() == 0
    assert (await law.trust(), await law.waits_for(order)) == (Trust.VERIFIED, notice_rules.Waits.GAG)
    law.legal.clock.advance(3600)
    assert await law.legal.wired.emergencies.look() == 1
    assert (await law.trust(), await law.waits_for(order)) == (Trust.FLAGGED, notice_rules.Waits.NOTHING)
    assert await law.validated() == [False]
    assert await law.legal.wired.emergencies.look() == 0, "once"
    lea = await law.legal.sign_in("Lea", "legal")
    assert "No order followed this emergency" in (await lea.get(f"/desk/orders/{order}")).text
    (recorded,) = await audit.search(law.pools.of("legal"), action="emergency.no_order", subject=order)
    assert recorded.actor == "system"


async def test_an_order_in_time_keeps_the_authority_in_good_standing(law: Law) -> None:
    order = await law.disclosed()
    law.legal.clock.advance(20 * 3600)
    lea = await law.legal.sign_in("Lea", "legal")
    assert "An order has to follow" in (await lea.get(f"/desk/orders/{order}")).text
    await law.follow(gag="")
    law.legal.clock.advance(40 * 3600)
    lea = await law.legal.sign_in("Lea Again", "legal")
    assert await law.legal.wired.emergencies.look() == 1
    assert (await law.trust(), await law.waits_for(order)) == (Trust.VERIFIED, notice_rules.Waits.NOTHING)
    assert await law.validated() == [True]
    assert "The order that had to follow came" in (await lea.get(f"/desk/orders/{order}")).text


async def test_the_secrecy_of_the_order_that_followed_holds_for_the_emergency_too(law: Law) -> None:
    order = await law.disclosed()
    law.legal.clock.advance(3600)
    await law.follow()
    law.legal.clock.advance(48 * 3600)
    await law.legal.wired.emergencies.look()
    assert await law.waits_for(order) is notice_rules.Waits.GAG
    law.legal.clock.advance(30 * 86400)
    assert await law.waits_for(order) is notice_rules.Waits.NOTHING


async def test_an_order_about_somebody_else_or_too_late_does_not_count(law: Law) -> None:
    await law.disclosed()
    await law.follow(identifier="@somebody_else", gag="")
    law.legal.clock.advance(48 * 3600 + 60)
    await law.follow(gag="")
    assert await law.legal.wired.emergencies.look() == 1
    assert await law.trust() is Trust.FLAGGED


async def test_what_a_judge_barred_since_is_for_people_to_lift(law: Law) -> None:
    now = law.legal.clock.now()
    order = await law.disclosed(gag="yes", gag_until=(now + timedelta(days=3)).strftime("%Y-%m-%dT%H:%M"))
    longer = notice_rules.Gag("section 101 StPO", "Judge Adler", now + timedelta(days=60))
    await law.legal.wired.notices.gags.prolong(order, longer, "staff:Lea")
    law.legal.clock.advance(48 * 3600)
    await law.legal.wired.emergencies.look()
    assert await law.trust() is Trust.FLAGGED
    assert await law.waits_for(order) is notice_rules.Waits.GAG

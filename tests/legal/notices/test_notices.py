"""A person learns of a disclosure as soon as nothing forbids it, with a receipt that they can check."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from parley.core.clock import ManualClock
from parley.core.ids import AccountId, OrderId
from parley.legal.clocks.calendar import calendar_of
from parley.legal.notices import rules
from parley.legal.notices.errors import (
    CaseUnknown,
    GagInvalid,
    NotBarred,
    NoticeSettled,
    NoticeTableDamaged,
    NotProposed,
    SamePerson,
)
from parley.legal.notices.model import Attachment, Gag, Rule, State
from parley.legal.notices.service import Notices
from parley.legal.notices.table import notice_table
from parley.legal.translog.notes import VerifierKey
from parley.legal.translog.openings import Opening, Stage
from parley.legal.translog.quarterly import Quarterly
from parley.legal.translog.reading import LogReader
from parley.legal.translog.receipts import Receipt, verify_receipt
from parley.legal.translog.rules import Quarter
from parley.legal.translog.service import Translog
from parley.storage.leases import Lease
from parley.storage.outbox import Item, Relay
from parley.storage.pools import Pools

_ORDER, _REF = OrderId("order1"), "ref1"
_MALLORY = AccountId(42)
_COUNTRY = calendar_of("DE")


class _Service:
    """The service account, as a list of what it wrote."""

    def __init__(self) -> None:
        self.sent: dict[str, tuple[AccountId, str, Sequence[Attachment]]] = {}
        self.gone = False

    async def send_notice(self, account: AccountId, text: str, attachments: Sequence[Attachment], key: str) -> bool:
        self.sent[key] = (account, text, attachments)
        return not self.gone


class _World:
    def __init__(self, pools: Pools, clock: ManualClock, folder: Path) -> None:
        self.clock = clock
        self.database = pools.of("legal")
        self.translog = Translog(pools.of("log"), clock, folder, "parley.example/transparency/log")
        self.reader = LogReader(pools.of("log"))
        self.quarterly = Quarterly(pools.of("log"), clock, closed=8)
        self.service = _Service()
        self.notices = Notices(
            self.database, clock, _COUNTRY, self.reader, self.service,
            operator="Example Chat", log_url="https://parley.example/transparency/log",
        )  # fmt: skip
        self.relay = Relay(pools.of("outbox"), Lease(pools.of("outbox"), "relay"))
        for topic in ("translog.append", "translog.gag"):
            self.relay.handle(topic, self._to_log)

    async def _to_log(self, item: Item) -> None:
        await self.translog.take(item.topic, item.payload)

    async def case(self, instrument: str = "national_court", gag: Gag | None = None) -> None:
        async with self.database.transaction() as conn:
            await self.notices.open_case(
                conn, _ORDER, _REF, instrument=instrument, country="DE", authority_kind="court"
            )
            if gag is not None:
                await self.notices.gags.impose(conn, _ORDER, gag, "staff:lea")

    async def disclose(self) -> None:
        opening = Opening(Stage.DISCLOSED, order_ref=_REF, country="DE", instrument="national_court", users=1)
        await self.translog.append(opening, entry_id="e1")
        payload: dict[str, Any] = {
            "release_id": "r1", "order_id": _ORDER, "account": _MALLORY, "fields": ["phone", "ip"],
            "log_entry": "e1", "disclosed_at": self.clock.now().isoformat(),
        }  # fmt: skip
        for _ in range(2):
            await self.notices.disclosed(payload)

    async def hour(self) -> None:
        await self.relay.deliver_due()
        self.clock.advance(3600)
        await self.translog.write_due()


@pytest.fixture
async def world(pools: Pools, clock: ManualClock, data_dir: Path) -> _World:
    made = _World(pools, clock, data_dir / "log")
    await made.translog.open()
    return made


async def test_a_person_is_told_even_when_the_log_lost_what_the_receipt_needs(world: _World, pools: Pools) -> None:
    await world.case()
    await world.disclose()
    await world.hour()
    await pools.of("owner").execute("DELETE FROM translog.hashes WHERE position < 16")
    assert await world.notices.send_due() == 1
    ((account, text, attachments),) = world.service.sent.values()
    assert (account, list(attachments)) == (_MALLORY, [])
    assert "we cannot prove it to you" in text
    assert "receipt.json" not in text


async def test_without_a_gag_the_person_is_told_once_the_receipt_exists(world: _World) -> None:
    await world.case()
    await world.disclose()
    assert await world.notices.send_due() == 0, "the batch has not come"
    await world.hour()
    assert await world.notices.send_due() == 1
    assert await world.notices.send_due() == 0
    account, text, (receipt,) = world.service.sent["r1"]
    assert account == _MALLORY
    assert "your phone number and IP addresses" in text
    assert "a court of DE" in text
    assert "None of your messages" in text
    key = VerifierKey.parse(await world.reader.vkey())
    assert verify_receipt(Receipt.parse(receipt.data), key).checkpoint.size == 16


async def test_a_gag_bars_the_notice_until_its_last_moment(world: _World) -> None:
    until = world.clock.now() + timedelta(days=30)
    await world.case(gag=Gag("section 100 of the code", "Judge Roe", until))
    await world.disclose()
    await world.hour()
    world.clock.set(until - timedelta(seconds=1))
    assert await world.notices.send_due() == 0
    world.clock.set(until)
    assert await world.notices.send_due() == 1
    assert "We were forbidden to tell you until" in world.service.sent["r1"][1]
    assert "Judge Roe" in world.service.sent["r1"][1]


async def test_the_log_keeps_a_gagged_order_closed_and_counts_the_notice(world: _World) -> None:
    quarter = Quarter.of(world.clock.now())
    until = quarter.end + timedelta(days=10)
    await world.case(gag=Gag("law", "Judge Roe", until))
    await world.disclose()
    await world.hour()
    world.clock.set(quarter.end)
    await world.quarterly.publish_due()
    assert not [x for x in (await world.quarterly.publication(quarter)).entries() if x.opening.order_ref]
    world.clock.set(until)
    await world.notices.send_due()
    await world.hour()
    world.clock.set(quarter.later(1).end)
    await world.quarterly.publish_due()
    opened = (await world.quarterly.publication(quarter.later(1))).entries()
    gags = {x.opening.stage: x.opening.gag for x in opened if x.opening.order_ref == _REF}
    assert gags == {Stage.DISCLOSED: None, Stage.NOTIFIED: True}, "a gag that came after intake is counted too"


async def test_a_lifted_gag_frees_the_notice_and_a_prolonged_one_holds_it(world: _World) -> None:
    now = world.clock.now()
    await world.case(gag=Gag("law", "Judge Roe", now + timedelta(days=3)))
    await world.disclose()
    await world.hour()
    async with world.database.transaction() as conn:
        await world.notices.gags.impose(conn, _ORDER, Gag("law", "Judge Poe", now + timedelta(days=9)), "staff:lea")
    world.clock.advance(5 * 86400)
    assert await world.notices.send_due() == 0
    await world.notices.gags.propose_lifting(_ORDER, "set aside on appeal", "staff:lea")
    assert await world.notices.send_due() == 0, "one person alone lifts nothing"
    with pytest.raises(SamePerson):
        await world.notices.gags.confirm_lifting(_ORDER, "staff:lea")
    await world.notices.gags.confirm_lifting(_ORDER, "staff:tom")
    assert await world.notices.send_due() == 1
    ((_, text, _),) = world.service.sent.values()
    assert "law, Judge Poe" in text
    assert "staff:lea" not in text, "nobody of the operator is named to the person"
    with pytest.raises(NotBarred):
        await world.notices.gags.propose_lifting(_ORDER, "once more", "staff:lea")


async def test_a_prolonged_gag_ends_where_the_law_ends_it(world: _World) -> None:
    now = world.clock.now()
    await world.case("tco", Gag("law", "Judge Roe", now + timedelta(weeks=6)))
    world.clock.advance(5 * 7 * 86400)
    wanted = Gag("law", "Judge Poe", world.clock.now() + timedelta(days=400))
    held = await world.notices.gags.prolong(_ORDER, wanted, "staff:lea")
    assert held.until is not None
    assert now + timedelta(weeks=6) < held.until < world.clock.now() + timedelta(weeks=7)
    with pytest.raises(GagInvalid, match="no later than what holds already"):
        await world.notices.gags.prolong(_ORDER, wanted, "staff:lea")


async def test_prolonging_takes_a_proposal_to_lift_off_the_table(world: _World) -> None:
    now = world.clock.now()
    await world.case(gag=Gag("law", "Judge Roe", now + timedelta(days=3)))
    await world.notices.gags.propose_lifting(_ORDER, "set aside on appeal", "staff:lea")
    with pytest.raises(GagInvalid):
        await world.notices.gags.propose_lifting(_ORDER, "I say so too", "staff:tom")
    await world.notices.gags.prolong(_ORDER, Gag("law", "Judge Poe", now + timedelta(days=9)), "staff:lea")
    with pytest.raises(NotProposed):
        await world.notices.gags.confirm_lifting(_ORDER, "staff:tom")


async def test_no_end_is_put_to_a_gag_without_one_by_one_person_alone(world: _World) -> None:
    await world.case(gag=Gag("law", "Judge Roe", None))
    soon = Gag("law", "Judge Roe", world.clock.now() + timedelta(minutes=1))
    with pytest.raises(GagInvalid, match="has no end"):
        await world.notices.gags.prolong(_ORDER, soon, "staff:lea")


async def test_a_gag_without_an_end_is_contested_and_its_end_is_asked_for(world: _World) -> None:
    gag = Gag("law", "Judge Roe", None)
    assert gag.contested
    await world.case(gag=gag)
    await world.disclose()
    await world.hour()
    assert await world.notices.reviews_due() == []
    world.clock.advance(90 * 86400)
    assert await world.notices.send_due() == 0
    assert [case.order_id for case in await world.notices.reviews_due()] == [_ORDER]
    await world.notices.review_asked(_ORDER, "staff:lea")
    assert await world.notices.reviews_due() == []
    world.clock.advance(91 * 86400)
    assert len(await world.notices.reviews_due()) == 1


async def test_where_only_the_authority_tells_we_tell_when_it_releases_us(world: _World) -> None:
    await world.case("epoc")
    await world.disclose()
    await world.hour()
    world.clock.advance(400 * 86400)
    assert await world.notices.send_due() == 0
    await world.notices.release(_ORDER, "staff:lea")
    assert await world.notices.send_due() == 1


async def test_after_an_emergency_the_person_is_told_within_48_hours(world: _World) -> None:
    await world.case("emergency")
    await world.disclose()
    await world.hour()
    assert await world.notices.send_due() == 0
    world.clock.advance(47 * 3600)
    assert await world.notices.send_due() == 1
    assert "no order of a court" in world.service.sent["r1"][1]


async def test_a_refused_attempt_is_told_unless_telling_is_unsafe(world: _World) -> None:
    await world.case()
    await world.translog.append(
        Opening(Stage.FAKE, order_ref=_REF, country="DE", instrument="national_court"), entry_id="e2"
    )
    async with world.database.transaction() as conn:
        told = await world.notices.attempted(conn, _ORDER, _MALLORY, "e2")
        kept = await world.notices.attempted(
            conn, _ORDER, _MALLORY, "e2", unsafe_because="a violent partner reads along"
        )
    await world.hour()
    assert await world.notices.send_due() == 1
    assert list(world.service.sent) == [told]
    assert "An attempt was made" in world.service.sent[told][1]
    states = {notice.notice_id: notice.state for notice in await world.notices.of_order(_ORDER)}
    assert states == {told: State.SENT, kept: State.WITHHELD}


async def test_withholding_takes_two_people(world: _World) -> None:
    await world.case()
    await world.disclose()
    withholding = world.notices.withholding
    with pytest.raises(NotProposed):
        await withholding.confirm("r1", "staff:max")
    await withholding.propose("r1", "a stalker reads their telephone", "staff:lea")
    with pytest.raises(SamePerson):
        await withholding.confirm("r1", "staff:lea")
    await withholding.confirm("r1", "staff:max")
    with pytest.raises(NoticeSettled):
        await withholding.propose("r1", "danger", "staff:lea")
    await world.hour()
    assert await world.notices.send_due() == 0
    (notice,) = await world.notices.of_order(_ORDER)
    assert (notice.state, notice.withheld_why) == (State.WITHHELD, "a stalker reads their telephone")


@pytest.mark.parametrize("turned_down", [True, False])
async def test_one_person_alone_keeps_a_notice_back_for_two_days_at_most(world: _World, turned_down: bool) -> None:
    await world.case()
    await world.disclose()
    await world.notices.withholding.propose("r1", "danger", "staff:lea")
    await world.hour()
    assert await world.notices.send_due() == 0
    if turned_down:
        await world.notices.withholding.decline("r1", "staff:max")
    else:
        world.clock.advance(48 * 3600)
    assert await world.notices.send_due() == 1


async def test_a_deleted_account_is_not_tried_for_ever(world: _World) -> None:
    world.service.gone = True
    await world.case()
    await world.disclose()
    await world.hour()
    assert await world.notices.send_due() == 0
    assert [notice.state for notice in await world.notices.of_order(_ORDER)] == [State.UNDELIVERABLE]


async def test_an_order_without_a_case_is_refused(world: _World) -> None:
    with pytest.raises(CaseUnknown):
        await world.disclose()


def test_every_instrument_has_a_rule_with_its_source() -> None:
    table = notice_table()
    for name in (
        "epoc", "epoc_pr", "dsa10", "dsa9", "tco", "national_court", "sca_subpoena", "sca_2703d", "sca_warrant",
        "copo", "mlat", "budapest2", "emergency",
    ):  # fmt: skip
        rule = table.rule_of(name)
        assert rule.source.law
        assert not rule.source.confirmed_by_counsel
    assert table.rule_of("epoc").rule is Rule.AUTHORITY_ONLY
    with pytest.raises(NoticeTableDamaged):
        table.rule_of("unheard_of")


def test_a_terrorist_content_gag_ends_after_six_weeks_and_six_more() -> None:
    rule = notice_table().rule_of("tco")
    now = datetime(2026, 11, 2, 12, tzinfo=UTC)
    endless = Gag("Art. 11(3)", "authority", None)
    assert rules.gag_limit(rule, endless, False, now, _COUNTRY) == datetime(2026, 12, 14, 23, tzinfo=UTC)
    assert rules.gag_limit(notice_table().rule_of("national_court"), endless, False, now, _COUNTRY) is None


def test_a_damaged_table_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "notices.toml"
    file.write_text("[[rule]]\ninstrument = 'x'\n")
    with pytest.raises(NoticeTableDamaged):
        notice_table(file)

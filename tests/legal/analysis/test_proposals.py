"""What the program proposes for the checks of an order, with the evidence that a person needs to answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from parley.core.ids import AuthorityId, OfficerId
from parley.legal.analysis import catalogue, proposals
from parley.legal.analysis.model import Answer, Channel, ChannelRule, Proposal
from parley.legal.authorities.model import Authority, AuthorityKind, NewAuthority, Officer, Trust
from parley.legal.orders.model import Filing, Instrument, SignatureReport

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
LOW = catalogue.load().screen["BY"]
DIRECT = Channel(ChannelRule.DIRECT, "Two people agreed on it.")


def _facts(*, country: str = "DE", kind: AuthorityKind = AuthorityKind.COURT, **changed: Any) -> proposals.Facts:
    entry = NewAuthority(
        "A body", country, "local", kind, tuple(Instrument), ("a.example",), ("+49 30 1",), "https://a"
    )
    filing = Filing(
        Instrument.NATIONAL_COURT, "1 Gs 1/26", "a code", "forgery", "OTHER", 5, "@somebody", "suspect", "",
        ("phone",), NOW - timedelta(days=3), NOW - timedelta(days=1),
    )  # fmt: skip
    officer = Officer(OfficerId("o"), AuthorityId("a"), "Roth", "r@a.example", "age1x", "v", NOW, NOW)
    given: dict[str, Any] = {
        "filing": filing,
        "authority": Authority(AuthorityId("a"), entry, Trust.VERIFIED, "rita", NOW),
        "officer": officer,
        "recipient_key": "age1x",
        "report": SignatureReport(True, True, True, "A body", "", True, "00", 1),
        "channel": DIRECT,
        "screen": (),
        "own_country": "DE",
        "holders": (),
        "orders_today": 1,
        "first_order": False,
        "retention": timedelta(days=30),
        "stores_addresses": True,
        "now": NOW,
    }
    return proposals.Facts(**given | changed)


def _of(check_id: str, facts: proposals.Facts) -> Proposal:
    return next(found for found in proposals.propose(facts) if found.check_id == check_id)


@pytest.mark.parametrize("kind", [AuthorityKind.COURT, AuthorityKind.PROSECUTOR])
def test_courts_and_prosecutors_need_nobody_to_validate_their_orders(kind: AuthorityKind) -> None:
    assert _of("A2", _facts(kind=kind)).answer is Answer.PASS


def test_an_order_of_the_police_is_held_until_somebody_saw_who_validated_it() -> None:
    found = _of("A2", _facts(kind=AuthorityKind.POLICE))
    assert found.answer is Answer.NEEDS_INFO
    assert "prosecutor or court" in found.evidence[0]


def test_an_emergency_is_validated_afterwards() -> None:
    facts = _facts(kind=AuthorityKind.POLICE)
    emergency = replace(facts, filing=replace(facts.filing, instrument=Instrument.EMERGENCY))
    assert _of("A2", emergency).answer is Answer.PASS


def test_what_is_yet_to_come_is_interception() -> None:
    facts = _facts()
    assert _of("C4", facts).answer is Answer.PASS
    ahead = replace(facts, filing=replace(facts.filing, end=NOW + timedelta(hours=1)))
    assert _of("C4", ahead).answer is Answer.FAIL


def test_a_country_without_values_is_not_screened_and_gets_no_good_mark() -> None:
    assert _of("D2", _facts(country="ZZ")).answer is Answer.NOT_APPLICABLE


def test_low_values_outweigh_a_direct_channel_outside_the_eu() -> None:
    facts = _facts(country="BY", screen=LOW)
    assert _of("D2", facts).answer is Answer.FAIL
    channel = _of("D1", facts)
    assert channel.answer is Answer.FAIL
    assert any("(2022)" in line for line in channel.evidence), "with the year of each value"


def test_low_values_inside_the_eu_are_shown_and_outweigh_nothing() -> None:
    facts = _facts(country="HU", screen=LOW)
    assert _of("D2", facts).answer is Answer.FAIL
    assert _of("D1", facts).answer is Answer.PASS

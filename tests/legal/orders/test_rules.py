"""What may never be asked for is refused at the door, and an order has one spelling."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parley.core.ids import OfficerId
from parley.legal.orders import rules
from parley.legal.orders.errors import FilingInvalid, RefusedAtTheDoor
from parley.legal.orders.model import Filing, Gag, Instrument

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
FILING = Filing(
    instrument=Instrument.NATIONAL_COURT,
    authorisation_reference="12 Js 345/26",
    legal_basis="§ 100j StPO",
    offence="Sale of forged papers, § 267 StGB",
    statement_category="UNSAFE_AND_PROHIBITED_PRODUCTS",
    max_penalty_years=5,
    identifier="@mallory_deals",
    person_role="suspect",
    role_reason="",
    fields=("phone", "ip", "port", "ip_time"),
    start=NOW - timedelta(days=3),
    end=NOW - timedelta(days=1),
    gag=Gag("§ 101 StPO", "Judge Roth", NOW + timedelta(days=30)),
)


def test_a_complete_filing_passes() -> None:
    rules.check_filing(FILING, NOW)


@pytest.mark.parametrize(
    "changed",
    [
        {"identifier": "@a, @b"},
        {"identifier": "@papers*"},
        {"identifier": "https://t.me/papers_shop"},
        {"identifier": "#passports"},
        {"identifier": "-1001234567890"},
        {"end": NOW + timedelta(days=30)},
    ],
)
def test_bulk_groups_keywords_and_interception_are_refused_at_the_door(changed: dict[str, object]) -> None:
    with pytest.raises(RefusedAtTheDoor):
        rules.check_filing(replace(FILING, **changed), NOW)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"legal_basis": "x"}, "legal basis"),
        ({"offence": ""}, "offence"),
        ({"fields": ()}, "data"),
        ({"fields": ("messages",)}, "data"),
        ({"fields": ("port",)}, "data"),
        ({"start": NOW}, "range"),
        ({"person_role": "witness"}, "person"),
        ({"instrument": Instrument.EMERGENCY, "facts": "hurry"}, "emergency"),
        ({"gag": Gag("§ 101 StPO", "", None)}, "gag"),
    ],
)
def test_what_is_missing_is_named(changed: dict[str, object], field: str) -> None:
    with pytest.raises(FilingInvalid, match=f"^{field}"):
        rules.check_filing(replace(FILING, **changed), NOW)  # type: ignore[arg-type]


@given(st.text(max_size=50), st.text(max_size=50), st.integers(0, 10**6))
def test_a_filing_survives_being_written_and_read(basis: str, offence: str, seconds: int) -> None:
    filing = replace(FILING, legal_basis=basis, offence=offence, start=NOW - timedelta(seconds=seconds + 1))
    assert rules.filing_from_json(rules.filing_to_json(filing)) == filing


def test_two_orders_never_have_the_same_bytes() -> None:
    one, other = (rules.document_of(FILING, OfficerId("o"), "age1x", "a.pdf", "00") for _ in range(2))
    assert rules.sha256_hex(one) != rules.sha256_hex(other)

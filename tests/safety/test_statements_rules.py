"""A statement of reasons has every field that the law asks for, and an owner can act on it."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from parley.safety.enforcement.model import ActionKind, PlannedAction
from parley.safety.errors import InvalidStatement
from parley.safety.policies import policies
from parley.safety.statements import rules
from parley.safety.statements.model import Grounds
from parley.safety.subjects import SubjectKind

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
GROUNDS = Grounds(
    "the channel “Papers”", "forged_papers", "Twenty posts offer forged passports.", ("CONTENT_TYPE_TEXT",), NOW,
    "SOURCE_TYPE_OTHER_NOTIFICATION", True, "not",
)  # fmt: skip
ACTIONS = [
    PlannedAction(ActionKind.HIDE_FROM_SEARCH),
    PlannedAction(ActionKind.REMOVE_CONTENT),
    PlannedAction(ActionKind.SUSPEND, 720),
]


def test_a_statement_carries_every_field_of_the_transparency_database() -> None:
    fields = rules.build_fields("puid", GROUNDS, SubjectKind.CHANNEL, ACTIONS, NOW)
    assert fields["decision_visibility"] == [
        "DECISION_VISIBILITY_CONTENT_DEMOTED",
        "DECISION_VISIBILITY_CONTENT_REMOVED",
    ]
    assert fields["decision_provision"] == "DECISION_PROVISION_PARTIAL_SUSPENSION"
    assert fields["end_date_service_restriction"] == "2026-12-02"
    assert fields["decision_ground"] == "DECISION_GROUND_INCOMPATIBLE_CONTENT"
    assert fields["category"] == "STATEMENT_CATEGORY_UNSAFE_AND_PROHIBITED_PRODUCTS"
    assert fields["automated_detection"] == "Yes"
    assert json.dumps(fields)


def test_illegal_content_names_its_law() -> None:
    grounds = replace(GROUNDS, policy="terrorism")
    fields = rules.build_fields("puid", grounds, SubjectKind.USER, [PlannedAction(ActionKind.TERMINATE)], NOW)
    assert fields["decision_account"] == "DECISION_ACCOUNT_TERMINATED"
    assert "2021/784" in fields["illegal_content_legal_ground"]


def test_a_statement_without_facts_or_restriction_is_refused() -> None:
    with pytest.raises(InvalidStatement):
        rules.build_fields("puid", replace(GROUNDS, facts=" "), SubjectKind.CHANNEL, ACTIONS, NOW)
    with pytest.raises(InvalidStatement):
        rules.build_fields("puid", GROUNDS, SubjectKind.CHANNEL, [PlannedAction(ActionKind.NONE)], NOW)


@pytest.mark.parametrize("name", sorted(policies()))
def test_every_policy_uses_codes_that_the_database_knows(name: str) -> None:
    named = policies()[name]
    assert {named.category, *named.keywords} <= rules.codes()


def test_the_owner_reads_what_why_and_how_to_appeal_but_not_how_to_evade() -> None:
    text = rules.owner_text(GROUNDS, ACTIONS, rules.appeal_until(NOW), "abc", "https://x/appeal/t", NOW)
    for expected in (
        "no longer found in search",
        "Forged papers",
        "Twenty posts",
        "/appeal abc",
        "https://x/appeal/t",
    ):
        assert expected in text
    assert "A program flagged it and people reported it; a person decided." in text


@pytest.mark.parametrize(
    ("issued", "until"),
    [
        ((2026, 11, 2), (2027, 5, 2)),
        ((2026, 8, 31), (2027, 2, 28)),
        ((2027, 8, 31), (2028, 2, 29)),
        ((2026, 12, 31), (2027, 6, 30)),
    ],
)
def test_an_appeal_has_six_full_months(issued: tuple[int, int, int], until: tuple[int, int, int]) -> None:
    assert rules.appeal_until(datetime(*issued, tzinfo=UTC)) == datetime(*until, tzinfo=UTC)

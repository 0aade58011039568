"""Nothing is released unless every applicable check was passed by two people; the channel comes from the table."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parley.core.ids import OrderId
from parley.legal.analysis import catalogue, rules
from parley.legal.analysis.errors import AnswerInvalid, RulesInvalid, SamePerson
from parley.legal.analysis.model import Answer, ChannelRule, CheckAnswer, CheckView, Effect

CATALOGUE = catalogue.load()


def _views(**answers: Answer) -> tuple[CheckView, ...]:
    checks = rules.applicable(CATALOGUE, "national_court")
    given_ = {
        check.id: CheckAnswer(
            OrderId("o"), check.id, answer=answers.get(check.id, Answer.PASS), answered_by="a", second_by="b"
        )
        for check in checks
    }
    return rules.views_of(checks, given_, "national_court", "DE")


def test_all_passed_by_two_people_may_be_disclosed() -> None:
    assert rules.assess(_views()).may_disclose


@pytest.mark.parametrize("check", [c.id for c in rules.applicable(CATALOGUE, "national_court")])
def test_a_failed_blocking_check_or_form3_ground_forbids_the_release(check: str) -> None:
    views = _views(**{check: Answer.FAIL})
    effect = next(view.effect for view in views if view.check.id == check)
    stops = effect in (Effect.BLOCKING, Effect.FORM3)
    assert rules.assess(views).may_disclose is not stops


@given(st.sets(st.integers(0, 30), max_size=5))
def test_a_blocking_check_that_one_person_settled_keeps_the_release_back(indexes: set[int]) -> None:
    views = list(_views())
    touched = [i for i in indexes if i < len(views)]
    for i in touched:
        views[i] = replace(views[i], answer=replace(views[i].answer, second_by=None))
    blocking = any(views[i].effect is Effect.BLOCKING for i in touched)
    assert rules.assess(views).may_disclose is not blocking


def test_an_open_question_keeps_the_release_back() -> None:
    assert not rules.assess(_views(C3=Answer.NEEDS_INFO)).may_disclose


def test_effects_depend_on_instrument_and_country() -> None:
    by_id = {check.id: check for check in CATALOGUE.checks}
    assert rules.effect_of(by_id["B3"], "national_court", "DE") is Effect.ADVISORY
    assert rules.effect_of(by_id["B3"], "emergency", "DE") is Effect.BLOCKING
    assert rules.effect_of(by_id["B6"], "national_court", "BY") is Effect.BLOCKING
    assert rules.effect_of(by_id["D3"], "national_court", "FR") is Effect.FORM3
    assert rules.effect_of(by_id["D3"], "national_court", "BY") is Effect.BLOCKING


def test_ones_own_state_is_direct_and_everything_unknown_goes_by_mlat() -> None:
    assert rules.channel_of(CATALOGUE, "DE", "DE", "national_court").rule is ChannelRule.DIRECT
    for country in ("BY", "US", "ZZ"):
        assert rules.channel_of(CATALOGUE, "DE", country, "national_court").rule is ChannelRule.MLAT_ONLY


def test_a_failure_needs_a_reason_and_a_confirmation_a_second_person() -> None:
    check = CATALOGUE.check("A1")
    assert check is not None
    with pytest.raises(AnswerInvalid):
        rules.check_answer(check, Answer.FAIL, "")
    with pytest.raises(AnswerInvalid):
        rules.check_answer(check, Answer.NOT_APPLICABLE, "never")
    with pytest.raises(SamePerson):
        rules.check_second(CheckAnswer(OrderId("o"), "A1", answer=Answer.PASS, answered_by="a"), "a")


@pytest.mark.parametrize("offence", ["Insulting a public official", "Extremist PROPAGANDA", "lèse-majesté"])
def test_offences_of_opinion_are_pointed_out(offence: str) -> None:
    assert rules.looks_like_opinion(offence)


def test_an_ordinary_offence_is_not() -> None:
    assert rules.looks_like_opinion("Sale of forged identity papers, section 267") is None


def test_an_operator_can_change_the_rules_and_the_change_shows(tmp_path: Path) -> None:
    shipped = Path(catalogue.__file__).with_name("channels.toml").read_text("utf-8")
    (tmp_path / "channels.toml").write_text(shipped.replace('channel = "mlat_only"', 'channel = "refuse"'))
    changed = catalogue.load(tmp_path)
    assert rules.channel_of(changed, "DE", "BY", "national_court").rule is ChannelRule.REFUSE
    assert changed.sha256["channels"] != CATALOGUE.sha256["channels"]
    assert changed.sha256["checks"] == CATALOGUE.sha256["checks"]


def test_the_catalogue_asks_every_question_of_the_design() -> None:
    """An operator's counsel finds each question, with the effect of a failure, in one file."""
    design = "A1 A2 A3 A4 A5 B1 B2 B2a B3 B4 B5 B6 C1 C2 C3 C4 D1 D2 D3 D4 D5 D6 E1 E2 F1 G1"
    assert " ".join(check.id for check in CATALOGUE.checks) == design


def test_what_is_watched_afterwards_holds_no_decision_up() -> None:
    asked = {check.id for check in rules.applicable(CATALOGUE, "emergency")}
    assert "E1" in asked
    assert "E2" not in asked


def test_an_index_never_stands_against_an_order_of_the_eu_or_of_ones_own_state() -> None:
    low = CATALOGUE.screen["BY"]
    assert all(value.low and value.year and value.source.startswith("https://") for value in low)
    assert rules.screened_out(low, "BY", "DE") == low
    assert rules.screened_out(low, "HU", "DE") == ()
    assert rules.screened_out(low, "BY", "BY") == ()


def test_a_good_value_stands_against_nobody() -> None:
    good = tuple(replace(value, low=False) for value in CATALOGUE.screen["BY"])
    assert rules.screened_out(good, "BY", "DE") == ()


def test_an_operator_fills_in_values_of_their_own(tmp_path: Path) -> None:
    shipped = Path(catalogue.__file__).with_name("rule_of_law.toml").read_text("utf-8")
    row = '[[value]]\ncountry = "ZZ"\nindex = "wjp"\nvalue = 0.71\nyear = 2025\n'
    (tmp_path / "rule_of_law.toml").write_text(
        f'{shipped}\n{row}source = "https://wjp.example"\nread_on = 2026-01-02\n'
    )
    changed = catalogue.load(tmp_path)
    assert [(value.value, value.low) for value in changed.screen["ZZ"]] == [(0.71, False)]
    assert changed.sha256["rule_of_law"] != CATALOGUE.sha256["rule_of_law"]


def test_broken_rules_are_refused_loudly(tmp_path: Path) -> None:
    (tmp_path / "checks.toml").write_text("[[check]]\nid = 1\n")
    with pytest.raises(RulesInvalid):
        catalogue.load(tmp_path)

"""What is worst, widest and oldest comes first; one person at a time; grave decisions take two."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parley.safety.enforcement.model import ActionKind, PlannedAction
from parley.safety.errors import CaseLocked, InvalidDecision
from parley.safety.policies import Queue, policies
from parley.safety.review import rules
from parley.safety.subjects import SubjectKind

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
POLICY = st.sampled_from(sorted(policies()))
COUNT = st.integers(0, 10**7)
SCORE = st.none() | st.floats(0, 1)


def plan(*kinds: ActionKind, hours: int | None = None) -> list[PlannedAction]:
    return [PlannedAction(k, hours if k.needs_end else None) for k in kinds]


@given(st.integers(1, 10), COUNT, COUNT, SCORE, st.integers(0, 10**6))
def test_more_of_anything_never_lowers_a_case(
    sev: int, reach: int, people: int, score: float | None, more: int
) -> None:
    base = rules.weight(sev, reach, people, score)
    assert base >= 1
    assert rules.weight(min(sev + 1, 10), reach, people, score) >= base
    assert rules.weight(sev, reach + more, people, score) >= base
    assert rules.weight(sev, reach, people + more, score) >= base
    assert rules.weight(sev, reach, people, 1.0) >= base


@given(st.floats(1, 1e4), st.integers(1, 72), st.floats(0, 1e4), st.floats(0, 1e4))
def test_waiting_never_lowers_a_case_and_doubles_it_by_the_deadline(
    w: float, hours: int, a: float, b: float
) -> None:
    due = NOW + timedelta(hours=hours)
    early, late = sorted((a, b))
    assert rules.priority(w, NOW, due, NOW + timedelta(hours=early)) <= rules.priority(
        w, NOW, due, NOW + timedelta(hours=late)
    )
    assert rules.priority(w, NOW, due, due) == pytest.approx(2 * w)


@given(POLICY)
def test_machine_signals_alone_stand_apart_from_what_people_report(name: str) -> None:
    assert rules.queue_for(name, 0, only_search=False) is Queue.MACHINE_ONLY
    assert rules.queue_for(name, 1, only_search=False) is not Queue.MACHINE_ONLY


def test_a_report_of_child_abuse_goes_to_its_own_queue_through_every_door() -> None:
    assert rules.queue_for("child_abuse", 1, only_search=True) is Queue.CHILD_SAFETY
    assert rules.queue_for("illegal_goods", 1, only_search=True) is Queue.SEARCH_REPORT


@given(POLICY, POLICY)
def test_a_merge_never_makes_a_case_less_grave(a: str, b: str) -> None:
    merged = policies()[rules.graver(a, b)]
    assert merged.severity == max(policies()[a].severity, policies()[b].severity)


def test_a_merge_keeps_the_more_precise_of_two_equal_reasons() -> None:
    assert rules.graver("illegal_goods", "drugs") == "drugs"
    assert rules.graver("drugs", "illegal_goods") == "drugs"


@given(st.sampled_from(["ann", "ben"]), st.none() | st.sampled_from(["ann", "ben"]), st.integers(-60, 60))
def test_a_case_is_with_one_person_at_a_time(who: str, holder: str | None, minutes: int) -> None:
    until = NOW + timedelta(minutes=minutes) if holder else None
    taken = holder is not None and holder != who and minutes > 0
    if taken:
        with pytest.raises(CaseLocked):
            rules.check_lock(holder, until, who, NOW)
    else:
        assert rules.check_lock(holder, until, who, NOW) == NOW + rules.LOCK_FOR


@pytest.mark.parametrize(
    ("policy", "facts", "actions"),
    [
        ("unknown", "f", plan(ActionKind.NONE)),
        ("drugs", "f", []),
        ("drugs", "f", plan(ActionKind.NONE, ActionKind.LABEL)),
        ("drugs", " ", plan(ActionKind.HIDE_FROM_SEARCH)),
        ("drugs", "f", plan(ActionKind.LABEL, ActionKind.LABEL)),
        ("drugs", "f", plan(ActionKind.SUSPEND)),
        ("drugs", "f" * 5001, plan(ActionKind.LABEL)),
    ],
)
def test_an_incomplete_decision_is_refused(policy: str, facts: str, actions: list[PlannedAction]) -> None:
    with pytest.raises(InvalidDecision):
        rules.check_decision(policy, facts, actions)


def test_several_actions_in_one_decision_are_fine() -> None:
    actions = plan(ActionKind.HIDE_FROM_SEARCH, ActionKind.REMOVE_CONTENT, ActionKind.SUSPEND, hours=720)
    rules.check_decision("forged_papers", "Twenty offers of forged passports.", actions)
    assert not rules.needs_second_review("forged_papers", actions)


def test_bans_and_child_safety_take_two_people() -> None:
    assert rules.needs_second_review("spam", plan(ActionKind.TERMINATE))
    assert rules.needs_second_review("child_abuse", plan(ActionKind.NONE))
    assert not rules.needs_second_review("spam", plan(ActionKind.NONE))


def test_what_cannot_be_done_to_a_subject_is_refused() -> None:
    with pytest.raises(InvalidDecision):
        rules.check_subject(SubjectKind.USER, plan(ActionKind.REMOVE_CONTENT))
    with pytest.raises(InvalidDecision):
        rules.check_subject(SubjectKind.TERM, plan(ActionKind.TERMINATE))
    rules.check_subject(SubjectKind.CHANNEL, plan(*ActionKind))


def test_agreement_is_measured_beyond_chance() -> None:
    assert rules.kappa([]) is None
    assert rules.kappa([("a", "a"), ("b", "b")]) == 1.0
    assert rules.kappa([("a", "a"), ("a", "b"), ("b", "a"), ("b", "b")]) == pytest.approx(0.0)


def test_a_changed_log_entry_does_not_fit_the_chain() -> None:
    first = rules.chain(None, "c", 1, NOW, "staff:ann", "locked", {})
    assert rules.chain(None, "c", 1, NOW, "staff:ben", "locked", {}) != first
    assert rules.chain(first, "c", 2, NOW, "staff:ann", "decided", {}) != rules.chain(
        bytes(32), "c", 2, NOW, "staff:ann", "decided", {}
    )


def test_one_decision_in_twenty_is_looked_at_again() -> None:
    """Quality is sampled over all decisions alike: by ids that nobody chooses."""
    ids = [f"{(2 * number + 1) * 2**31 // 1000:08x}{'0' * 24}" for number in range(1000)]
    assert sum(rules.picked_for_audit(one) for one in ids) == 50

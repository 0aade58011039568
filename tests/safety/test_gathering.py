"""Merging reports never makes a case less grave, less wide or later."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from parley.core.ids import CaseId, ChannelId
from parley.safety.policies import Queue, policies
from parley.safety.review.gathering import Arrival, merge
from parley.safety.review.model import Case, CaseStatus
from parley.safety.subjects import Snapshot, Subject

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
SUBJECT = Subject.channel(ChannelId(1))
POLICY = st.sampled_from(sorted(policies()))
SCORE = st.none() | st.floats(0, 1)


def arrival(policy: str, members: int, score: float | None) -> Arrival:
    return Arrival(SUBJECT, policy, Snapshot(SUBJECT, NOW, "t", None, "", members, None, NOW, ()), score)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    name = draw(POLICY)
    return Case(
        CaseId("c"), SUBJECT, name, Queue.MACHINE_ONLY, CaseStatus.OPEN, policies()[name].severity,
        draw(st.integers(0, 10**6)), 0, draw(SCORE), NOW, NOW + policies()[name].deadline, "t", None,
    )  # fmt: skip


@given(cases(), st.lists(st.tuples(POLICY, st.integers(0, 10**6), SCORE), max_size=6), st.integers(0, 100))
def test_merging_only_raises(case: Case, more: list[tuple[str, int, float | None]], hours: int) -> None:
    now, merged = NOW + timedelta(hours=hours), case
    for number, (policy, members, score) in enumerate(more, start=1):
        before, merged = merged, merge(merged, arrival(policy, members, score), number, False, now)
        assert merged.severity >= before.severity
        assert merged.reach >= before.reach
        assert merged.due_at <= before.due_at
        assert (merged.machine_score or 0) >= (before.machine_score or 0)
        assert merged.queue is not Queue.MACHINE_ONLY


@given(cases(), POLICY, POLICY, SCORE, SCORE)
def test_the_order_of_arrival_does_not_change_how_grave_a_case_is(
    case: Case, a: str, b: str, one: float | None, two: float | None
) -> None:
    def both(first: Arrival, second: Arrival) -> Case:
        return merge(merge(case, first, 1, False, NOW), second, 2, False, NOW)

    left, right = both(arrival(a, 5, one), arrival(b, 9, two)), both(arrival(b, 9, two), arrival(a, 5, one))
    assert (left.severity, left.reach, left.machine_score, left.due_at) == (
        right.severity, right.reach, right.machine_score, right.due_at,
    )  # fmt: skip

"""Brings reports and machine signals about one subject together in one open case."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from parley.core.ids import CaseId, new_id
from parley.safety.policies import policy
from parley.safety.review import log, rules, store
from parley.safety.review.model import Case, CaseStatus
from parley.safety.subjects import Snapshot, Subject
from parley.storage.database import Executor


@dataclass(frozen=True, slots=True)
class Arrival:
    """Something that concerns a subject: a person's report, or a machine's signal with its score (0..1)."""

    subject: Subject
    policy: str
    snapshot: Snapshot
    machine_score: float | None = None


async def find_or_open(conn: Executor, arrival: Arrival, now: datetime) -> Case:
    """The subject's open case, its row held, opened if there was none. Raises nothing of its own."""
    if found := await store.open_of(conn, arrival.subject, lock=True):
        return found
    fresh = _new_case(arrival, now)
    snapshot_id = await store.save_snapshot(conn, arrival.snapshot)
    await store.insert(conn, fresh, _weight(fresh), snapshot_id)
    case = await store.open_of(conn, arrival.subject, lock=True)
    assert case is not None, "a case was inserted or stood in the way"
    if case.case_id == fresh.case_id:
        await log.append(conn, case.case_id, now, "system", "opened", {"policy": case.policy})
    return case


async def refresh(conn: Executor, case: Case, arrival: Arrival, now: datetime) -> Case:
    """Count the case's reports anew and let the graver policy, the larger reach and the nearer deadline hold."""
    counts = await conn.fetchrow(
        "SELECT count(DISTINCT coalesce(reporter::text, report_id)) AS people,"
        " bool_and(via IN ('bot', 'search')) AS only_search FROM safety.reports WHERE case_id = $1",
        case.case_id,
    )
    assert counts is not None
    merged = merge(case, arrival, int(counts["people"]), bool(counts["only_search"]), now)
    await store.update_merged(conn, merged, _weight(merged))
    return merged


def merge(case: Case, arrival: Arrival, reporters: int, only_search: bool, now: datetime) -> Case:
    """The case after an arrival. Pure: severity, reach and score never fall, the deadline never moves away."""
    name = rules.graver(case.policy, arrival.policy)
    scores = [s for s in (case.machine_score, arrival.machine_score) if s is not None]
    return replace(
        case,
        policy=name,
        severity=max(case.severity, policy(name).severity),
        reach=max(case.reach, arrival.snapshot.members),
        reporters=reporters,
        machine_score=max(scores) if scores else None,
        queue=rules.queue_for(name, reporters, only_search),
        due_at=min(case.due_at, now + policy(name).deadline),
    )


def _new_case(arrival: Arrival, now: datetime) -> Case:
    rule = policy(arrival.policy)
    return Case(
        case_id=CaseId(new_id()),
        subject=arrival.subject,
        policy=arrival.policy,
        queue=rules.queue_for(arrival.policy, 0, only_search=False),
        status=CaseStatus.OPEN,
        severity=rule.severity,
        reach=arrival.snapshot.members,
        reporters=0,
        machine_score=arrival.machine_score,
        opened_at=now,
        due_at=now + rule.deadline,
        title=arrival.snapshot.title,
        owner=arrival.snapshot.owner,
    )


def _weight(case: Case) -> float:
    return rules.weight(case.severity, case.reach, case.reporters, case.machine_score)

"""What a moderator reads: the whole of a case, and nothing that would spoil a blind second decision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from parley.core.ids import AccountId, CaseId
from parley.safety.appeals import store as appeal_store
from parley.safety.appeals.model import Appeal
from parley.safety.classify import store as signal_store
from parley.safety.classify.model import Signal
from parley.safety.enforcement.rules import recommended_hours
from parley.safety.errors import CaseNotFound
from parley.safety.reports import store as report_store
from parley.safety.reports.model import Report
from parley.safety.review import log, rules, store
from parley.safety.review.model import Case, CaseEvent, CaseStatus, Decision, Moderator
from parley.safety.statements import store as statement_store
from parley.safety.statements.model import Statement
from parley.safety.subjects import Snapshot, SnapshotPost
from parley.storage.database import Database, Executor

HIDDEN_WHILE_BLIND = frozenset({"proposed"})


@dataclass(frozen=True, slots=True)
class ReporterRecord:
    """How good somebody's earlier reports were; the reporter stays unnamed."""

    decided: int
    acted: int


@dataclass(frozen=True, slots=True)
class CaseFile:
    """A case with all that belongs to it. `posts` are the newest state of each post in any snapshot."""

    case: Case
    reports: Sequence[tuple[Report, ReporterRecord]]
    signals: Sequence[Signal]
    snapshot: Snapshot | None
    posts: Sequence[SnapshotPost]
    decisions: Sequence[Decision]
    events: Sequence[CaseEvent]
    broken_at: int | None
    statements: Sequence[Statement]
    appeals: Sequence[Appeal]
    earlier: Sequence[Case]
    strikes: int
    suggested_hours: int
    revealed: bool
    holds_lock: bool
    locked_by_other: bool
    blind: bool


async def case_file(database: Database, moderator: Moderator, case_id: CaseId, now: datetime) -> CaseFile:
    """Read a case. Raises CaseNotFound for one that this person may not open."""
    case = await store.get(database, case_id)
    if case is None or not moderator.may_open(case.queue):
        raise CaseNotFound("no such case")
    reports = await report_store.of_case(database, case_id)
    snapshots = await store.snapshots_of(database, case_id)
    decisions = await store.decisions_of(database, case_id)
    events = await log.entries(database, case_id)
    blind = case.status is CaseStatus.SECOND_REVIEW
    statements = await statement_store.of_case(database, case_id)
    appeals = [await appeal_store.of_statement(database, s.statement_id) for s in statements]
    strikes = await store.strikes_of(database, case.owner) if case.owner is not None else []
    holds = rules.holds_lock(case, moderator.name, now)
    return CaseFile(
        case=case,
        reports=[(r, await record_of(database, r.reporter)) for r in reports],
        signals=await signal_store.signals_of(database, case_id),
        snapshot=snapshots[-1] if snapshots else None,
        posts=merged_posts(snapshots),
        decisions=[] if blind else decisions,
        events=[e for e in events if not (blind and e.kind in HIDDEN_WHILE_BLIND)],
        broken_at=log.first_breach(case_id, events),
        statements=statements,
        appeals=[a for a in appeals if a is not None],
        earlier=await store.earlier(database, case.subject),
        strikes=len(strikes),
        suggested_hours=recommended_hours(case.severity, strikes, now),
        revealed=holds and revealed_by(events, moderator.actor),
        holds_lock=holds,
        locked_by_other=not holds and case.locked_until is not None and case.locked_until > now,
        blind=blind,
    )


def merged_posts(snapshots: Sequence[Snapshot]) -> list[SnapshotPost]:
    """Each post once, as it stood last, reported ones first, then the newest."""
    found: dict[int, SnapshotPost] = {}
    for snapshot in snapshots:
        for post in snapshot.posts:
            was = found.get(post.message_id)
            reported = post.reported or (was is not None and was.reported)
            found[post.message_id] = SnapshotPost(post.message_id, post.posted_at, post.text, reported)
    return sorted(found.values(), key=lambda p: (not p.reported, -p.message_id))


def revealed_by(events: Sequence[CaseEvent], actor: str) -> bool:
    """Whether this person has unblurred the content since they last took the case."""
    mine = [e.kind for e in events if e.actor == actor and e.kind in {"locked", "revealed"}]
    return bool(mine) and mine[-1] == "revealed"


async def record_of(conn: Executor, reporter: AccountId | None) -> ReporterRecord:
    """How many of somebody's reports were decided, and how many led to an action."""
    if reporter is None:
        return ReporterRecord(0, 0)
    row = await conn.fetchrow(
        "SELECT count(*) FILTER (WHERE outcome IS NOT NULL) AS decided,"
        " count(*) FILTER (WHERE outcome = 'acted') AS acted FROM safety.reports WHERE reporter=$1",
        reporter,
    )
    assert row is not None
    return ReporterRecord(**dict(row))


@dataclass(frozen=True, slots=True)
class SecondLook:
    """A decision that waits for a blind quality review."""

    decision_id: str
    why: str
    asked_at: datetime
    case: Case


async def second_looks(database: Database, moderator: Moderator, limit: int = 50) -> list[SecondLook]:
    """Quality reviews that this person can do: not of their own decisions."""
    rows = await database.fetch(
        "SELECT q.decision_id, q.why, q.asked_at, d.case_id FROM safety.quality_reviews q"
        " JOIN safety.decisions d USING (decision_id) WHERE q.at IS NULL AND d.decided_by <> $1"
        " AND d.second_by IS DISTINCT FROM $1 ORDER BY q.asked_at LIMIT $2",
        moderator.name, limit,
    )  # fmt: skip
    found = []
    for row in rows:
        case = await store.get(database, row["case_id"])
        if case is not None and moderator.may_open(case.queue):
            found.append(SecondLook(row["decision_id"], row["why"], row["asked_at"], case))
    return found


def plain(fields: Mapping[str, Any]) -> list[tuple[str, str]]:
    """A statement's fields as lines for a page."""
    return [(k, ", ".join(v) if isinstance(v, list) else str(v)) for k, v in fields.items()]

"""SQL of cases, snapshots and decisions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import asyncpg

from parley.core.ids import AccountId, CaseId, DecisionId, new_id
from parley.safety.enforcement.model import ActionKind, PlannedAction
from parley.safety.policies import Queue
from parley.safety.review.model import Automated, Case, CaseStatus, Decision, QueueCount
from parley.safety.subjects import Snapshot, Subject
from parley.storage.database import Executor

_COLUMNS = (
    "case_id, subject, policy, queue, status, severity, reach, reporters, machine_score, opened_at, due_at, title,"
    " owner, locked_by, locked_until, first_action_at, breached"
)
#: the same as rules.priority, so that the database can order and page; $1 is the present time
_PRIORITY = (
    "weight * (1 + greatest(extract(epoch FROM $1::timestamptz - opened_at), 0)"
    " / greatest(extract(epoch FROM due_at - opened_at), 1))"
)


def case_of(row: asyncpg.Record) -> Case:
    """Read a row of safety.cases."""
    fields: dict[str, Any] = dict(row)
    return Case(
        **{
            **fields,
            "subject": Subject.of_key(fields["subject"]),
            "queue": Queue(fields["queue"]),
            "status": CaseStatus(fields["status"]),
        }
    )


async def get(conn: Executor, case: CaseId, *, lock: bool = False) -> Case | None:
    """A case; with `lock` its row is held until the transaction ends."""
    row = await conn.fetchrow(
        f"SELECT {_COLUMNS} FROM safety.cases WHERE case_id = $1{' FOR UPDATE' if lock else ''}",
        case,
    )
    return case_of(row) if row else None


async def open_of(conn: Executor, subject: Subject, *, lock: bool = False) -> Case | None:
    """The open case about a subject."""
    row = await conn.fetchrow(
        f"SELECT {_COLUMNS} FROM safety.cases WHERE subject = $1 AND status <> 'closed'"
        f"{' FOR UPDATE' if lock else ''}",
        subject.key,
    )
    return case_of(row) if row else None


async def open_among(conn: Executor, keys: Sequence[str]) -> Case | None:
    """Of several subjects the one whose open case weighs most."""
    row = await conn.fetchrow(
        f"SELECT {_COLUMNS} FROM safety.cases WHERE subject = ANY($1::text[]) AND status <> 'closed'"
        " ORDER BY weight DESC, case_id LIMIT 1",
        list(keys),
    )
    return case_of(row) if row else None


async def insert(conn: Executor, case: Case, weight: float, snapshot_id: str | None) -> None:
    """Open a case unless the subject has an open one."""
    await conn.execute(
        "INSERT INTO safety.cases (case_id, subject, title, owner, policy, queue, status, severity, reach,"
        " reporters, machine_score, weight, opened_at, due_at, snapshot_id)"
        " VALUES ($1,$2,$3,$4,$5,$6,'open',$7,$8,$9,$10,$11,$12,$13,$14)"
        " ON CONFLICT (subject) WHERE status <> 'closed' DO NOTHING",
        case.case_id, case.subject.key, case.title, case.owner, case.policy, case.queue, case.severity, case.reach,
        case.reporters, case.machine_score, weight, case.opened_at, case.due_at, snapshot_id,
    )  # fmt: skip


async def update_merged(conn: Executor, case: Case, weight: float) -> None:
    """Write what a merge changed."""
    await conn.execute(
        "UPDATE safety.cases SET policy=$2, queue=$3, severity=$4, reach=$5, reporters=$6, machine_score=$7,"
        " weight=$8, due_at=$9 WHERE case_id=$1",
        case.case_id, case.policy, case.queue, case.severity, case.reach, case.reporters, case.machine_score,
        weight, case.due_at,
    )  # fmt: skip


async def page(
    conn: Executor, queue: Queue | None, now: datetime, offset: int, limit: int, *, child_safety: bool
) -> list[tuple[Case, float]]:
    """Open cases of a queue (or of all that the reader may open) with their priority, highest first."""
    rows = await conn.fetch(
        f"SELECT {_COLUMNS}, ({_PRIORITY})::float8 AS priority FROM safety.cases"
        " WHERE status <> 'closed' AND ($2::text IS NULL OR queue = $2) AND ($5 OR queue <> 'child_safety')"
        " ORDER BY priority DESC, case_id OFFSET $3 LIMIT $4",
        now, queue, offset, limit, child_safety,
    )  # fmt: skip
    found = []
    for row in rows:
        fields = dict(row)
        urgency = float(fields.pop("priority"))
        found.append((case_of(fields), urgency))  # type: ignore[arg-type]
    return found


async def earlier(conn: Executor, subject: Subject, limit: int = 20) -> list[Case]:
    """Closed cases about the same subject, newest first."""
    rows = await conn.fetch(
        f"SELECT {_COLUMNS} FROM safety.cases WHERE subject = $1 AND status = 'closed'"
        " ORDER BY closed_at DESC LIMIT $2",
        subject.key, limit,
    )  # fmt: skip
    return [case_of(row) for row in rows]


async def queue_counts(conn: Executor, now: datetime) -> list[QueueCount]:
    """Every queue with its number of open and overdue cases."""
    rows = await conn.fetch(
        "SELECT queue, count(*) AS open, count(*) FILTER (WHERE due_at < $1) AS overdue,"
        " extract(epoch FROM $1 - min(opened_at))::float8 / 3600 AS oldest"
        " FROM safety.cases WHERE status <> 'closed' GROUP BY queue",
        now,
    )
    known = {
        row["queue"]: QueueCount(Queue(row["queue"]), row["open"], row["overdue"], row["oldest"]) for row in rows
    }
    return [known.get(queue.value, QueueCount(queue, 0, 0, 0.0)) for queue in Queue]


async def set_lock(conn: Executor, case: CaseId, who: str | None, until: datetime | None) -> None:
    """Give the case to somebody, or to nobody."""
    await conn.execute("UPDATE safety.cases SET locked_by=$2, locked_until=$3 WHERE case_id=$1", case, who, until)


async def set_status(conn: Executor, case: CaseId, status: CaseStatus, now: datetime) -> None:
    """Move a case on and let it go; its first action and a missed deadline are noted once."""
    await conn.execute(
        "UPDATE safety.cases SET status=$2, locked_by=NULL, locked_until=NULL,"
        " first_action_at=coalesce(first_action_at, $3),"
        " breached = breached OR ($3 > due_at AND first_action_at IS NULL),"
        " closed_at = CASE WHEN $2 = 'closed' THEN $3 END WHERE case_id=$1",
        case, status.value, now,
    )  # fmt: skip


async def save_snapshot(conn: Executor, snapshot: Snapshot) -> str:
    """Store evidence; its id."""
    snapshot_id = new_id()
    await conn.execute(
        "INSERT INTO safety.snapshots (snapshot_id, subject, taken_at, body, sha256) VALUES ($1,$2,$3,$4,$5)",
        snapshot_id, snapshot.subject.key, snapshot.taken_at, snapshot.body(), snapshot.sha256(),
    )  # fmt: skip
    return snapshot_id


async def snapshots_of(conn: Executor, case: CaseId) -> list[Snapshot]:
    """All evidence of a case, oldest first: of its reports and of the case itself."""
    rows = await conn.fetch(
        "SELECT s.body FROM safety.snapshots s WHERE s.snapshot_id IN (SELECT snapshot_id FROM safety.reports"
        " WHERE case_id = $1 UNION SELECT snapshot_id FROM safety.cases WHERE case_id = $1) ORDER BY s.taken_at",
        case,
    )
    return [Snapshot.from_body(row["body"]) for row in rows]


async def insert_decision(conn: Executor, decision: Decision) -> None:
    """Store a decision or a proposal."""
    await conn.execute(
        "INSERT INTO safety.decisions (decision_id, case_id, policy, facts, actions, decided_by, decided_at,"
        " detected_automatically, automated, status, second_by) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11)",
        decision.decision_id, decision.case_id, decision.policy, decision.facts,
        [action_to_json(a) for a in decision.actions], decision.decided_by, decision.decided_at,
        decision.detected_automatically, decision.automated.value, decision.status, decision.second_by,
    )  # fmt: skip


async def set_decision(conn: Executor, decision: DecisionId, status: str, second_by: str | None = None) -> None:
    """Change how a decision stands."""
    await conn.execute(
        "UPDATE safety.decisions SET status=$2, second_by=coalesce($3, second_by) WHERE decision_id=$1",
        decision, status, second_by,
    )  # fmt: skip


async def decisions_of(conn: Executor, case: CaseId) -> list[Decision]:
    """All decisions of a case, oldest first."""
    rows = await conn.fetch(
        "SELECT decision_id, case_id, policy, facts, actions, decided_by, decided_at, detected_automatically,"
        " automated, status, second_by FROM safety.decisions WHERE case_id=$1 ORDER BY decided_at, decision_id",
        case,
    )
    return [decision_of(row) for row in rows]


def decision_of(row: asyncpg.Record) -> Decision:
    """Read a row of safety.decisions."""
    fields = dict(row)
    return Decision(
        **{
            **fields,
            "actions": tuple(action_from_json(a) for a in fields["actions"]),
            "automated": Automated(fields["automated"]),
        }
    )


async def strikes_of(conn: Executor, owner: AccountId) -> list[datetime]:
    """When an account's entities were acted on before, by decisions that still stand."""
    rows = await conn.fetch(
        "SELECT d.decided_at FROM safety.decisions d JOIN safety.cases c USING (case_id)"
        " WHERE c.owner = $1 AND d.status = 'final' AND NOT d.actions @> '[{\"kind\": \"none\"}]'",
        owner,
    )
    return [row["decided_at"] for row in rows]


def action_to_json(action: PlannedAction) -> dict[str, Any]:
    """An action as it is stored."""
    return {
        "kind": action.kind.value, "hours": action.hours, "message_ids": list(action.message_ids),
        "note": action.note,
    }  # fmt: skip


def action_from_json(raw: Mapping[str, Any]) -> PlannedAction:
    """Read what `action_to_json` wrote."""
    return PlannedAction(ActionKind(raw["kind"]), raw["hours"], tuple(raw["message_ids"]), raw["note"])

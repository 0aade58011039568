"""SQL of reports and of reported search terms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import asyncpg

from parley.core.ids import AccountId, CaseId, ReportId
from parley.safety.reports.model import Outcome, Report, Via
from parley.safety.subjects import Subject
from parley.storage.database import Executor

_COLUMNS = (
    "report_id, reporter, subject, message_ids, policy, comment, term, via, filed_at, case_id, snapshot_id, outcome"
)


async def insert(conn: Executor, report: Report) -> None:
    """Store a report."""
    await conn.execute(
        "INSERT INTO safety.reports (report_id, case_id, reporter, subject, message_ids, policy, comment, term,"
        " via, filed_at, snapshot_id) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11)",
        report.report_id, report.case_id, report.reporter, report.subject.key, list(report.message_ids),
        report.policy, report.comment, report.term, report.via.value, report.filed_at, report.snapshot_id,
    )  # fmt: skip


async def same_open(conn: Executor, report: Report) -> ReportId | None:
    """An equal report of the same person in the same open case: reporting twice is one report."""
    found = await conn.fetchval(
        "SELECT report_id FROM safety.reports WHERE case_id=$1 AND reporter=$2 AND subject=$3 AND policy=$4"
        " AND message_ids=$5 AND term IS NOT DISTINCT FROM $6 AND comment=$7 LIMIT 1",
        report.case_id, report.reporter, report.subject.key, report.policy, list(report.message_ids), report.term,
        report.comment,
    )  # fmt: skip
    return None if found is None else ReportId(found)


async def count_of_day(conn: Executor, reporter: AccountId, now: datetime) -> int:
    """How many reports somebody filed in the last 24 hours."""
    return int(
        await conn.fetchval(
            "SELECT count(*) FROM safety.reports WHERE reporter=$1 AND filed_at > $2",
            reporter,
            now - timedelta(days=1),
        )
    )


async def of_case(conn: Executor, case: CaseId) -> list[Report]:
    """The reports of a case, oldest first."""
    rows = await conn.fetch(
        f"SELECT {_COLUMNS} FROM safety.reports WHERE case_id=$1 ORDER BY filed_at, report_id",
        case,
    )
    return [_of(row) for row in rows]


async def close(conn: Executor, case: CaseId, outcome: Outcome, now: datetime) -> list[Report]:
    """Give every report of a case its outcome; those that had none before."""
    rows = await conn.fetch(
        "UPDATE safety.reports SET outcome=$2, outcome_at=$3 WHERE case_id=$1 AND outcome IS NULL"
        f" RETURNING {_COLUMNS}",
        case, outcome.value, now,
    )  # fmt: skip
    return [_of(row) for row in rows]


async def count_term(conn: Executor, term: str, now: datetime) -> None:
    """Count a report of a search term."""
    await conn.execute(
        "INSERT INTO safety.search_terms (term, reports, first_at, last_at) VALUES ($1,1,$2,$2)"
        " ON CONFLICT (term) DO UPDATE SET reports = search_terms.reports + 1, last_at = $2",
        term, now,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class ReportedTerm:
    """A search term that people reported, and what the desk said about it."""

    term: str
    verdict: str
    reports: int
    first_at: datetime
    last_at: datetime
    decided_by: str | None


async def terms(conn: Executor, offset: int, limit: int) -> Sequence[ReportedTerm]:
    """Reported terms, undecided first, then by number of reports."""
    rows = await conn.fetch(
        "SELECT term, verdict, reports, first_at, last_at, decided_by FROM safety.search_terms"
        " ORDER BY verdict <> 'open', reports DESC, term OFFSET $1 LIMIT $2",
        offset, limit,
    )  # fmt: skip
    return [ReportedTerm(**dict(row)) for row in rows]


async def decide_term(conn: Executor, term: str, verdict: str, by: str, now: datetime) -> bool:
    """Write the desk's verdict about a term; False for a term that nobody reported."""
    tag = await conn.execute(
        "UPDATE safety.search_terms SET verdict=$2, decided_by=$3, decided_at=$4 WHERE term=$1",
        term,
        verdict,
        by,
        now,
    )
    return tag == "UPDATE 1"


def _of(row: asyncpg.Record) -> Report:
    fields = dict(row)
    outcome = fields["outcome"]
    return Report(
        **{
            **fields,
            "subject": Subject.of_key(fields["subject"]),
            "message_ids": tuple(fields["message_ids"]),
            "via": Via(fields["via"]),
            "outcome": Outcome(outcome) if outcome else None,
        }
    )

"""SQL of appeals."""

from __future__ import annotations

from datetime import datetime

import asyncpg

from parley.core.ids import AppealId, StatementId
from parley.safety.appeals.model import Appeal, AppealOutcome
from parley.storage.database import Executor

_SELECT = (
    "SELECT a.appeal_id, a.statement_id, a.case_id, a.text, a.via, a.filed_at, a.due_at, c.title, a.locked_by,"
    " a.locked_until, a.outcome, a.reasons, a.decided_by, a.decided_at"
    " FROM safety.appeals a JOIN safety.cases c USING (case_id)"
)


async def insert(conn: Executor, appeal: Appeal) -> bool:
    """Store an appeal; False when the statement has one already."""
    tag = await conn.execute(
        "INSERT INTO safety.appeals (appeal_id, statement_id, case_id, text, via, filed_at, due_at)"
        " VALUES ($1,$2,$3,$4,$5,$6,$7) ON CONFLICT (statement_id) DO NOTHING",
        appeal.appeal_id, appeal.statement_id, appeal.case_id, appeal.text, appeal.via, appeal.filed_at,
        appeal.due_at,
    )  # fmt: skip
    return tag == "INSERT 0 1"


async def get(conn: Executor, appeal: AppealId, *, lock: bool = False) -> Appeal | None:
    """An appeal; with `lock` its row is held until the transaction ends."""
    row = await conn.fetchrow(f"{_SELECT} WHERE a.appeal_id=$1{' FOR UPDATE OF a' if lock else ''}", appeal)
    return _of(row) if row else None


async def of_statement(conn: Executor, statement: StatementId) -> Appeal | None:
    """The appeal against a statement."""
    row = await conn.fetchrow(f"{_SELECT} WHERE a.statement_id=$1", statement)
    return _of(row) if row else None


async def open_page(conn: Executor, offset: int, limit: int, *, child_safety: bool) -> list[Appeal]:
    """Undecided appeals, the one that is due first on top."""
    rows = await conn.fetch(
        f"{_SELECT} WHERE a.outcome IS NULL AND ($3 OR c.queue <> 'child_safety')"
        " ORDER BY a.due_at, a.appeal_id OFFSET $1 LIMIT $2",
        offset, limit, child_safety,
    )  # fmt: skip
    return [_of(row) for row in rows]


async def count_open(conn: Executor, now: datetime) -> tuple[int, int]:
    """How many appeals wait, and how many of them are overdue."""
    row = await conn.fetchrow(
        "SELECT count(*) AS open, count(*) FILTER (WHERE due_at < $1) AS overdue FROM safety.appeals"
        " WHERE outcome IS NULL",
        now,
    )
    assert row is not None
    return row["open"], row["overdue"]


async def set_lock(conn: Executor, appeal: AppealId, who: str | None, until: datetime | None) -> None:
    """Give an appeal to somebody, or to nobody."""
    await conn.execute(
        "UPDATE safety.appeals SET locked_by=$2, locked_until=$3 WHERE appeal_id=$1", appeal, who, until
    )


async def decide(
    conn: Executor, appeal: AppealId, outcome: AppealOutcome, reasons: str, by: str, now: datetime
) -> None:
    """Write the outcome."""
    await conn.execute(
        "UPDATE safety.appeals SET outcome=$2, reasons=$3, decided_by=$4, decided_at=$5, breached = $5 > due_at,"
        " locked_by=NULL, locked_until=NULL WHERE appeal_id=$1",
        appeal, outcome.value, reasons, by, now,
    )  # fmt: skip


def _of(row: asyncpg.Record) -> Appeal:
    fields = dict(row)
    outcome = fields["outcome"]
    return Appeal(**{**fields, "outcome": AppealOutcome(outcome) if outcome else None})

"""SQL of the analysis: one row for each check of an order."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from asyncpg import Record

from parley.core.ids import OrderId
from parley.legal.analysis.model import Answer, CheckAnswer, Proposal
from parley.storage.database import Executor


async def insert_proposals(
    conn: Executor, order_id: OrderId, check_ids: Sequence[str], found: Sequence[Proposal]
) -> None:
    """Lay out the checks of an order, with what the machine found."""
    by_id = {proposal.check_id: proposal for proposal in found}
    for check_id in check_ids:
        proposal = by_id.get(check_id)
        await conn.execute(
            "INSERT INTO legal.check_answers (order_id, check_id, proposed, evidence) VALUES ($1, $2, $3, $4)"
            " ON CONFLICT (order_id, check_id) DO UPDATE SET proposed = excluded.proposed,"
            " evidence = excluded.evidence WHERE check_answers.answer IS NULL",
            order_id,
            check_id,
            proposal.answer.value if proposal else None,
            list(proposal.evidence) if proposal else [],
        )


async def answers(conn: Executor, order_id: OrderId) -> dict[str, CheckAnswer]:
    """Read the checks of an order."""
    rows = await conn.fetch("SELECT * FROM legal.check_answers WHERE order_id = $1", order_id)
    return {row["check_id"]: _answer(row) for row in rows}


async def answer_for_update(conn: Executor, order_id: OrderId, check_id: str) -> CheckAnswer | None:
    """Read one check and hold it for the transaction."""
    row = await conn.fetchrow(
        "SELECT * FROM legal.check_answers WHERE order_id = $1 AND check_id = $2 FOR UPDATE", order_id, check_id
    )
    return None if row is None else _answer(row)


async def set_answer(
    conn: Executor, order_id: OrderId, check_id: str, answer: Answer, remark: str, by: str, at: datetime
) -> None:
    """Write a person's answer; a second person's word for the former answer is void."""
    await conn.execute(
        "UPDATE legal.check_answers SET answer = $3, remark = $4, answered_by = $5, answered_at = $6,"
        " second_by = NULL, second_at = NULL WHERE order_id = $1 AND check_id = $2",
        order_id,
        check_id,
        answer.value,
        remark,
        by,
        at,
    )


async def set_second(conn: Executor, order_id: OrderId, check_id: str, by: str, at: datetime) -> None:
    """Write a second person's word for the present answer."""
    await conn.execute(
        "UPDATE legal.check_answers SET second_by = $3, second_at = $4 WHERE order_id = $1 AND check_id = $2",
        order_id,
        check_id,
        by,
        at,
    )


def _answer(row: Record) -> CheckAnswer:
    return CheckAnswer(
        order_id=OrderId(row["order_id"]),
        check_id=row["check_id"],
        proposed=Answer(row["proposed"]) if row["proposed"] else None,
        evidence=tuple(row["evidence"]),
        answer=Answer(row["answer"]) if row["answer"] else None,
        remark=row["remark"],
        answered_by=row["answered_by"],
        answered_at=row["answered_at"],
        second_by=row["second_by"],
        second_at=row["second_at"],
    )

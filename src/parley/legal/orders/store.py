"""SQL of orders, tasks, drafts and decisions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from asyncpg import Record

from parley.core.ids import AccountId, AuthorityId, DecisionId, OfficerId, OrderId, TaskId
from parley.legal.orders import rules
from parley.legal.orders.model import (
    Decision,
    Order,
    OrderStatus,
    Result,
    SignatureReport,
    StoredDraft,
    Task,
    TaskStatus,
)
from parley.storage.database import Executor

_ORDER = (
    "order_id, order_ref, number, filing, status, status_reason, authority_id, officer_id, order_document,"
    " order_sha256, recipient_key, filing_credential, filing_assertion, pdf_name, signature_report, served_at,"
    " clock_starts_at, due_at, closed_at"
)


async def insert_draft(
    conn: Executor,
    draft_id: str,
    officer: str,
    document: bytes,
    pdf_name: str,
    pdf: bytes,
    report: SignatureReport,
    at: datetime,
) -> None:
    """Keep a filing until its officer has signed it; older drafts of the officer go."""
    await conn.execute("DELETE FROM legal.order_drafts WHERE officer_id = $1", officer)
    await conn.execute(
        "INSERT INTO legal.order_drafts (draft_id, officer_id, order_document, pdf_name, pdf, signature_report,"
        " made_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        draft_id,
        officer,
        document,
        pdf_name,
        pdf,
        report.to_json(),
        at,
    )


async def draft(conn: Executor, draft_id: str, officer: str) -> StoredDraft | None:
    """Read an officer's own draft."""
    row = await conn.fetchrow(
        "SELECT order_document, pdf_name, pdf, signature_report FROM legal.order_drafts"
        " WHERE draft_id = $1 AND officer_id = $2",
        draft_id,
        officer,
    )
    if row is None:
        return None
    report = rules.report_from_json(row["signature_report"])
    return StoredDraft(row["order_document"], row["pdf_name"], row["pdf"], report)


async def delete_draft(conn: Executor, draft_id: str) -> None:
    """Forget a draft."""
    await conn.execute("DELETE FROM legal.order_drafts WHERE draft_id = $1", draft_id)


async def delete_drafts_before(conn: Executor, moment: datetime) -> None:
    """Forget the drafts that were made before a moment."""
    await conn.execute("DELETE FROM legal.order_drafts WHERE made_at < $1", moment)


async def insert_order(conn: Executor, order: Order, pdf: bytes) -> None:
    """Keep an order as it was served."""
    await conn.execute(
        "INSERT INTO legal.orders (order_id, order_ref, number, instrument, authorisation_ref, priority, status,"
        " authority_id, officer_id, filing, order_document, order_sha256, recipient_key, filing_credential,"
        " filing_assertion, pdf_name, pdf, signature_report, served_at, clock_starts_at, due_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20,"
        " $21)",
        order.order_id,
        order.order_ref,
        order.number,
        order.filing.instrument.value,
        order.filing.authorisation_reference,
        "eight_hours" if order.emergency else "stated",
        order.status.value,
        order.authority_id,
        order.officer_id,
        rules.filing_to_json(order.filing),
        order.order_document,
        order.order_sha256,
        order.recipient_key,
        order.filing_credential,
        order.filing_assertion,
        order.pdf_name,
        pdf,
        order.report.to_json(),
        order.served_at,
        order.clock_starts_at,
        order.due_at,
    )


async def insert_task(conn: Executor, task: Task, lookup_keys: Sequence[bytes] = ()) -> None:
    """Keep a task; `lookup_keys` are the keyed hashes of its number, by which alone that is looked up."""
    await conn.execute(
        "INSERT INTO legal.tasks (task_id, order_id, format_name, value, fields, start_time, end_time, account_id,"
        " status, lookup_keys) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        task.task_id,
        task.order_id,
        task.format_name,
        task.value,
        list(task.fields),
        task.start,
        task.end,
        task.account_id,
        task.status.value,
        list(lookup_keys),
    )


async def set_account(conn: Executor, task_id: str, account: AccountId | None) -> None:
    """Note which account a task's identifier led to; None where it led to none or to several."""
    await conn.execute("UPDATE legal.tasks SET account_id = $2 WHERE task_id = $1", task_id, account)


async def order(conn: Executor, order_id: str, *, lock: bool = False) -> Order | None:
    """Read an order, and hold it for the transaction when `lock` is set."""
    row = await conn.fetchrow(
        f"SELECT {_ORDER} FROM legal.orders WHERE order_id = $1{' FOR UPDATE' if lock else ''}", order_id
    )
    return None if row is None else _order(row)


async def orders(
    conn: Executor, *, officer: str | None = None, open_only: bool = False, limit: int = 50, offset: int = 0
) -> list[Order]:
    """Read orders: the most urgent first while open, the newest first otherwise."""
    rows = await conn.fetch(
        f"SELECT {_ORDER} FROM legal.orders WHERE ($1::text IS NULL OR officer_id = $1)"
        " AND (NOT $2 OR closed_at IS NULL)"
        " ORDER BY (closed_at IS NULL) DESC, CASE WHEN closed_at IS NULL THEN due_at END NULLS LAST,"
        " served_at DESC LIMIT $3 OFFSET $4",
        officer,
        open_only,
        limit,
        offset,
    )
    return [_order(row) for row in rows]


async def count_since(conn: Executor, officer: str, since: datetime) -> int:
    """Count an officer's orders."""
    found: int = await conn.fetchval(
        "SELECT count(*)::int FROM legal.orders WHERE officer_id = $1 AND served_at >= $2", officer, since
    )
    return found


async def pdf_of(conn: Executor, order_id: str) -> bytes | None:
    """Read the document that came with an order."""
    found: bytes | None = await conn.fetchval("SELECT pdf FROM legal.orders WHERE order_id = $1", order_id)
    return found


async def tasks(conn: Executor, order_id: str) -> list[Task]:
    """Read the tasks of an order."""
    rows = await conn.fetch("SELECT * FROM legal.tasks WHERE order_id = $1 ORDER BY task_id", order_id)
    return [_task(row) for row in rows]


async def task(conn: Executor, task_id: str) -> Task | None:
    """Read a task."""
    row = await conn.fetchrow("SELECT * FROM legal.tasks WHERE task_id = $1", task_id)
    return None if row is None else _task(row)


async def set_status(
    conn: Executor, order_id: str, status: OrderStatus, reason: str = "", closed_at: datetime | None = None
) -> None:
    """Move an order on."""
    await conn.execute(
        "UPDATE legal.orders SET status = $2, status_reason = $3, closed_at = coalesce($4, closed_at)"
        " WHERE order_id = $1",
        order_id,
        status.value,
        reason,
        closed_at,
    )


async def begin_analysis(conn: Executor, order_id: str) -> None:
    """Note that people work on a received order's checks; any other order stays as it is."""
    await conn.execute(
        "UPDATE legal.orders SET status = $2 WHERE order_id = $1 AND status = $3",
        order_id,
        OrderStatus.IN_ANALYSIS.value,
        OrderStatus.RECEIVED.value,
    )


async def set_task(conn: Executor, task_id: str, status: TaskStatus, outcome: str | None = None) -> None:
    """Move a task on."""
    await conn.execute(
        "UPDATE legal.tasks SET status = $2, outcome = coalesce($3, outcome) WHERE task_id = $1",
        task_id,
        status.value,
        outcome,
    )


async def insert_decision(conn: Executor, decision: Decision, checks: Sequence[dict[str, Any]]) -> None:
    """Keep a decision with the answers that it rests on."""
    await conn.execute(
        "INSERT INTO legal.decisions (decision_id, order_id, task_id, result, form3_reason, reasons_text, fields,"
        " range_start, range_end, checks, decided_by, decided_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        decision.decision_id,
        decision.order_id,
        decision.task_id,
        decision.result.value,
        decision.form3_reason,
        decision.reasons_text,
        list(decision.fields),
        decision.start,
        decision.end,
        list(checks),
        decision.decided_by,
        decision.decided_at,
    )


async def decisions(conn: Executor, order_id: str) -> list[Decision]:
    """Read the decisions of an order, withdrawn ones included, oldest first."""
    rows = await conn.fetch("SELECT * FROM legal.decisions WHERE order_id = $1 ORDER BY decided_at", order_id)
    return [_decision(row) for row in rows]


async def decision(conn: Executor, decision_id: str, *, lock: bool = False) -> Decision | None:
    """Read a decision, and hold it for the transaction when `lock` is set."""
    row = await conn.fetchrow(
        f"SELECT * FROM legal.decisions WHERE decision_id = $1{' FOR UPDATE' if lock else ''}", decision_id
    )
    return None if row is None else _decision(row)


async def set_second(conn: Executor, decision_id: str, by: str, at: datetime) -> None:
    """Write the second person's word."""
    await conn.execute(
        "UPDATE legal.decisions SET second_by = $2, second_at = $3 WHERE decision_id = $1", decision_id, by, at
    )


async def withdraw_decision(conn: Executor, decision_id: str, at: datetime) -> None:
    """Take a decision back."""
    await conn.execute("UPDATE legal.decisions SET withdrawn_at = $2 WHERE decision_id = $1", decision_id, at)


def _order(row: Record) -> Order:
    return Order(
        order_id=OrderId(row["order_id"]),
        order_ref=row["order_ref"],
        number=row["number"],
        filing=rules.filing_from_json(row["filing"]),
        status=OrderStatus(row["status"]),
        status_reason=row["status_reason"],
        authority_id=AuthorityId(row["authority_id"]),
        officer_id=OfficerId(row["officer_id"]),
        order_document=row["order_document"],
        order_sha256=row["order_sha256"],
        recipient_key=row["recipient_key"],
        filing_credential=row["filing_credential"],
        filing_assertion=row["filing_assertion"],
        pdf_name=row["pdf_name"],
        report=rules.report_from_json(row["signature_report"]),
        served_at=row["served_at"],
        clock_starts_at=row["clock_starts_at"],
        due_at=row["due_at"],
        closed_at=row["closed_at"],
    )


def _task(row: Record) -> Task:
    return Task(
        task_id=TaskId(row["task_id"]),
        order_id=OrderId(row["order_id"]),
        format_name=row["format_name"],
        value=row["value"],
        fields=tuple(row["fields"]),
        start=row["start_time"],
        end=row["end_time"],
        account_id=None if row["account_id"] is None else AccountId(row["account_id"]),
        status=TaskStatus(row["status"]),
        outcome=row["outcome"],
    )


def _decision(row: Record) -> Decision:
    return Decision(
        decision_id=DecisionId(row["decision_id"]),
        order_id=OrderId(row["order_id"]),
        task_id=TaskId(row["task_id"]),
        result=Result(row["result"]),
        reasons_text=row["reasons_text"],
        fields=tuple(row["fields"]),
        start=row["range_start"],
        end=row["range_end"],
        decided_by=row["decided_by"],
        decided_at=row["decided_at"],
        form3_reason=row["form3_reason"],
        second_by=row["second_by"],
        second_at=row["second_at"],
        withdrawn_at=row["withdrawn_at"],
    )

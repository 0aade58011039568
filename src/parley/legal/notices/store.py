"""The SQL of notices, with the duty `legal`."""

from __future__ import annotations

from datetime import datetime, timedelta

import asyncpg

from parley.core.ids import AccountId, OrderId
from parley.legal.notices.errors import CaseUnknown, NoticeSettled, NoticeUnknown
from parley.legal.notices.model import Case, Gag, Kind, Notice, Rule, State
from parley.storage.database import Executor

#: How long one person's proposal to withhold a notice keeps it back.
PROPOSAL_HOLDS = timedelta(hours=48)


async def add_case(conn: Executor, case: Case) -> None:
    """Keep notices for an order; a second time changes nothing."""
    await conn.execute(
        "INSERT INTO legal.notice_cases (order_id, order_ref, instrument, country, authority_kind, rule, review_at,"
        " released_at, opened_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING",
        case.order_id,
        case.order_ref,
        case.instrument,
        case.country,
        case.authority_kind,
        case.rule.value,
        case.review_at,
        case.released_at,
        case.opened_at,
    )


async def case_of(conn: Executor, order_id: OrderId, *, lock: bool = False) -> Case:
    """An order's case, held for the transaction with `lock`.

    Raises:
        CaseUnknown: there is none.
    """
    row = await conn.fetchrow(
        "SELECT * FROM legal.notice_cases WHERE order_id = $1" + (" FOR UPDATE" if lock else ""), order_id
    )
    if row is None:
        raise CaseUnknown("no notices are kept for this order")
    return _case(row)


async def set_released(conn: Executor, order_id: OrderId, at: datetime) -> None:
    """Note that the authority let us tell."""
    await conn.execute("UPDATE legal.notice_cases SET released_at = $2 WHERE order_id = $1", order_id, at)


async def set_lifting(
    conn: Executor, order_id: OrderId, by: str | None, why: str | None, at: datetime | None
) -> None:
    """Write who proposes to lift an order's gag, or that nobody does."""
    await conn.execute(
        "UPDATE legal.notice_cases SET lift_by = $2, lift_because = $3, lift_at = $4 WHERE order_id = $1",
        order_id,
        by,
        why,
        at,
    )


async def set_review(conn: Executor, order_id: OrderId, at: datetime | None) -> None:
    """Note when release from secrecy is asked for next."""
    await conn.execute("UPDATE legal.notice_cases SET review_at = $2 WHERE order_id = $1", order_id, at)


async def reviews_due(conn: Executor, now: datetime) -> list[Case]:
    """Orders for which release from secrecy has to be asked now, and whose people have not been told."""
    rows = await conn.fetch(
        "SELECT * FROM legal.notice_cases c WHERE review_at <= $1 AND released_at IS NULL"
        " AND EXISTS (SELECT FROM legal.notices n WHERE n.order_id = c.order_id AND n.state = 'waiting')"
        " ORDER BY review_at",
        now,
    )
    return [_case(row) for row in rows]


async def add_gag(
    conn: Executor, order_id: OrderId, gag: Gag, max_until: datetime | None, by: str, now: datetime
) -> None:
    """Record an order's gag; the newest record holds."""
    await conn.execute(
        "INSERT INTO legal.gags (order_id, barred_by, judge, until, max_until, contested, recorded_by, recorded_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        order_id,
        gag.barred_by,
        gag.judge,
        gag.until,
        max_until,
        gag.contested,
        by,
        now,
    )


async def gags_of(conn: Executor, order_id: OrderId) -> list[Gag]:
    """Every gag record of an order, the one that holds last."""
    rows = await conn.fetch(
        "SELECT barred_by, judge, until FROM legal.gags WHERE order_id = $1 ORDER BY gag_id", order_id
    )
    return [Gag(**dict(row)) for row in rows]


async def add_notice(conn: Executor, notice: Notice) -> None:
    """Write a notice; the same id a second time changes nothing."""
    await conn.execute(
        "INSERT INTO legal.notices (notice_id, order_id, account_id, kind, fields, happened_at, log_entry,"
        " earliest, state, withheld_why, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
        " ON CONFLICT DO NOTHING",
        notice.notice_id,
        notice.order_id,
        notice.account_id,
        notice.kind.value,
        list(notice.fields),
        notice.happened_at,
        notice.log_entry,
        notice.earliest,
        notice.state.value,
        notice.withheld_why,
        notice.created_at,
    )


async def waiting_notice(conn: Executor, notice_id: str) -> Notice:
    """One notice that is neither sent nor withheld, held for the transaction.

    Raises:
        NoticeUnknown: there is none.
        NoticeSettled: it was sent or withheld already.
    """
    row = await conn.fetchrow("SELECT * FROM legal.notices WHERE notice_id = $1 FOR UPDATE", notice_id)
    if row is None:
        raise NoticeUnknown("no such notice")
    if row["state"] != State.WAITING.value:
        raise NoticeSettled("this notice was sent or withheld already")
    return _notice(row)


async def set_proposal(
    conn: Executor, notice_id: str, by: str | None, why: str | None, at: datetime | None
) -> None:
    """Write who proposes to withhold a notice, or that nobody does."""
    await conn.execute(
        "UPDATE legal.notices SET withhold_by = $2, withhold_because = $3, withhold_at = $4 WHERE notice_id = $1",
        notice_id,
        by,
        why,
        at,
    )


async def waiting(conn: Executor, now: datetime) -> list[Notice]:
    """Notices whose earliest time has come, oldest first; one that somebody newly proposes to withhold waits."""
    rows = await conn.fetch(
        "SELECT * FROM legal.notices WHERE state = 'waiting' AND earliest <= $1"
        " AND (withhold_at IS NULL OR withhold_at <= $2) ORDER BY earliest, notice_id",
        now,
        now - PROPOSAL_HOLDS,
    )
    return [_notice(row) for row in rows]


async def notices_of_order(conn: Executor, order_id: OrderId) -> list[Notice]:
    """An order's notices."""
    rows = await conn.fetch(
        "SELECT * FROM legal.notices WHERE order_id = $1 ORDER BY created_at, notice_id", order_id
    )
    return [_notice(row) for row in rows]


async def settle(
    conn: Executor,
    notice_id: str,
    state: State,
    *,
    now: datetime,
    why: str | None = None,
    receipt: str | None = None,
) -> bool:
    """End a waiting notice; False when it was settled already."""
    sent = now if state is State.SENT else None
    tag = await conn.execute(
        "UPDATE legal.notices SET state = $2, sent_at = $3, withheld_why = $4, receipt = $5"
        " WHERE notice_id = $1 AND state = 'waiting'",
        notice_id,
        state.value,
        sent,
        why,
        receipt,
    )
    return tag == "UPDATE 1"


def _case(row: asyncpg.Record) -> Case:
    values = dict(row)
    return Case(**{**values, "order_id": OrderId(values["order_id"]), "rule": Rule(values["rule"])})


def _notice(row: asyncpg.Record) -> Notice:
    values = dict(row)
    return Notice(
        **{
            **values,
            "order_id": OrderId(values["order_id"]),
            "account_id": AccountId(values["account_id"]),
            "kind": Kind(values["kind"]),
            "state": State(values["state"]),
            "fields": tuple(values["fields"]),
        }
    )

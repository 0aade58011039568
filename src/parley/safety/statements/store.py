"""SQL of statements of reasons."""

from __future__ import annotations

import hashlib
from datetime import datetime

import asyncpg

from parley.core.ids import AccountId, StatementId
from parley.safety.statements.model import Statement
from parley.storage.database import Executor

_COLUMNS = "statement_id, decision_id, case_id, account_id AS account, fields, text, issued_at, appeal_until"


async def insert(conn: Executor, statement: Statement, token: str) -> None:
    """Store a statement; of the token in its link only the digest."""
    await conn.execute(
        "INSERT INTO safety.statements (statement_id, decision_id, case_id, account_id, fields, text, token_sha256,"
        " issued_at, appeal_until) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9)",
        statement.statement_id, statement.decision_id, statement.case_id, statement.account, dict(statement.fields),
        statement.text, digest_of(token), statement.issued_at, statement.appeal_until,
    )  # fmt: skip


async def get(conn: Executor, statement: StatementId) -> Statement | None:
    """A statement by its id."""
    row = await conn.fetchrow(f"SELECT {_COLUMNS} FROM safety.statements WHERE statement_id=$1", statement)
    return _of(row) if row else None


async def by_token(conn: Executor, token: str) -> Statement | None:
    """The statement whose link carries this token."""
    row = await conn.fetchrow(
        f"SELECT {_COLUMNS} FROM safety.statements WHERE token_sha256=$1",
        digest_of(token),
    )
    return _of(row) if row else None


async def of_case(conn: Executor, case: str) -> list[Statement]:
    """The statements that a case led to, oldest first."""
    rows = await conn.fetch(
        f"SELECT {_COLUMNS} FROM safety.statements WHERE case_id=$1 ORDER BY issued_at",
        case,
    )
    return [_of(row) for row in rows]


async def issued_between(conn: Executor, since: datetime, until: datetime) -> list[Statement]:
    """The statements of a period, oldest first, for export."""
    rows = await conn.fetch(
        f"SELECT {_COLUMNS} FROM safety.statements WHERE issued_at >= $1 AND issued_at < $2 ORDER BY issued_at",
        since, until,
    )  # fmt: skip
    return [_of(row) for row in rows]


def digest_of(token: str) -> bytes:
    """SHA-256 of a link's token."""
    return hashlib.sha256(token.encode()).digest()


def _of(row: asyncpg.Record) -> Statement:
    fields = dict(row)
    account = fields.pop("account")
    return Statement(**fields, account=None if account is None else AccountId(account))

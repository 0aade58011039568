"""Issues statements of reasons inside the transaction of a decision, and exports them for the public database."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from parley.core.ids import AccountId, CaseId, DecisionId, StatementId, new_id
from parley.safety.enforcement.model import PlannedAction
from parley.safety.ports import PublicLinks
from parley.safety.statements import rules, store
from parley.safety.statements.model import Grounds, Statement
from parley.safety.subjects import SubjectKind
from parley.storage import outbox
from parley.storage.database import Database, Executor

SERVICE_MESSAGE = "notify.service_message"
"""Outbox topic: {key, account, text, sender}. `key` makes it idempotent; `sender` is `service` (777000) or
`search_report` (the @SearchReport account)."""


async def issue(
    conn: Executor,
    links: PublicLinks,
    decision: DecisionId,
    case: CaseId,
    account: AccountId | None,
    kind: SubjectKind,
    grounds: Grounds,
    actions: Sequence[PlannedAction],
    now: datetime,
) -> Statement:
    """Store a statement and send it to the account. Raises InvalidStatement."""
    statement_id = StatementId(new_id())
    token = secrets.token_urlsafe(24)
    until = rules.appeal_until(now)
    statement = Statement(
        statement_id=statement_id,
        decision_id=decision,
        case_id=case,
        account=account,
        fields=rules.build_fields(statement_id, grounds, kind, actions, now),
        text=rules.owner_text(grounds, actions, until, statement_id, "{link}", now),
        issued_at=now,
        appeal_until=until,
    )
    await store.insert(conn, statement, token)
    if account is not None:
        text = statement.text.replace("{link}", links.appeal_url(token))
        await send(conn, f"statement-{statement_id}", account, text)
    return statement


async def send(conn: Executor, key: str, account: AccountId, text: str, sender: str = "service") -> None:
    """Put a message to an account into the outbox."""
    payload = {"key": key, "account": account, "text": text, "sender": sender}
    await outbox.put(conn, "safety", SERVICE_MESSAGE, payload)


async def export(database: Database, since: datetime, until: datetime) -> list[Mapping[str, Any]]:
    """The statements of a period as objects for the Transparency Database; they name no person."""
    return [s.fields for s in await store.issued_between(database, since, until)]

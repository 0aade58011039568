"""The append-only log of a case: every entry carries a digest over itself and the entry before it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from parley.core.ids import CaseId
from parley.safety.review import rules
from parley.safety.review.model import CaseEvent
from parley.storage.database import Executor


async def append(
    conn: Executor, case: CaseId, at: datetime, actor: str, kind: str, detail: Mapping[str, Any] | None = None
) -> None:
    """Add an entry; the caller's transaction holds the case's row, so that two writers never take one place."""
    last = await conn.fetchrow(
        "SELECT seq, digest FROM safety.case_events WHERE case_id = $1 ORDER BY seq DESC LIMIT 1", case
    )
    seq, previous = (last["seq"] + 1, last["digest"]) if last else (1, None)
    said = dict(detail or {})
    digest = rules.chain(previous, case, seq, at.astimezone(UTC), actor, kind, said)
    await conn.execute(
        "INSERT INTO safety.case_events (case_id, seq, at, actor, kind, detail, digest)"
        " VALUES ($1,$2,$3,$4,$5,$6,$7)",
        case, seq, at, actor, kind, said, digest,
    )  # fmt: skip


async def entries(conn: Executor, case: CaseId) -> list[CaseEvent]:
    """All entries of a case, oldest first."""
    rows = await conn.fetch(
        "SELECT seq, at, actor, kind, detail, digest FROM safety.case_events WHERE case_id = $1 ORDER BY seq", case
    )
    return [CaseEvent(**dict(row)) for row in rows]


def first_breach(case: CaseId, events: Sequence[CaseEvent]) -> int | None:
    """The first entry that does not follow from the one before it, or None when the log is whole."""
    previous: bytes | None = None
    for place, event in enumerate(events, start=1):
        made = rules.chain(previous, case, place, event.at.astimezone(UTC), event.actor, event.kind, event.detail)
        if event.seq != place or made != event.digest:
            return place
        previous = event.digest
    return None

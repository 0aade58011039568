"""SQL of effects and sanctions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from parley.core.ids import AccountId, DecisionId
from parley.safety.enforcement.model import ActionKind, Effect, Sanction
from parley.storage import outbox
from parley.storage.database import Executor


async def put(conn: Executor, decision: str, effects: Sequence[Effect], now: datetime) -> None:
    """Send effects to the messenger and remember them, once each."""
    for effect in effects:
        fresh = await conn.fetchval(
            "INSERT INTO safety.effects (effect_id, decision_id, topic, payload, undo_topic, put_at)"
            " VALUES ($1,$2,$3,$4,$5,$6) ON CONFLICT DO NOTHING RETURNING true",
            effect.payload["effect"], decision, effect.topic, dict(effect.payload), effect.undo_topic, now,
        )  # fmt: skip
        if fresh:
            await outbox.put(conn, "safety", effect.topic, effect.payload)


async def undo(conn: Executor, decisions: Sequence[str], now: datetime, *, tell: bool = True) -> list[str]:
    """Take back what still stands of these decisions; the topics. Without `tell` it is only marked as replaced."""
    rows = await conn.fetch(
        "UPDATE safety.effects SET undone_at=$2 WHERE decision_id = ANY($1::text[]) AND undone_at IS NULL"
        " RETURNING topic, undo_topic, payload",
        list(decisions), now,
    )  # fmt: skip
    if tell:
        for row in rows:
            if row["undo_topic"]:
                await outbox.put(conn, "safety", row["undo_topic"], row["payload"])
    return [row["topic"] for row in rows]


async def sanction(conn: Executor, decision: DecisionId, sanctions: Sequence[Sanction]) -> None:
    """Store limits on accounts."""
    for limit in sanctions:
        await conn.execute(
            "INSERT INTO safety.sanctions (decision_id, account_id, kind, since, until) VALUES ($1,$2,$3,$4,$5)"
            " ON CONFLICT DO NOTHING",
            decision, limit.account, limit.kind.value, limit.since, limit.until,
        )  # fmt: skip


async def lift(conn: Executor, decision: DecisionId, now: datetime) -> None:
    """End the limits that a decision set."""
    await conn.execute(
        "UPDATE safety.sanctions SET lifted_at=$2 WHERE decision_id=$1 AND lifted_at IS NULL", decision, now
    )


async def active(conn: Executor, now: datetime) -> list[Sanction]:
    """Every limit that holds now."""
    rows = await conn.fetch(
        "SELECT account_id, kind, since, until FROM safety.sanctions"
        " WHERE lifted_at IS NULL AND (until IS NULL OR until > $1)",
        now,
    )
    return [Sanction(AccountId(r["account_id"]), ActionKind(r["kind"]), r["since"], r["until"]) for r in rows]

"""How well the desk and its machines work, measured on what people decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from parley.safety.classify import store as signal_store
from parley.safety.classify.model import Rule, RuleRecord
from parley.safety.review import rules
from parley.storage.database import Database

PERIOD = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Measures:
    """Figures of the last 90 days. Times are in hours, shares in 0..1, None where there is no data yet."""

    decided: int
    acted: int
    breaches: int
    p50_hours: float | None
    p95_hours: float | None
    backlog: int
    oldest_hours: float | None
    appeals: int
    overturned: int
    overturn_rate: float | None
    reports: int
    valid_reports: float | None
    reviewed_twice: int
    agreement: float | None
    reveals: int
    rules: Sequence[tuple[Rule, RuleRecord]]


async def measure(database: Database, now: datetime) -> Measures:
    """Read all figures."""
    since = now - PERIOD
    cases = await database.fetchrow(
        "SELECT count(*) AS decided, count(*) FILTER (WHERE breached) AS breaches,"
        " percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP"
        " (ORDER BY extract(epoch FROM first_action_at - opened_at) / 3600) AS hours"
        " FROM safety.cases WHERE first_action_at >= $1",
        since,
    )
    backlog = await database.fetchrow(
        "SELECT count(*) AS n, extract(epoch FROM $1 - min(opened_at))::float8 / 3600 AS oldest"
        " FROM safety.cases WHERE status <> 'closed'",
        now,
    )
    told = await database.fetchrow(
        "SELECT count(*) AS n, avg((outcome = 'acted')::int)::float8 AS valid FROM safety.reports"
        " WHERE outcome IS NOT NULL AND filed_at >= $1",
        since,
    )
    appeals = await database.fetchrow(
        "SELECT count(*) AS n, count(*) FILTER (WHERE outcome = 'overturned') AS overturned FROM safety.appeals"
        " WHERE outcome IS NOT NULL AND decided_at >= $1",
        since,
    )
    acted = await database.fetchval(
        "SELECT count(*) FROM safety.decisions WHERE status IN ('final', 'overturned') AND decided_at >= $1"
        ' AND NOT actions @> \'[{"kind": "none"}]\'',
        since,
    )
    reveals = await database.fetchval(
        "SELECT count(*) FROM safety.case_events WHERE kind = 'revealed' AND at >= $1", since
    )
    assert cases is not None
    assert backlog is not None
    assert told is not None
    assert appeals is not None
    p50, p95 = cases["hours"] or (None, None)
    pairs = await _pairs(database, since)
    return Measures(
        decided=cases["decided"],
        acted=acted,
        breaches=cases["breaches"],
        p50_hours=p50,
        p95_hours=p95,
        backlog=backlog["n"],
        oldest_hours=backlog["oldest"],
        appeals=appeals["n"],
        overturned=appeals["overturned"],
        overturn_rate=appeals["overturned"] / appeals["n"] if appeals["n"] else None,
        reports=told["n"],
        valid_reports=told["valid"],
        reviewed_twice=len(pairs),
        agreement=rules.kappa(pairs),
        reveals=reveals,
        rules=[(r, await signal_store.record(database, r.rule_id)) for r in await signal_store.all_rules(database)],
    )


async def _pairs(database: Database, since: datetime) -> list[tuple[str, str]]:
    """What two people who did not see each other's answer said about one decision."""
    rows = await database.fetch(
        "SELECT d.policy AS one, CASE WHEN q.agrees THEN d.policy"
        " ELSE coalesce(nullif(q.policy, d.policy), 'other') END AS two"
        " FROM safety.quality_reviews q JOIN safety.decisions d USING (decision_id) WHERE q.at >= $1"
        " UNION ALL SELECT a.policy, b.policy FROM safety.decisions a JOIN safety.decisions b"
        " ON a.case_id = b.case_id AND a.decided_at < b.decided_at AND a.status = 'superseded'"
        " WHERE b.decided_at >= $1",
        since,
    )
    return [(r["one"], r["two"]) for r in rows]

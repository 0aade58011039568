"""Carries a final decision out, inside its transaction: effects, sanctions, statement, outcomes, measured rules."""

from __future__ import annotations

from datetime import datetime

from parley.safety.classify import store as signal_store
from parley.safety.classify.service import stop_failing
from parley.safety.enforcement import rules as enforcement_rules
from parley.safety.enforcement import store as enforcement_store
from parley.safety.enforcement.model import ActionKind
from parley.safety.ports import PublicLinks
from parley.safety.reports.model import Outcome
from parley.safety.reports.service import tell_reporters
from parley.safety.reports.terms import filter_term
from parley.safety.review import log, rules, store
from parley.safety.review.model import Case, CaseStatus, Decision
from parley.safety.statements import rules as statement_rules
from parley.safety.statements import service as statements
from parley.safety.statements.model import Grounds
from parley.safety.subjects import SubjectKind
from parley.storage.database import Executor


async def finalise(conn: Executor, links: PublicLinks, case: Case, decision: Decision, now: datetime) -> None:
    """Put a final decision into effect. Raises InvalidStatement, and then nothing of it holds."""
    acted = any(a.kind is not ActionKind.NONE for a in decision.actions)
    await _replace_interim(conn, case, decision, now)
    effects = enforcement_rules.effects_of(
        decision.decision_id, case.subject, case.owner, decision.policy, decision.actions, now
    )
    await enforcement_store.put(conn, decision.decision_id, effects, now)
    limits = enforcement_rules.sanctions_of(case.subject, case.owner, decision.actions, now)
    await enforcement_store.sanction(conn, decision.decision_id, limits)
    if acted and case.subject.kind is SubjectKind.TERM:
        await filter_term(conn, case.subject.name, decision.decided_by, now)
    elif acted:
        await _state_reasons(conn, links, case, decision, now)
    outcome = Outcome.ACTED if acted else Outcome.NOT_ACTED
    await tell_reporters(conn, case.case_id, case.subject.kind, case.title, outcome, now)
    reviewed = await signal_store.review_signals(conn, case.case_id, acted, now)
    await store.set_status(conn, case.case_id, CaseStatus.CLOSED, now)
    await _ask_for_audit(conn, decision, now)
    await log.append(
        conn, case.case_id, now, f"staff:{decision.decided_by}", "decided",
        {"decision": decision.decision_id, "policy": decision.policy,
         "actions": [a.kind.value for a in decision.actions], "second_by": decision.second_by},
    )  # fmt: skip
    for rule_id in await stop_failing(conn, reviewed, now):
        await log.append(conn, case.case_id, now, "system", "rule_stopped", {"rule": rule_id})


async def _replace_interim(conn: Executor, case: Case, decision: Decision, now: datetime) -> None:
    """A hiding "pending review" ends here: the decision hides for good, or the entity is listed again."""
    proposals = [d.decision_id for d in await store.decisions_of(conn, case.case_id)]
    stays = any(a.kind is ActionKind.HIDE_FROM_SEARCH for a in decision.actions)
    earlier = [p for p in proposals if p != decision.decision_id]
    await enforcement_store.undo(conn, [f"case-{case.case_id}", *earlier], now, tell=not stays)


async def _state_reasons(conn: Executor, links: PublicLinks, case: Case, decision: Decision, now: datetime) -> None:
    account = enforcement_rules.answerable(case.subject, case.owner)
    snapshots = await store.snapshots_of(conn, case.case_id)
    dates = [p.posted_at for s in snapshots for p in s.posts]
    grounds = Grounds(
        subject_words=statement_rules.words_for(case.subject.kind, case.title),
        policy=decision.policy,
        facts=decision.facts,
        content_types=("CONTENT_TYPE_TEXT",),
        content_date=max(dates, default=case.opened_at),
        source_type="SOURCE_TYPE_OTHER_NOTIFICATION" if case.reporters else "SOURCE_VOLUNTARY",
        detected_automatically=decision.detected_automatically,
        automated=decision.automated.value,
    )
    statement = await statements.issue(
        conn, links, decision.decision_id, case.case_id, account, case.subject.kind, grounds, decision.actions, now
    )
    await log.append(conn, case.case_id, now, "system", "statement", {"statement": statement.statement_id})


async def _ask_for_audit(conn: Executor, decision: Decision, now: datetime) -> None:
    if rules.picked_for_audit(decision.decision_id):
        await ask_for_second_look(conn, decision, "random", now)


async def ask_for_second_look(conn: Executor, decision: Decision, why: str, now: datetime) -> None:
    """Queue a blind quality review of a decision; `why` is `random` or `overturned`."""
    await conn.execute(
        "INSERT INTO safety.quality_reviews (decision_id, why, asked_at) VALUES ($1,$2,$3) ON CONFLICT DO NOTHING",
        decision.decision_id, why, now,
    )  # fmt: skip

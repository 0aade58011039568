"""The moderators' actions: lock, let go, skip, look closer, decide, and look again at others' decisions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from parley.core.clock import Clock
from parley.core.ids import CaseId, DecisionId, new_id
from parley.safety.enforcement import rules as enforcement_rules
from parley.safety.enforcement import store as enforcement_store
from parley.safety.enforcement.model import ActionKind, PlannedAction
from parley.safety.errors import CaseClosed, CaseNotFound, NotYourLock, SameReviewer
from parley.safety.ports import PublicLinks
from parley.safety.review import log, rules, store
from parley.safety.review.events import CaseDecided, Listener
from parley.safety.review.finalising import finalise
from parley.safety.review.model import Automated, Case, CaseStatus, Decision, Moderator
from parley.storage import audit
from parley.storage.database import Database, Executor


class Review:
    """What a moderator can do with a case."""

    def __init__(
        self, database: Database, links: PublicLinks, clock: Clock, listeners: Sequence[Listener] = ()
    ) -> None:
        self._database = database
        self._links = links
        self._clock = clock
        self._listeners = list(listeners)

    def subscribe(self, listener: Listener) -> None:
        """Hear of decisions after their commit."""
        self._listeners.append(listener)

    async def lock(self, moderator: Moderator, case_id: CaseId) -> datetime:
        """Take a case, or hold on to it; until when. Raises CaseNotFound, CaseClosed, CaseLocked, SameReviewer."""
        now = self._clock.now()
        async with self._database.transaction() as conn:
            case = await self._open(conn, moderator, case_id)
            await self._refuse_deciders(conn, case, moderator)
            until = rules.check_lock(case.locked_by, case.locked_until, moderator.name, now)
            await store.set_lock(conn, case_id, moderator.name, until)
            if not rules.holds_lock(case, moderator.name, now):
                await log.append(conn, case_id, now, moderator.actor, "locked")
        return until

    async def release(self, moderator: Moderator, case_id: CaseId) -> None:
        """Let a case go. Raises CaseNotFound, NotYourLock."""
        await self._let_go(moderator, case_id, "released", {})

    async def skip(self, moderator: Moderator, case_id: CaseId, reason: str) -> None:
        """Leave a case to others, and say why. Raises CaseNotFound, NotYourLock."""
        await self._let_go(moderator, case_id, "skipped", {"reason": reason.strip()[:500]})

    async def _let_go(self, moderator: Moderator, case_id: CaseId, kind: str, detail: Mapping[str, str]) -> None:
        now = self._clock.now()
        async with self._database.transaction() as conn:
            await self._held(conn, moderator, case_id, now)
            await store.set_lock(conn, case_id, None, None)
            await log.append(conn, case_id, now, moderator.actor, kind, detail)

    async def reveal(self, moderator: Moderator, case_id: CaseId) -> None:
        """Note that somebody looked at the content unblurred. Raises CaseNotFound, NotYourLock."""
        now = self._clock.now()
        async with self._database.transaction() as conn:
            await self._held(conn, moderator, case_id, now)
            await log.append(conn, case_id, now, moderator.actor, "revealed")

    async def decide(
        self, moderator: Moderator, case_id: CaseId, policy: str, facts: str, actions: Sequence[PlannedAction]
    ) -> Decision:
        """Decide a case. The decision's `status` is `final`, or `proposed` when a second person must decide too.

        Raises CaseNotFound, CaseClosed, NotYourLock, SameReviewer, InvalidDecision, InvalidStatement.
        """
        rules.check_decision(policy, facts, actions)
        now = self._clock.now()
        async with self._database.transaction() as conn:
            case = await self._held(conn, moderator, case_id, now)
            rules.check_subject(case.subject.kind, actions)
            await self._refuse_deciders(conn, case, moderator)
            decision = _new_decision(case, moderator, policy, facts, actions, now)
            earlier = [d for d in await store.decisions_of(conn, case_id) if d.status == "proposed"]
            decision = await self._settle(conn, case, decision, earlier, now)
            await audit.record(
                conn, now, moderator.actor, "safety.decide", f"case:{case_id}",
                {"decision": decision.decision_id, "policy": policy, "status": decision.status,
                 "actions": [a.kind.value for a in actions]},
            )  # fmt: skip
        if decision.status == "final":
            await self._tell(CaseDecided(case_id, decision.decision_id, case.subject))
        return decision

    async def _settle(
        self, conn: Executor, case: Case, decision: Decision, earlier: Sequence[Decision], now: datetime
    ) -> Decision:
        """Make a decision final, or keep it as a proposal until two people agree."""
        agreeing = next((d for d in earlier if _agree(d, decision)), None)
        alone = not earlier and not rules.needs_second_review(decision.policy, decision.actions)
        third = len(earlier) >= 2 and not rules.needs_second_review(decision.policy, decision.actions)
        if agreeing is None and not alone and not third:
            return await self._propose(conn, case, decision, earlier, now)
        final = replace(decision, status="final", second_by=agreeing.decided_by if agreeing else None)
        await store.insert_decision(conn, final)
        for proposal in earlier:
            await store.set_decision(conn, proposal.decision_id, "superseded")
        await finalise(conn, self._links, case, final, now)
        return final

    async def _propose(
        self, conn: Executor, case: Case, decision: Decision, earlier: Sequence[Decision], now: datetime
    ) -> Decision:
        await store.insert_decision(conn, decision)
        status = CaseStatus.DISAGREED if earlier else CaseStatus.SECOND_REVIEW
        await store.set_status(conn, case.case_id, status, now)
        await log.append(
            conn, case.case_id, now, f"staff:{decision.decided_by}", "proposed", {"status": status.value}
        )
        effect = enforcement_rules.interim_hiding(decision.decision_id, case.subject, decision.policy)
        acts = any(a.kind is not ActionKind.NONE for a in decision.actions)
        if acts and effect is not None and not earlier:
            await enforcement_store.put(conn, decision.decision_id, [effect], now)
        return decision

    async def second_look(
        self, moderator: Moderator, decision_id: DecisionId, why: str, policy: str, acts: bool
    ) -> None:
        """Answer a blind quality review: the policy that fits, and whether one should act at all.

        Whether the two agree is computed, not asked. Raises CaseNotFound, SameReviewer.
        """
        now = self._clock.now()
        async with self._database.transaction() as conn:
            row = await conn.fetchrow(
                "SELECT d.case_id, d.decided_by, d.second_by, d.policy, d.actions, q.at"
                " FROM safety.quality_reviews q JOIN safety.decisions d USING (decision_id)"
                " WHERE q.decision_id=$1 AND q.why=$2 FOR UPDATE OF q",
                decision_id, why,
            )  # fmt: skip
            if row is None or row["at"] is not None:
                raise CaseNotFound("no such review")
            if moderator.name in {row["decided_by"], row["second_by"]}:
                raise SameReviewer("another person must look at this again")
            acted = any(a["kind"] != ActionKind.NONE for a in row["actions"])
            agrees = acted == acts and (policy == row["policy"] or not acts)
            await conn.execute(
                "UPDATE safety.quality_reviews SET reviewer=$3, policy=$4, agrees=$5, at=$6"
                " WHERE decision_id=$1 AND why=$2",
                decision_id, why, moderator.name, policy, agrees, now,
            )  # fmt: skip
            await audit.record(
                conn, now, moderator.actor, "safety.second_look", f"case:{row['case_id']}", {"agrees": agrees}
            )

    async def _open(self, conn: Executor, moderator: Moderator, case_id: CaseId) -> Case:
        case = await store.get(conn, case_id, lock=True)
        if case is None or not moderator.may_open(case.queue):
            raise CaseNotFound("no such case")
        if case.status is CaseStatus.CLOSED:
            raise CaseClosed("this case has been decided")
        return case

    async def _held(self, conn: Executor, moderator: Moderator, case_id: CaseId, now: datetime) -> Case:
        case = await self._open(conn, moderator, case_id)
        if not rules.holds_lock(case, moderator.name, now):
            raise NotYourLock("take the case first: your lock has lapsed or another person has it")
        return case

    @staticmethod
    async def _refuse_deciders(conn: Executor, case: Case, moderator: Moderator) -> None:
        if case.status is CaseStatus.OPEN:
            return
        if any(d.decided_by == moderator.name for d in await store.decisions_of(conn, case.case_id)):
            raise SameReviewer("a second person must decide this case")

    async def _tell(self, event: CaseDecided) -> None:
        for listener in self._listeners:
            await listener(event)


def _new_decision(
    case: Case, moderator: Moderator, policy: str, facts: str, actions: Sequence[PlannedAction], now: datetime
) -> Decision:
    return Decision(
        decision_id=DecisionId(new_id()),
        case_id=case.case_id,
        policy=policy,
        facts=facts.strip(),
        actions=tuple(actions),
        decided_by=moderator.name,
        decided_at=now,
        detected_automatically=case.machine_score is not None,
        automated=Automated.NOT,
        status="proposed",
    )


def _agree(first: Decision, second: Decision) -> bool:
    return rules.agree((first.policy, first.actions), (second.policy, second.actions))

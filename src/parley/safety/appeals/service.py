"""Takes appeals in from the chat and the web, and has them decided by somebody new."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from parley.core.clock import Clock
from parley.core.ids import AccountId, AppealId, StatementId, new_id
from parley.safety.appeals import rules, store
from parley.safety.appeals.model import Appeal, AppealOutcome
from parley.safety.classify import store as signal_store
from parley.safety.classify.service import stop_failing
from parley.safety.enforcement import store as enforcement_store
from parley.safety.errors import AppealExists, AppealNotFound, AppealRefused, NotYourLock, StatementNotFound
from parley.safety.review import log
from parley.safety.review import rules as review_rules
from parley.safety.review import store as case_store
from parley.safety.review.events import CaseDecided, Listener
from parley.safety.review.finalising import ask_for_second_look
from parley.safety.review.model import Case, Decision, Moderator
from parley.safety.statements import store as statement_store
from parley.safety.statements.model import Statement
from parley.safety.statements.rules import words_for
from parley.safety.statements.service import send
from parley.storage import audit
from parley.storage.database import Database, Executor


class Appeals:
    """Filing and deciding appeals."""

    def __init__(self, database: Database, clock: Clock, listeners: Sequence[Listener] = ()) -> None:
        self._database = database
        self._clock = clock
        self._listeners = list(listeners)

    def subscribe(self, listener: Listener) -> None:
        """Hear of decisions that were taken back, after their commit."""
        self._listeners.append(listener)

    async def from_chat(self, account: AccountId, text: str) -> str | None:
        """A message to the service account: the answer to send, or None when it is no appeal.

        Never raises for what a person typed; the answer says what is wrong.
        """
        if not text.strip().startswith("/appeal"):
            return None
        command = rules.read_command(text)
        if command is None:
            return rules.HOW_TO
        statement = await statement_store.get(self._database, StatementId(command[0]))
        if statement is None or statement.account != account:
            return "No statement of reasons with this number was sent to you."
        try:
            appeal = await self.file(statement, command[1], "chat")
        except (AppealRefused, AppealExists) as refused:
            return str(refused)
        return rules.received_text(appeal.due_at)

    async def statement_of(self, token: str) -> tuple[Statement, Appeal | None]:
        """What the page behind an appeal link shows. Raises StatementNotFound."""
        statement = await statement_store.by_token(self._database, token)
        if statement is None:
            raise StatementNotFound("this link leads nowhere")
        return statement, await store.of_statement(self._database, statement.statement_id)

    async def from_web(self, token: str, text: str) -> Appeal:
        """An appeal by link. Raises StatementNotFound, AppealRefused, AppealExists."""
        statement, _ = await self.statement_of(token)
        return await self.file(statement, text, "web")

    async def file(self, statement: Statement, text: str, via: str) -> Appeal:
        """Store an appeal. Raises AppealRefused, AppealExists."""
        now = self._clock.now()
        reasons = rules.check_filing(text, statement.appeal_until, now)
        async with self._database.transaction() as conn:
            case = await case_store.get(conn, statement.case_id, lock=True)
            assert case is not None, "a statement has a case"
            appeal = Appeal(
                AppealId(new_id()), statement.statement_id, statement.case_id, reasons, via, now,
                now + rules.DECIDE_WITHIN, case.title, None, None, None, None, None, None,
            )  # fmt: skip
            if not await store.insert(conn, appeal):
                raise AppealExists("this decision has been appealed already")
            await log.append(
                conn, statement.case_id, now, "owner", "appealed", {"appeal": appeal.appeal_id, "via": via}
            )
        return appeal

    async def lock(self, moderator: Moderator, appeal_id: AppealId) -> datetime:
        """Take an appeal. Raises AppealNotFound, CaseLocked, SameReviewer."""
        now = self._clock.now()
        async with self._database.transaction() as conn:
            appeal, _, decision = await self._open(conn, moderator, appeal_id)
            rules.check_decider(moderator.name, (decision.decided_by, decision.second_by))
            until = review_rules.check_lock(appeal.locked_by, appeal.locked_until, moderator.name, now)
            await store.set_lock(conn, appeal_id, moderator.name, until)
        return until

    async def decide(self, moderator: Moderator, appeal_id: AppealId, outcome: AppealOutcome, reasons: str) -> None:
        """Decide an appeal and tell the owner. Raises AppealNotFound, AppealRefused, NotYourLock, SameReviewer."""
        if not reasons.strip():
            raise AppealRefused("the owner must read why")
        now = self._clock.now()
        async with self._database.transaction() as conn:
            appeal, case, decision = await self._open(conn, moderator, appeal_id)
            rules.check_decider(moderator.name, (decision.decided_by, decision.second_by))
            if appeal.locked_by != moderator.name or appeal.locked_until is None or appeal.locked_until <= now:
                raise NotYourLock("take the appeal first")
            await store.decide(conn, appeal_id, outcome, reasons.strip()[: rules.MAX_TEXT], moderator.name, now)
            if outcome is AppealOutcome.OVERTURNED:
                await self._take_back(conn, case, decision, now)
            await self._answer(conn, appeal, case, outcome, reasons)
            await log.append(
                conn, case.case_id, now, moderator.actor, "appeal_decided",
                {"appeal": appeal_id, "outcome": outcome.value},
            )  # fmt: skip
            await audit.record(
                conn, now, moderator.actor, "safety.appeal", f"case:{case.case_id}", {"outcome": outcome.value}
            )
        if outcome is AppealOutcome.OVERTURNED:
            for listener in self._listeners:
                await listener(CaseDecided(case.case_id, decision.decision_id, case.subject, overturned=True))

    async def _open(
        self, conn: Executor, moderator: Moderator, appeal_id: AppealId
    ) -> tuple[Appeal, Case, Decision]:
        appeal = await store.get(conn, appeal_id, lock=True)
        if appeal is None or appeal.outcome is not None:
            raise AppealNotFound("no such appeal, or it has been decided")
        case = await case_store.get(conn, appeal.case_id, lock=True)
        statement = await statement_store.get(conn, appeal.statement_id)
        assert case is not None, "an appeal has a case"
        assert statement is not None, "an appeal has a statement"
        if not moderator.may_open(case.queue):
            raise AppealNotFound("no such appeal, or it has been decided")
        decisions = await case_store.decisions_of(conn, case.case_id)
        return appeal, case, next(d for d in decisions if d.decision_id == statement.decision_id)

    @staticmethod
    async def _take_back(conn: Executor, case: Case, decision: Decision, now: datetime) -> None:
        await enforcement_store.undo(conn, [decision.decision_id], now)
        await enforcement_store.lift(conn, decision.decision_id, now)
        await case_store.set_decision(conn, decision.decision_id, "overturned")
        await ask_for_second_look(conn, decision, "overturned", now)
        rules_of_case = await signal_store.overturn_signals(conn, case.case_id)
        await stop_failing(conn, rules_of_case, now)

    @staticmethod
    async def _answer(conn: Executor, appeal: Appeal, case: Case, outcome: AppealOutcome, reasons: str) -> None:
        statement = await statement_store.get(conn, appeal.statement_id)
        if statement is not None and statement.account is not None:
            words = words_for(case.subject.kind, case.title)
            text = rules.outcome_text(outcome, words, reasons.strip())
            await send(conn, f"appeal-{appeal.appeal_id}", statement.account, text)

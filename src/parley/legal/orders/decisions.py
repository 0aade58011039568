"""Decisions about orders: two people for each, and the way from a decision to its effect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from parley.core.clock import Clock
from parley.core.ids import AccountId, DecisionId, OrderId, StaffId, new_id
from parley.legal.analysis import rules as analysis_rules
from parley.legal.analysis.model import Assessment, CheckView
from parley.legal.analysis.service import Analysis
from parley.legal.authorities.model import Authority
from parley.legal.authorities.service import Authorities
from parley.legal.disclosure import rules as release_rules
from parley.legal.disclosure.model import Field, NewRelease, PasskeySignature, Release, ReleaseRequest
from parley.legal.disclosure.service import Releases
from parley.legal.errors import LegalError
from parley.legal.notices.model import Kind
from parley.legal.notices.service import Notices
from parley.legal.orders import store
from parley.legal.orders.errors import DecisionNotAllowed, OrderNotFound, SecondPersonNeeded
from parley.legal.orders.log_entries import entry_of, opening_of
from parley.legal.orders.model import Decision, Order, OrderStatus, Result, Task, TaskStatus
from parley.legal.orders.service import Orders
from parley.legal.translog.openings import Stage
from parley.legal.translog.service import APPEND_TOPIC
from parley.legal.vault.rules import days_of
from parley.storage import audit, outbox
from parley.storage.database import Database, Executor

_DISCLOSING = (Result.DISCLOSE, Result.DISCLOSE_PARTIAL)
#: The outcome of a task whose data was decided on and cannot be opened by anybody any more.
UNRECOVERABLE = "unrecoverable"
_UNRECOVERABLE_TEXT = "What was held cannot be opened any more by anybody: the keys to it are gone."
_OUTCOME = {Result.REFUSE: "refused", Result.FORM3: "refused", Result.REFER_MLAT: "referred"}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person decides. Fields and range count for a disclosure; `form3_reason` for its ground.

    `tell_user` is for refusals: whether the person concerned may safely hear of the attempt, and else why not.
    """

    result: Result
    reasons: str
    fields: tuple[str, ...] = ()
    start: datetime | None = None
    end: datetime | None = None
    form3_reason: str | None = None


@dataclass(frozen=True, slots=True)
class _Grounds:
    """What a refusal says to the public log: of which order, by which authority, and why in one word."""

    order: Order
    authority: Authority
    reason: str


class Decisions:
    """The decisions of one operator."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        orders: Orders,
        authorities: Authorities,
        analysis: Analysis,
        releases: Releases,
        notices: Notices,
    ) -> None:
        self._database = database
        self._clock = clock
        self._orders = orders
        self._authorities = authorities
        self._analysis = analysis
        self._releases = releases
        self._notices = notices

    async def of_order(self, order_id: OrderId) -> list[Decision]:
        """Read the decisions of an order, oldest first."""
        return await store.decisions(self._database, order_id)

    async def drafted_reasons(self, order_id: OrderId) -> str:
        """Write reasons out of the failed checks, for a person to complete."""
        assessment = await self._analysis.assessment(order_id)
        return analysis_rules.reasons(assessment, await self._analysis.channel(order_id))

    async def decide(self, order_id: OrderId, wanted: Wanted, staff: StaffId, actor: str) -> Decision:
        """Decide as the first person. A disclosure becomes a release that two people sign with their passkeys;
        a refusal waits for a second person's confirmation.

        Raises:
            OrderNotFound: there is none.
            DecisionNotAllowed: the answers do not allow it, or the order is decided already.
            RequestInvalid: the release would say something impossible.
        """
        order = await self._orders.get(order_id)
        task = (await self._orders.tasks(order_id))[0]
        views = await self._analysis.views(order_id)
        self._check_allowed(order, task, wanted, analysis_rules.assess(views))
        decision = _decision(order, task, wanted, actor, self._clock.now())
        async with self._database.transaction() as conn:
            locked = await store.order(conn, order_id, lock=True)
            if locked is None or any(d.withdrawn_at is None for d in await store.decisions(conn, order_id)):
                raise DecisionNotAllowed("this order has a decision already; withdraw it first")
            await store.insert_decision(conn, decision, _as_json(views))
            await store.set_status(conn, order_id, OrderStatus.AWAITING_SIGNATURES)
            detail = {"decision": decision.decision_id, "result": wanted.result.value}
            await audit.record(conn, decision.decided_at, actor, "decision.made", order_id, detail)
        if wanted.result in _DISCLOSING:
            await self._prepare(order, task, decision, staff, actor)
        return decision

    def _check_allowed(self, order: Order, task: Task, wanted: Wanted, assessment: Assessment) -> None:
        if order.closed_at is not None:
            raise DecisionNotAllowed("this order is closed")
        if len(wanted.reasons.strip()) < 20:
            raise DecisionNotAllowed("reasons: at least a sentence, for the officer, the file and the courts")
        if assessment.open:
            raise DecisionNotAllowed(f"these checks are not settled by two people: {', '.join(assessment.open)}")
        if wanted.result not in _DISCLOSING:
            return
        if not assessment.may_disclose:
            failed = ", ".join(view.check.id for view in assessment.grounds) or ", ".join(assessment.missing)
            raise DecisionNotAllowed(f"these checks forbid a disclosure: {failed}")
        if task.account_id is None:
            raise DecisionNotAllowed("no single account held the identifier in the period")
        if not set(wanted.fields) <= set(task.fields):
            raise DecisionNotAllowed("more fields than the order asks for")

    async def _prepare(self, order: Order, task: Task, decision: Decision, staff: StaffId, actor: str) -> Release:
        authority = await self._authorities.get(order.authority_id)
        assert task.account_id is not None, "checked before"
        try:
            return await self._releases.prepare(
                NewRelease(
                    request=_request(order, task.account_id, decision),
                    order_id=order.order_id,
                    task_id=task.task_id,
                    order_document=order.order_document,
                    officer=order.officer_id,
                    filing=PasskeySignature(order.officer_id, order.filing_credential, order.filing_assertion),
                    opening=opening_of(Stage.DECIDED, order, authority, result=decision.result.value),
                    prepared_by=staff,
                ),
                actor,
            )
        except LegalError:
            await self.withdraw(decision.decision_id, actor, "the release could not be prepared")
            raise

    async def confirm_refusal(self, decision_id: str, actor: str, unsafe_because: str = "") -> Decision:
        """Confirm a refusal as the second person: the officer gets the reasons, the log its entries.

        The person concerned hears that an attempt was made, unless `unsafe_because` says why that is not safe.

        Raises:
            OrderNotFound: there is no such decision.
            SecondPersonNeeded: the same person made it.
            DecisionNotAllowed: it is a disclosure, which is signed, or it was settled before.
        """
        now, grounds = self._clock.now(), await self._grounds(decision_id)
        async with self._database.transaction() as conn:
            decision = await self._found(conn, decision_id, lock=True)
            if decision.decided_by == actor:
                raise SecondPersonNeeded("another person has to confirm this decision")
            if decision.result in _DISCLOSING or decision.second_by or decision.withdrawn_at:
                raise DecisionNotAllowed("this decision is not one that waits for a confirmation")
            await store.set_second(conn, decision_id, actor, now)
            await self._refuse(conn, decision, grounds, now, unsafe_because)
            detail = {"decision": decision_id, "result": decision.result.value}
            await audit.record(conn, now, actor, "decision.confirmed", decision.order_id, detail)
        return await self._found(self._database, decision_id)

    async def _grounds(self, decision_id: str) -> _Grounds:
        decision = await self._found(self._database, decision_id)
        order = await self._orders.get(decision.order_id)
        authority = await self._authorities.get(order.authority_id)
        return _Grounds(order, authority, await self._reason_code(decision))

    async def _refuse(
        self, conn: Executor, decision: Decision, grounds: _Grounds, now: datetime, unsafe_because: str
    ) -> None:
        order, authority, reason = grounds.order, grounds.authority, grounds.reason
        outcome, entry = _OUTCOME[decision.result], new_id()
        decided = opening_of(Stage.DECIDED, order, authority, result=decision.result.value, reason=reason)
        closed = opening_of(
            Stage.CLOSED, order, authority, outcome=outcome, reason=reason, minutes_to_effect=_minutes(order, now)
        )
        await outbox.put(conn, "legal", APPEND_TOPIC, entry_of(entry, decided))
        await outbox.put(conn, "legal", APPEND_TOPIC, entry_of(new_id(), closed))
        await store.set_task(conn, decision.task_id, TaskStatus.REJECTED, "refused")
        await store.set_status(conn, order.order_id, OrderStatus.REJECTED, decision.reasons_text, now)
        task = await store.task(conn, decision.task_id)
        if task is not None and task.account_id is not None:
            await self._notices.attempted(
                conn, order.order_id, task.account_id, entry, unsafe_because=unsafe_because.strip() or None
            )

    async def withdraw(self, decision_id: str, actor: str, reason: str) -> None:
        """Take a decision back before it has its effect; a release of it is withdrawn too.

        Raises:
            OrderNotFound, ReleaseClosed, DecisionNotAllowed: there is nothing to take back.
        """
        found = await self._found(self._database, decision_id)
        if found.second_by or found.withdrawn_at:
            raise DecisionNotAllowed("this decision is settled")
        for release in await self._releases.of_order(found.order_id):
            if release.signed.request.decision_id == decision_id:
                await self._releases.withdraw(release.release_id, actor, reason)
        now = self._clock.now()
        async with self._database.transaction() as conn:
            await store.withdraw_decision(conn, decision_id, now)
            await store.set_status(conn, found.order_id, OrderStatus.IN_ANALYSIS)
            detail = {"decision": decision_id, "reason": reason[:1000]}
            await audit.record(conn, now, actor, "decision.withdrawn", found.order_id, detail)

    async def disclosed(self, payload: Mapping[str, Any]) -> None:
        """Handle the outbox item `legal.disclosed`: close the order and tell the log. Idempotent."""
        order = await self._orders.get(payload["order_id"])
        if order.closed_at is not None:
            return
        authority = await self._authorities.get(order.authority_id)
        now = datetime.fromisoformat(payload["disclosed_at"])
        decision = next(d for d in reversed(await self.of_order(order.order_id)) if d.withdrawn_at is None)
        whole = decision.result is Result.DISCLOSE and not payload.get("given_up")
        outcome = "full" if whole else "partial"
        opening = opening_of(
            Stage.CLOSED, order, authority, outcome=outcome, minutes_to_effect=_minutes(order, now)
        )
        async with self._database.transaction() as conn:
            await store.set_task(conn, payload["task_id"], TaskStatus.DISCLOSED, outcome)
            await store.set_status(conn, order.order_id, OrderStatus.DISCLOSED, "", now)
            await outbox.put(conn, "legal", APPEND_TOPIC, entry_of(f"closed-{order.order_id}", opening))
            await audit.record(conn, now, "system", "order.closed", order.order_id, {"outcome": outcome})

    async def unrecoverable(self, payload: Mapping[str, Any]) -> None:
        """Handle the outbox item `legal.unrecoverable`: close the order, tell the log and the person. Idempotent.

        The log's outcome is `none_held` with the reason `unrecoverable`: nothing that could be handed over is held.
        """
        order = await self._orders.get(payload["order_id"])
        if order.closed_at is not None:
            return
        authority = await self._authorities.get(order.authority_id)
        now = datetime.fromisoformat(payload["concluded_at"])
        entry = f"closed-{order.order_id}"
        opening = opening_of(
            Stage.CLOSED, order, authority, outcome="none_held", reason=UNRECOVERABLE,
            minutes_to_effect=_minutes(order, now),
        )  # fmt: skip
        async with self._database.transaction() as conn:
            await store.set_task(conn, payload["task_id"], TaskStatus.EXPIRED, UNRECOVERABLE)
            await store.set_status(conn, order.order_id, OrderStatus.CLOSED, _UNRECOVERABLE_TEXT, now)
            await outbox.put(conn, "legal", APPEND_TOPIC, entry_of(entry, opening))
            account = AccountId(payload["account"])
            await self._notices.attempted(conn, order.order_id, account, entry, kind=Kind.UNRECOVERABLE)
            await audit.record(conn, now, "system", "order.closed", order.order_id, {"outcome": UNRECOVERABLE})

    async def _reason_code(self, decision: Decision) -> str:
        if decision.form3_reason:
            return decision.form3_reason
        assessment = await self._analysis.assessment(decision.order_id)
        grounds = [v.check.id for v in assessment.grounds if v.effect in ("blocking", "form3")]
        return ".".join(grounds)[:100] or "other"

    async def _found(self, conn: Executor, decision_id: str, *, lock: bool = False) -> Decision:
        found = await store.decision(conn, decision_id, lock=lock)
        if found is None:
            raise OrderNotFound("there is no such decision")
        return found


def _decision(order: Order, task: Task, wanted: Wanted, actor: str, now: datetime) -> Decision:
    disclosing = wanted.result in _DISCLOSING
    return Decision(
        decision_id=DecisionId(new_id()),
        order_id=order.order_id,
        task_id=task.task_id,
        result=wanted.result,
        reasons_text=wanted.reasons.strip()[:10_000],
        fields=(wanted.fields or task.fields) if disclosing else (),
        start=(wanted.start or task.start) if disclosing else None,
        end=(wanted.end or task.end) if disclosing else None,
        decided_by=actor,
        decided_at=now,
        form3_reason=wanted.form3_reason,
    )


def _request(order: Order, account: AccountId, decision: Decision) -> ReleaseRequest:
    assert decision.start is not None, "a disclosure has a range"
    assert decision.end is not None, "a disclosure has a range"
    fields = tuple(field for field in Field if field.value in decision.fields)
    return ReleaseRequest(
        nonce=release_rules.new_nonce(),
        order_sha256=order.order_sha256,
        account=account,
        days=days_of(decision.start, decision.end) if Field.IP in fields else (),
        start=decision.start,
        end=decision.end,
        fields=fields,
        recipient_key=order.recipient_key,
        decision_id=decision.decision_id,
    )


def _minutes(order: Order, now: datetime) -> int:
    return max(0, int((now - order.served_at).total_seconds() // 60))


def _as_json(views: Sequence[CheckView]) -> list[dict[str, Any]]:
    """The answers as they stood when the decision was made."""
    return [
        {
            "check": view.check.id,
            "effect": view.effect.value,
            "answer": None if view.answer.answer is None else view.answer.answer.value,
            "remark": view.answer.remark,
            "answered_by": view.answer.answered_by,
            "second_by": view.answer.second_by,
        }
        for view in views
    ]

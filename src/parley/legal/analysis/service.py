"""The actions of the analysis: people answer the checks of an order, other people confirm the answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from parley.core.clock import Clock
from parley.core.ids import OrderId
from parley.legal.analysis import rules, store
from parley.legal.analysis.catalogue import Catalogue
from parley.legal.analysis.errors import AnswerInvalid, CheckNotFound
from parley.legal.analysis.model import Answer, Assessment, Channel, CheckAnswer, CheckView
from parley.storage import audit
from parley.storage.database import Database, Executor

#: Gives (instrument, country) of an order; raises when there is none.
OrderFacts = Callable[[OrderId], Awaitable[tuple[str, str]]]
#: Hears, in the transaction of an answer, that people work on an order's checks. Idempotent.
OrderBegun = Callable[[Executor, OrderId], Awaitable[None]]


class Analysis:
    """The checks of the orders of one operator."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        catalogue: Catalogue,
        own_country: str,
        facts: OrderFacts,
        begun: OrderBegun,
    ) -> None:
        self._database = database
        self._clock = clock
        self._catalogue = catalogue
        self._own_country = own_country
        self._facts = facts
        self._begun = begun

    async def views(self, order_id: OrderId) -> tuple[CheckView, ...]:
        """Give the checks of an order with their effects and answers, in the order of the catalogue."""
        instrument, country = await self._facts(order_id)
        answers = await store.answers(self._database, order_id)
        return rules.views_of(self._catalogue.checks, answers, instrument, country)

    async def assessment(self, order_id: OrderId) -> Assessment:
        """Say what the answers allow now."""
        return rules.assess(await self.views(order_id))

    async def channel(self, order_id: OrderId) -> Channel:
        """Give the channel of the order's country and instrument."""
        instrument, country = await self._facts(order_id)
        return rules.channel_of(self._catalogue, self._own_country, country, instrument)

    async def answer(self, order_id: OrderId, check_id: str, answer: str, remark: str, by: str) -> None:
        """Answer a check; a second person's word for a former answer is void then.

        Raises:
            CheckNotFound, AnswerInvalid: see `errors`.
        """
        check = self._catalogue.check(check_id)
        try:
            chosen = Answer(answer)
        except ValueError:
            raise AnswerInvalid("answer: pass, fail, needs_info or not_applicable") from None
        if check is None:
            raise CheckNotFound("no such check")
        rules.check_answer(check, chosen, remark)
        now = self._clock.now()
        async with self._database.transaction() as conn:
            await self._must(await store.answer_for_update(conn, order_id, check_id))
            await store.set_answer(conn, order_id, check_id, chosen, remark.strip()[:2000], by, now)
            await self._begun(conn, order_id)
            detail = {"check": check_id, "answer": chosen.value}
            await audit.record(conn, now, by, "analysis.answered", order_id, detail)

    async def accept_proposals(self, order_id: OrderId, by: str) -> int:
        """Answer every unanswered check as the program proposes; how many were answered.

        The person makes the proposals their own: each stands under their name.
        """
        taken = 0
        for check_id, found in (await store.answers(self._database, order_id)).items():
            if found.answer is None and found.proposed is not None:
                remark = " ".join(found.evidence)
                await self.answer(order_id, check_id, found.proposed.value, remark, by)
                taken += 1
        return taken

    async def confirm(self, order_id: OrderId, check_id: str, by: str) -> None:
        """Stand behind another person's answer.

        Raises:
            CheckNotFound, AnswerInvalid, SamePerson: see `errors`.
        """
        now = self._clock.now()
        async with self._database.transaction() as conn:
            found = await self._must(await store.answer_for_update(conn, order_id, check_id))
            rules.check_second(found, by)
            await store.set_second(conn, order_id, check_id, by, now)
            assert found.answer is not None, "checked by the rule"
            detail = {"check": check_id, "answer": found.answer.value}
            await audit.record(conn, now, by, "analysis.confirmed", order_id, detail)

    async def confirm_all(self, order_id: OrderId, by: str) -> int:
        """Stand behind every answer that others gave; how many were confirmed."""
        confirmed = 0
        for check_id, found in (await store.answers(self._database, order_id)).items():
            if found.answer is not None and found.second_by is None and found.answered_by != by:
                await self.confirm(order_id, check_id, by)
                confirmed += 1
        return confirmed

    async def _must(self, found: CheckAnswer | None) -> CheckAnswer:
        if found is None:
            raise CheckNotFound("this check does not apply to this order")
        return found

"""The queues with what waits in them, and the list of one queue."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from parley.core.ids import CaseId
from parley.safety.appeals import store as appeal_store
from parley.safety.errors import CaseLocked, SafetyError
from parley.safety.policies import Queue, policy
from parley.safety.review import reading, store
from parley.web.csrf import action
from parley.web.flash import redirect
from parley.web.forms import text
from parley.web.moderation.desk import SafetyDesk
from parley.web.moderation.people import moderator, page_number
from parley.web.pages import render
from parley.web.sessions import require_role

PAGE = 25
QUEUE_NAMES = {
    Queue.CHILD_SAFETY: "Child safety",
    Queue.IMMINENT_HARM: "Imminent harm",
    Queue.SEARCH_REPORT: "Reported search results",
    Queue.SCAMS: "Scams",
    Queue.ILLEGAL_GOODS: "Illegal goods",
    Queue.SPAM: "Spam",
    Queue.OTHER: "Everything else",
    Queue.MACHINE_ONLY: "Flagged by machines only",
}


class OverviewPages:
    """Where a moderator's work begins."""

    def __init__(self, desk: SafetyDesk) -> None:
        self._desk = desk

    @require_role("moderator")
    async def overview(self, request: Request) -> Response:
        """All queues with counts."""
        who, now = moderator(request), self._desk.clock.now()
        counts = await store.queue_counts(self._desk.database, now)
        appeals, late_appeals = await appeal_store.count_open(self._desk.database, now)
        return render(
            request,
            "moderation/overview.html",
            counts=[c for c in counts if who.may_open(c.queue)],
            names=QUEUE_NAMES,
            appeals=appeals,
            late_appeals=late_appeals,
            second_looks=len(await reading.second_looks(self._desk.database, who)),
            first=await store.page(self._desk.database, None, now, 0, 5, child_safety=who.child_safety),
            policy=policy,
        )

    @require_role("moderator")
    async def queue(self, request: Request) -> Response:
        """The cases of one queue, most urgent first."""
        queue, page, who = self._queue(request), page_number(request), moderator(request)
        cases = await store.page(
            self._desk.database, queue, self._desk.clock.now(), page * PAGE, PAGE + 1, child_safety=who.child_safety
        )
        return render(
            request,
            "moderation/queue.html",
            queue=queue,
            name=QUEUE_NAMES[queue],
            cases=cases[:PAGE],
            page=page,
            more=len(cases) > PAGE,
            policy=policy,
        )

    @action
    @require_role("moderator")
    async def take_next(self, request: Request) -> Response:
        """Take the most urgent case that nobody has."""
        raw = text(await request.form(), "queue")
        queue = Queue(raw) if raw in set(Queue) else None
        who, now = moderator(request), self._desk.clock.now()
        found = await store.page(self._desk.database, queue, now, 0, 50, child_safety=who.child_safety)
        for case, _ in found:
            try:
                await self._desk.review.lock(who, CaseId(case.case_id))
            except (CaseLocked, SafetyError):
                continue
            return redirect(request, f"/desk/moderation/cases/{case.case_id}")
        return redirect(request, "/desk/moderation", "Nothing waits there that you can take.", "note")

    @staticmethod
    def _queue(request: Request) -> Queue:
        raw = request.path_params["queue"]
        if raw not in set(Queue) or not moderator(request).may_open(Queue(raw)):
            raise HTTPException(404)
        return Queue(raw)

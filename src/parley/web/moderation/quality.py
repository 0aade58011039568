"""Second looks at others' decisions, reported search terms, and the figures of the desk."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from parley.core.ids import DecisionId
from parley.safety.policies import policies, policy
from parley.safety.reports import store as report_store
from parley.safety.reports.terms import VERDICTS, SearchTerms
from parley.safety.review import measures, reading
from parley.web.csrf import action
from parley.web.flash import redirect
from parley.web.forms import text
from parley.web.moderation.decision_form import policy_options
from parley.web.moderation.desk import SafetyDesk
from parley.web.moderation.overview import PAGE
from parley.web.moderation.people import moderator, page_number
from parley.web.pages import render
from parley.web.sessions import require_role

_LOOKS = "/desk/moderation/second-looks"
_TERMS = "/desk/moderation/terms"


class QualityPages:
    """What keeps the desk honest."""

    def __init__(self, desk: SafetyDesk) -> None:
        self._desk = desk
        self._terms = SearchTerms(desk.database, desk.clock)

    @require_role("moderator", "admin")
    async def measures(self, request: Request) -> Response:
        """The figures of the last 90 days."""
        figures = await measures.measure(self._desk.database, self._desk.clock.now())
        return render(request, "moderation/measures.html", figures=figures)

    @require_role("moderator")
    async def second_looks(self, request: Request) -> Response:
        """Decisions that wait for a blind second look."""
        looks = await reading.second_looks(self._desk.database, moderator(request))
        return render(request, "moderation/second_looks.html", looks=looks)

    @require_role("moderator")
    async def second_look(self, request: Request) -> Response:
        """One case without its decision."""
        who, params = moderator(request), request.path_params
        looks = await reading.second_looks(self._desk.database, who, limit=1000)
        look = next((s for s in looks if (s.decision_id, s.why) == (params["decision_id"], params["why"])), None)
        if look is None:
            raise HTTPException(404)
        file = await reading.case_file(self._desk.database, who, look.case.case_id, self._desk.clock.now())
        return render(
            request, "moderation/second_look.html", look=look, file=file, options=policy_options(), policy=policy
        )

    @action
    @require_role("moderator")
    async def answer(self, request: Request) -> Response:
        """Note what the second person would have decided; whether they agree is computed, not asked."""
        data, params = await request.form(), request.path_params
        name, acts = text(data, "policy"), text(data, "acts")
        if acts not in {"yes", "no"} or name not in policies():
            return redirect(
                request, f"{_LOOKS}/{params['decision_id']}/{params['why']}", "Answer both questions.", "bad"
            )
        await self._desk.review.second_look(
            moderator(request), DecisionId(params["decision_id"]), params["why"], name, acts == "yes"
        )
        return redirect(request, _LOOKS, "Thank you, noted.")

    @require_role("moderator")
    async def terms(self, request: Request) -> Response:
        """Reported search terms."""
        page = page_number(request)
        found = await report_store.terms(self._desk.database, page * PAGE, PAGE + 1)
        return render(
            request,
            "moderation/terms.html",
            terms=found[:PAGE],
            page=page,
            more=len(found) > PAGE,
            verdicts=VERDICTS,
        )

    @action
    @require_role("moderator")
    async def decide_term(self, request: Request) -> Response:
        """Say what search does with a term."""
        data = await request.form()
        await self._terms.decide(moderator(request), text(data, "term", most=128), text(data, "verdict"))
        return redirect(request, _TERMS, "Noted.")

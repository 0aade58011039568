"""Appeals at the desk, and the public page behind the link in a statement of reasons."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from parley.core.ids import AppealId
from parley.safety.appeals import store
from parley.safety.appeals.model import Appeal, AppealOutcome
from parley.safety.appeals.rules import MAX_TEXT
from parley.safety.errors import AppealExists, AppealNotFound, AppealRefused
from parley.safety.review import reading
from parley.safety.statements import store as statement_store
from parley.web.csrf import action
from parley.web.flash import redirect
from parley.web.forms import Form, text
from parley.web.moderation.desk import SafetyDesk
from parley.web.moderation.overview import PAGE
from parley.web.moderation.people import moderator, page_number
from parley.web.pages import render
from parley.web.sessions import require_role

_LIST = "/desk/moderation/appeals"


class AppealPages:
    """Look at appeals, take one, decide it with a written reply."""

    def __init__(self, desk: SafetyDesk) -> None:
        self._desk = desk

    @require_role("moderator")
    async def list(self, request: Request) -> Response:
        """Undecided appeals, the one that is due first on top."""
        page, who = page_number(request), moderator(request)
        found = await store.open_page(self._desk.database, page * PAGE, PAGE + 1, child_safety=who.child_safety)
        return render(request, "moderation/appeals.html", appeals=found[:PAGE], page=page, more=len(found) > PAGE)

    @require_role("moderator")
    async def show(self, request: Request) -> Response:
        """One appeal with the decision that it is about."""
        return await self._page(request, Form())

    @action
    @require_role("moderator")
    async def lock(self, request: Request) -> Response:
        """Take the appeal; refused to those who decided."""
        appeal_id = AppealId(request.path_params["appeal_id"])
        await self._desk.appeals.lock(moderator(request), appeal_id)
        return redirect(request, f"{_LIST}/{appeal_id}")

    @action
    @require_role("moderator")
    async def decide(self, request: Request) -> Response:
        """Uphold or take back, with reasons that the owner reads."""
        data = await request.form()
        raw = text(data, "outcome")
        if raw not in set(AppealOutcome):
            return await self._page(request, Form.of(data, {"outcome": "Choose one of the two."}), status=422)
        appeal_id = AppealId(request.path_params["appeal_id"])
        try:
            await self._desk.appeals.decide(
                moderator(request), appeal_id, AppealOutcome(raw), text(data, "reasons", most=MAX_TEXT)
            )
        except AppealRefused as refused:
            return await self._page(request, Form.of(data, {"reasons": str(refused)}), status=422)
        return redirect(request, _LIST, "Decided. The owner is told.")

    async def _page(self, request: Request, form: Form, status: int = 200) -> Response:
        who, now = moderator(request), self._desk.clock.now()
        appeal = await self._appeal(request)
        statement = await statement_store.get(self._desk.database, appeal.statement_id)
        assert statement is not None, "an appeal has a statement"
        file = await reading.case_file(self._desk.database, who, appeal.case_id, now)
        decision = next(d for d in file.decisions if d.decision_id == statement.decision_id)
        return render(
            request,
            "moderation/appeal.html",
            status=status,
            appeal=appeal,
            statement=statement,
            file=file,
            decision=decision,
            form=form,
            mine=appeal.locked_by == who.name and appeal.locked_until is not None and appeal.locked_until > now,
            decided_it=who.name in {decision.decided_by, decision.second_by},
        )

    async def _appeal(self, request: Request) -> Appeal:
        appeal = await store.get(self._desk.database, AppealId(request.path_params["appeal_id"]))
        if appeal is None:
            raise AppealNotFound("no such appeal")
        return appeal


class PublicAppeal:
    """The page that an owner reaches by the link in the statement; nobody needs to sign in."""

    def __init__(self, desk: SafetyDesk) -> None:
        self._desk = desk

    async def show(self, request: Request) -> Response:
        """The statement, and a form while it can be appealed."""
        return await self._page(request, Form())

    @action
    async def file(self, request: Request) -> Response:
        """Take the appeal in."""
        data, token = await request.form(), request.path_params["token"]
        try:
            await self._desk.appeals.from_web(token, text(data, "reasons", most=MAX_TEXT))
        except (AppealRefused, AppealExists) as refused:
            return await self._page(request, Form.of(data, {"reasons": str(refused)}), status=422)
        return redirect(request, f"/appeal/{token}", "Your appeal has arrived.")

    async def _page(self, request: Request, form: Form, status: int = 200) -> Response:
        statement, appeal = await self._desk.appeals.statement_of(request.path_params["token"])
        body = statement.text.partition("\n\nIf you disagree")[0]
        open_still = appeal is None and self._desk.clock.now() <= statement.appeal_until
        response = render(
            request, "moderation/public_appeal.html", status=status, statement=statement, body=body, appeal=appeal,
            open_still=open_still, form=form,
        )  # fmt: skip
        response.headers["cache-control"] = "no-store"
        response.headers["referrer-policy"] = "no-referrer"
        return response

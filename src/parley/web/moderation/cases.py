"""The page of a case and everything that a moderator does on it."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from parley.core.ids import CaseId
from parley.safety.enforcement.model import LABELS
from parley.safety.errors import InvalidDecision, InvalidStatement
from parley.safety.policies import policies, policy
from parley.safety.review import reading
from parley.safety.review.reading import CaseFile
from parley.safety.review.rules import check_decision, check_subject, needs_second_review
from parley.safety.statements import rules as statement_rules
from parley.safety.statements.model import Grounds
from parley.safety.subjects import SubjectKind
from parley.web.csrf import action
from parley.web.flash import redirect
from parley.web.forms import Form, text
from parley.web.moderation import decision_form
from parley.web.moderation.decision_form import Typed
from parley.web.moderation.desk import SafetyDesk
from parley.web.moderation.overview import QUEUE_NAMES
from parley.web.moderation.people import moderator
from parley.web.pages import render
from parley.web.sessions import require_role


class CasePages:
    """One case: look, take, let go, skip, unblur, decide."""

    def __init__(self, desk: SafetyDesk) -> None:
        self._desk = desk

    @require_role("moderator")
    async def show(self, request: Request) -> Response:
        """The whole case."""
        return await self._page(request, Form())

    @action
    @require_role("moderator")
    async def lock(self, request: Request) -> Response:
        """Take the case."""
        await self._desk.review.lock(moderator(request), self._id(request))
        return redirect(request, self._path(request))

    @action
    @require_role("moderator")
    async def release(self, request: Request) -> Response:
        """Let the case go."""
        await self._desk.review.release(moderator(request), self._id(request))
        return redirect(request, "/desk/moderation", "The case is free for others.")

    @action
    @require_role("moderator")
    async def skip(self, request: Request) -> Response:
        """Leave the case to others, with a reason."""
        reason = text(await request.form(), "reason", most=500)
        if not reason:
            return redirect(request, self._path(request), "Say why you skip this case.", "bad")
        await self._desk.review.skip(moderator(request), self._id(request), reason)
        return redirect(request, "/desk/moderation", "Skipped; somebody else will look.")

    @action
    @require_role("moderator")
    async def reveal(self, request: Request) -> Response:
        """Unblur the content; the case's log notes it."""
        await self._desk.review.reveal(moderator(request), self._id(request))
        return redirect(request, f"{self._path(request)}#content-heading")

    @action(fields=40)
    @require_role("moderator")
    async def decide(self, request: Request) -> Response:
        """Preview the statement of reasons, or decide."""
        data = await request.form()
        file = await self._file(request)
        typed = decision_form.read(data, file.posts, {value for value, _ in self._offered(file)})
        chosen = [a.kind.value for a in typed.actions]
        try:
            check_decision(typed.policy, typed.facts, typed.actions)
            check_subject(file.case.subject.kind, typed.actions)
            if text(data, "step") == "preview":
                preview = self._preview(file, typed)
                return await self._page(request, Form.of(data), chosen=chosen, preview=preview)
            decision = await self._desk.review.decide(
                moderator(request), self._id(request), typed.policy, typed.facts, typed.actions
            )
        except (InvalidDecision, InvalidStatement) as refused:
            return await self._page(request, Form.of(data, {"": str(refused)}), chosen=chosen, status=422)
        said = (
            "Decided. It takes effect now." if decision.status == "final" else "Noted. A second person decides too."
        )
        return redirect(request, self._path(request), said)

    def _preview(self, file: CaseFile, typed: Typed) -> dict[str, Any]:
        """What the owner would read and the public database would get."""
        if file.case.subject.kind is SubjectKind.TERM:
            return {"text": "No statement: a search term has no owner.", "fields": [], "second": False}
        if all(a.kind.value == "none" for a in typed.actions):
            return {"text": "No statement: nothing is restricted.", "fields": [], "second": False}
        now, case = self._desk.clock.now(), file.case
        grounds = Grounds(
            statement_rules.words_for(case.subject.kind, case.title), typed.policy, typed.facts,
            ("CONTENT_TYPE_TEXT",), max((p.posted_at for p in file.posts), default=case.opened_at),
            "SOURCE_TYPE_OTHER_NOTIFICATION" if case.reporters else "SOURCE_VOLUNTARY",
            case.machine_score is not None, "not",
        )  # fmt: skip
        fields = statement_rules.build_fields("(given on issue)", grounds, case.subject.kind, typed.actions, now)
        until = statement_rules.appeal_until(now)
        words = statement_rules.owner_text(grounds, typed.actions, until, "(number)", "(link)", now)
        second = needs_second_review(typed.policy, typed.actions)
        return {"text": words, "fields": reading.plain(fields), "second": second}

    async def _page(
        self,
        request: Request,
        form: Form,
        *,
        chosen: list[str] | None = None,
        preview: dict[str, Any] | None = None,
        status: int = 200,
    ) -> Response:
        file = await self._file(request)
        return render(
            request,
            "moderation/case.html",
            status=status,
            file=file,
            case=file.case,
            queue_name=QUEUE_NAMES[file.case.queue],
            policy=policy,
            labels=LABELS,
            form=form,
            chosen=chosen or [],
            preview=preview,
            policy_options=decision_form.policy_options(),
            action_options=self._offered(file),
            hours_options=[(str(h), words) for h, words in decision_form.HOURS],
            suggested=str(min((h for h, _ in decision_form.HOURS), key=lambda h: abs(h - file.suggested_hours))),
            subject_words=statement_rules.words_for(file.case.subject.kind, file.case.title),
            reason_titles={name: p.title for name, p in policies().items()},
        )

    def _offered(self, file: CaseFile) -> list[tuple[str, str]]:
        return decision_form.action_options(file.case.subject.kind, self._desk.carried_out)

    async def _file(self, request: Request) -> CaseFile:
        return await reading.case_file(
            self._desk.database, moderator(request), self._id(request), self._desk.clock.now()
        )

    @staticmethod
    def _id(request: Request) -> CaseId:
        return CaseId(request.path_params["case_id"])

    def _path(self, request: Request) -> str:
        return f"/desk/moderation/cases/{self._id(request)}"

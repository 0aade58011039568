"""The public form for notices of illegal content, and the page that says what came of one."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from parley.safety.errors import SubjectNotFound
from parley.safety.reports.notices import Notice, Notices, check
from parley.web.csrf import action
from parley.web.flash import redirect
from parley.web.forms import Form, text
from parley.web.moderation.decision_form import policy_options
from parley.web.pages import render


class NoticePages:
    """Anybody may send a notice; no account is needed."""

    def __init__(self, notices: Notices) -> None:
        self._notices = notices

    async def show(self, request: Request) -> Response:
        """The empty form."""
        return self._page(request, Form())

    @action
    async def file(self, request: Request) -> Response:
        """Take a notice in and lead to its own page."""
        data = await request.form()
        notice = Notice(
            where=text(data, "where", most=200),
            policy=text(data, "policy", most=40),
            explanation=text(data, "explanation", most=500),
            name=text(data, "name", most=200),
            email=text(data, "email", most=254),
            good_faith=text(data, "good_faith") == "yes",
        )
        errors = check(notice)
        if errors:
            return self._page(request, Form.of(data, errors), 422)
        try:
            reference = await self._notices.file(notice)
        except SubjectNotFound as refused:
            return self._page(request, Form.of(data, {"where": f"{str(refused).capitalize()}."}), 422)
        return redirect(request, f"/report/{reference}", "Thank you, your notice has arrived.")

    async def status(self, request: Request) -> Response:
        """What came of a notice; only its sender knows the address."""
        reference = request.path_params["reference"]
        found = await self._notices.status(reference)
        response = render(request, "moderation/notice_status.html", status_of=found, reference=reference)
        response.headers["cache-control"] = "no-store"
        return response

    @staticmethod
    def _page(request: Request, form: Form, status: int = 200) -> Response:
        return render(request, "moderation/notice.html", status=status, form=form, options=policy_options())

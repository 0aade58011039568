"""Working through an order's checks: one person answers, another confirms."""

from __future__ import annotations

from collections.abc import Awaitable

from starlette.requests import Request
from starlette.responses import Response

from parley.staff.model import Role
from parley.web.csrf import action
from parley.web.forms import text
from parley.web.legal_desk.services import LegalServices
from parley.web.legal_desk.steps import back, order_of, take
from parley.web.sessions import require_role, signed_in


class AnalysisActions:
    """The actions on checks; each leads back to the order."""

    def __init__(self, services: LegalServices) -> None:
        self._analysis = services.analysis

    @action
    @require_role(Role.LEGAL)
    async def answer(self, request: Request) -> Response:
        """Answer a check."""
        data = await request.form()
        answer, remark = text(data, "answer"), text(data, "remark", most=2000)
        check = request.path_params["check_id"]
        step = self._analysis.answer(order_of(request), check, answer, remark, signed_in(request).actor)
        return await _about(request, check, step, "is answered. Another person confirms it.")

    @action
    @require_role(Role.LEGAL)
    async def confirm(self, request: Request) -> Response:
        """Stand behind another person's answer."""
        check = request.path_params["check_id"]
        step = self._analysis.confirm(order_of(request), check, signed_in(request).actor)
        return await _about(request, check, step, "is settled.")

    @action
    @require_role(Role.LEGAL)
    async def accept_proposals(self, request: Request) -> Response:
        """Make the program's proposals one's own answers."""
        taken = await self._analysis.accept_proposals(order_of(request), signed_in(request).actor)
        return back(request, "checks", f"{taken} proposals are now your answers.")

    @action
    @require_role(Role.LEGAL)
    async def confirm_all(self, request: Request) -> Response:
        """Stand behind every answer of other people."""
        confirmed = await self._analysis.confirm_all(order_of(request), signed_in(request).actor)
        return back(request, "checks", f"{confirmed} answers are settled.")


async def _about(request: Request, check: str, step: Awaitable[object], said: str) -> Response:
    return await take(request, f"check-{check}", step, f"{check} {said}", about=f"{check}: ")

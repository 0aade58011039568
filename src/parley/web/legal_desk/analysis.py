"""Working through an order's checks: one person answers, another confirms."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from parley.core.errors import NotFound, ParleyError
from parley.core.ids import OrderId
from parley.staff.model import Role
from parley.web.csrf import action
from parley.web.flash import redirect
from parley.web.forms import text
from parley.web.legal_desk.orders import PATH
from parley.web.legal_desk.services import LegalServices
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
        check = request.path_params["check_id"]
        try:
            await self._analysis.answer(
                _order(request),
                check,
                text(data, "answer"),
                text(data, "remark", most=2000),
                signed_in(request).actor,
            )
        except NotFound:
            raise
        except ParleyError as refused:
            return _back(request, f"{check}: {refused}", "bad", f"check-{check}")
        return _back(request, f"{check} is answered. Another person confirms it.", anchor=f"check-{check}")

    @action
    @require_role(Role.LEGAL)
    async def confirm(self, request: Request) -> Response:
        """Stand behind another person's answer."""
        check = request.path_params["check_id"]
        try:
            await self._analysis.confirm(_order(request), check, signed_in(request).actor)
        except NotFound:
            raise
        except ParleyError as refused:
            return _back(request, f"{check}: {refused}", "bad", f"check-{check}")
        return _back(request, f"{check} is settled.", anchor=f"check-{check}")

    @action
    @require_role(Role.LEGAL)
    async def accept_proposals(self, request: Request) -> Response:
        """Make the program's proposals one's own answers."""
        taken = await self._analysis.accept_proposals(_order(request), signed_in(request).actor)
        return _back(request, f"{taken} proposals are now your answers.", anchor="checks")

    @action
    @require_role(Role.LEGAL)
    async def confirm_all(self, request: Request) -> Response:
        """Stand behind every answer of other people."""
        confirmed = await self._analysis.confirm_all(_order(request), signed_in(request).actor)
        return _back(request, f"{confirmed} answers are settled.", anchor="checks")


def _order(request: Request) -> OrderId:
    return OrderId(request.path_params["order_id"])


def _back(request: Request, said: str, tone: str = "good", anchor: str = "") -> Response:
    return redirect(request, f"{PATH}/{_order(request)}#{anchor}", said, tone)

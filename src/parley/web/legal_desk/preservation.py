"""Preserving what an order names: one person proposes, another confirms, and anybody of them can end it early."""

from __future__ import annotations

from collections.abc import Awaitable

from starlette.requests import Request
from starlette.responses import Response

from parley.core.errors import NotFound, ParleyError
from parley.core.ids import OrderId
from parley.legal.orders.preservation import Preservations
from parley.staff.model import Role
from parley.web.csrf import action
from parley.web.flash import redirect
from parley.web.forms import moment, text
from parley.web.legal_desk.orders import PATH
from parley.web.sessions import require_role, signed_in


class PreservationActions:
    """The actions; each leads back to the order."""

    def __init__(self, preservations: Preservations) -> None:
        self._preservations = preservations

    @action
    @require_role(Role.LEGAL)
    async def propose(self, request: Request) -> Response:
        """Propose to preserve, as the first person."""
        data = await request.form()
        why = text(data, "why", most=1000)
        try:
            until = moment(data, "until")
        except ParleyError as wrong:
            return _back(request, str(wrong), "bad")
        if until is None or not why:
            return _back(request, "Say why, and until when.", "bad")
        step = self._preservations.propose(_order(request), until, why, signed_in(request).actor)
        return await _step(request, step, "Proposed. Another person confirms it; nothing is copied until then.")

    @action
    @require_role(Role.LEGAL)
    async def confirm(self, request: Request) -> Response:
        """Preserve, as the second person."""
        step = self._preservations.confirm(_order(request), _preservation(request), signed_in(request).actor)
        return await _step(request, step, "Preserved. It lapses by itself.")

    @action
    @require_role(Role.LEGAL)
    async def decline(self, request: Request) -> Response:
        """Turn a proposal down."""
        step = self._preservations.decline(_order(request), _preservation(request), signed_in(request).actor)
        return await _step(request, step, "Nothing is preserved.")

    @action
    @require_role(Role.LEGAL)
    async def end(self, request: Request) -> Response:
        """Shred what is preserved before its time, with a reason."""
        why = text(await request.form(), "why", most=1000)
        if not why:
            return _back(request, "Say why it ends now.", "bad")
        order, actor = _order(request), signed_in(request).actor
        step = self._preservations.end(order, _preservation(request), why, actor)
        return await _step(request, step, "What was preserved is shredded.")


async def _step(request: Request, step: Awaitable[object], said: str) -> Response:
    try:
        await step
    except NotFound:
        raise
    except ParleyError as refused:
        return _back(request, str(refused), "bad")
    return _back(request, said)


def _order(request: Request) -> OrderId:
    return OrderId(request.path_params["order_id"])


def _preservation(request: Request) -> str:
    return str(request.path_params["preservation_id"])


def _back(request: Request, said: str, tone: str = "good") -> Response:
    return redirect(request, f"{PATH}/{_order(request)}#preservation", said, tone)

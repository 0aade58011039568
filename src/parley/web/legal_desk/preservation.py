"""Preserving what an order names: one person proposes, another confirms, and anybody of them can end it early."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from parley.core.errors import ParleyError
from parley.legal.orders.preservation import Preservations
from parley.staff.model import Role
from parley.web.csrf import action
from parley.web.forms import moment, text
from parley.web.legal_desk.steps import back, order_of, take
from parley.web.sessions import require_role, signed_in

_SECTION = "preservation"


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
            return back(request, _SECTION, str(wrong), "bad")
        if until is None or not why:
            return back(request, _SECTION, "Say why, and until when.", "bad")
        step = self._preservations.propose(order_of(request), until, why, signed_in(request).actor)
        return await take(
            request, _SECTION, step, "Proposed. Another person confirms it; nothing is copied until then."
        )

    @action
    @require_role(Role.LEGAL)
    async def confirm(self, request: Request) -> Response:
        """Preserve, as the second person."""
        step = self._preservations.confirm(order_of(request), _preservation(request), signed_in(request).actor)
        return await take(request, _SECTION, step, "Preserved. It lapses by itself.")

    @action
    @require_role(Role.LEGAL)
    async def decline(self, request: Request) -> Response:
        """Turn a proposal down."""
        step = self._preservations.decline(order_of(request), _preservation(request), signed_in(request).actor)
        return await take(request, _SECTION, step, "Nothing is preserved.")

    @action
    @require_role(Role.LEGAL)
    async def end(self, request: Request) -> Response:
        """Shred what is preserved before its time, with a reason."""
        why = text(await request.form(), "why", most=1000)
        if not why:
            return back(request, _SECTION, "Say why it ends now.", "bad")
        order, actor = order_of(request), signed_in(request).actor
        step = self._preservations.end(order, _preservation(request), why, actor)
        return await take(request, _SECTION, step, "What was preserved is shredded.")


def _preservation(request: Request) -> str:
    return str(request.path_params["preservation_id"])

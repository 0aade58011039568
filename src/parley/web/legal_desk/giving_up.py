"""Giving up what nobody can open any more of a release: one person proposes, another confirms."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from parley.legal.disclosure.giving_up import GivingsUp
from parley.staff.model import Role
from parley.web.csrf import action
from parley.web.forms import text
from parley.web.legal_desk.steps import back, take
from parley.web.sessions import require_role, signed_in

_SECTION = "decision"


class GivingUpActions:
    """The actions; each leads back to the order."""

    def __init__(self, givings_up: GivingsUp) -> None:
        self._givings_up = givings_up

    @action
    @require_role(Role.LEGAL)
    async def propose(self, request: Request) -> Response:
        """Propose, as the first person."""
        why = text(await request.form(), "why", most=1000)
        if not why:
            return back(request, _SECTION, "Say why these days cannot be opened.", "bad")
        step = self._givings_up.propose(_release(request), why, signed_in(request).actor)
        return await take(request, _SECTION, step, "Proposed. Another person confirms it.")

    @action
    @require_role(Role.LEGAL)
    async def confirm(self, request: Request) -> Response:
        """Give up, as the second person."""
        step = self._givings_up.confirm(_release(request), signed_in(request).actor)
        said = "Given up. What is left goes on; where nothing is, the order ends as unrecoverable."
        return await take(request, _SECTION, step, said)

    @action
    @require_role(Role.LEGAL)
    async def decline(self, request: Request) -> Response:
        """Turn a proposal down."""
        step = self._givings_up.decline(_release(request), signed_in(request).actor)
        return await take(request, _SECTION, step, "Nothing is given up.")


def _release(request: Request) -> str:
    return str(request.path_params["release_id"])

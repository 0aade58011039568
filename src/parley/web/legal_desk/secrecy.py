"""Secrecy and notices of an order: prolong a gag, ask for release from it, lift it or withhold a notice by two."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from parley.core.errors import NotFound, ParleyError
from parley.legal.notices.model import Gag
from parley.legal.notices.service import Notices
from parley.staff.model import Role
from parley.web.csrf import action
from parley.web.forms import moment, text
from parley.web.legal_desk.steps import back, order_of, take
from parley.web.sessions import require_role, signed_in

_SECTION = "secrecy"


class SecrecyActions:
    """The actions; each leads back to the order."""

    def __init__(self, notices: Notices) -> None:
        self._notices = notices

    @action
    @require_role(Role.LEGAL)
    async def prolong(self, request: Request) -> Response:
        """Record that a judge barred telling for longer; what the law does not allow is cut, and said."""
        data = await request.form()
        try:
            gag = Gag(text(data, "basis", most=500), text(data, "judge", most=200), moment(data, "until"))
            held = await self._notices.gags.prolong(order_of(request), gag, signed_in(request).actor)
        except NotFound:
            raise
        except ParleyError as refused:
            return back(request, _SECTION, str(refused), "bad")
        cut = " That is all the law allows: the rest was cut." if held.until != gag.until else ""
        return back(request, _SECTION, f"The secrecy holds until {held.until:%Y-%m-%d %H:%M} UTC.{cut}")

    @action
    @require_role(Role.LEGAL)
    async def propose_lifting(self, request: Request) -> Response:
        """Propose, as the first person, to end a gag that was lifted or found void."""
        why = await _reason(request)
        if not why:
            return back(request, _SECTION, "Say who lifted it, and where that is written.", "bad")
        step = self._notices.gags.propose_lifting(order_of(request), why, signed_in(request).actor)
        return await take(request, _SECTION, step, "Proposed. The secrecy stays until another person confirms it.")

    @action
    @require_role(Role.LEGAL)
    async def confirm_lifting(self, request: Request) -> Response:
        """End a gag as the second person."""
        step = self._notices.gags.confirm_lifting(order_of(request), signed_in(request).actor)
        return await take(
            request, _SECTION, step, "The secrecy is lifted. The person is told as soon as nothing else bars it."
        )

    @action
    @require_role(Role.LEGAL)
    async def decline_lifting(self, request: Request) -> Response:
        """Turn a proposal to lift a gag down."""
        step = self._notices.gags.decline_lifting(order_of(request), signed_in(request).actor)
        return await take(request, _SECTION, step, "The secrecy stays.")

    @action
    @require_role(Role.LEGAL)
    async def asked(self, request: Request) -> Response:
        """Note that the authority was asked to let us tell."""
        step = self._notices.review_asked(order_of(request), signed_in(request).actor)
        return await take(request, _SECTION, step, "Noted. The next time to ask is set.")

    @action
    @require_role(Role.LEGAL)
    async def released(self, request: Request) -> Response:
        """Note that the authority lets us tell."""
        step = self._notices.release(order_of(request), signed_in(request).actor)
        return await take(request, _SECTION, step, "Noted. The person is told as soon as nothing else bars it.")

    @action
    @require_role(Role.LEGAL)
    async def withhold(self, request: Request) -> Response:
        """Propose to withhold a notice, as the first person."""
        why = await _reason(request)
        if not why:
            return back(request, _SECTION, "Say whom the notice would endanger.", "bad")
        step = self._notices.withholding.propose(_notice(request), why, signed_in(request).actor)
        return await take(
            request, _SECTION, step, "Proposed. Another person confirms it within two days, or the notice goes."
        )

    @action
    @require_role(Role.LEGAL)
    async def confirm(self, request: Request) -> Response:
        """Withhold a notice as the second person."""
        step = self._notices.withholding.confirm(_notice(request), signed_in(request).actor)
        return await take(request, _SECTION, step, "The notice is withheld.")

    @action
    @require_role(Role.LEGAL)
    async def decline(self, request: Request) -> Response:
        """Turn a proposal down."""
        step = self._notices.withholding.decline(_notice(request), signed_in(request).actor)
        return await take(request, _SECTION, step, "The notice goes its way.")


async def _reason(request: Request) -> str:
    return text(await request.form(), "why", most=1000).strip()


def _notice(request: Request) -> str:
    return str(request.path_params["notice_id"])

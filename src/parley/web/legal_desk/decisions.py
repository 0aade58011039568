"""Deciding: one person decides, another confirms a refusal, two people sign a release with their passkeys."""

from __future__ import annotations

from datetime import datetime

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from parley.core.errors import Invalid, NotFound, ParleyError
from parley.core.ids import StaffId
from parley.legal.orders.decisions import Wanted
from parley.legal.orders.model import Result
from parley.staff.model import Role
from parley.web.authority.filing_form import FIELDS
from parley.web.csrf import action
from parley.web.forms import Form, moment, text
from parley.web.legal_desk.orders import FORM3, OrderDesk
from parley.web.legal_desk.services import LegalServices
from parley.web.legal_desk.steps import back, order_of, take
from parley.web.passkeys import Passkeys, answered
from parley.web.sessions import require_role, signed_in

_SECTION = "decision"


class DecisionActions:
    """The actions on decisions and releases; each leads back to the order."""

    def __init__(self, services: LegalServices, desk: OrderDesk, passkeys: Passkeys) -> None:
        self._decisions = services.decisions
        self._releases = services.releases
        self._desk = desk
        self._passkeys = passkeys

    @action
    @require_role(Role.LEGAL)
    async def decide(self, request: Request) -> Response:
        """Decide as the first person."""
        order_id = order_of(request)
        person = signed_in(request)
        data = await request.form()
        wanted, errors = _wanted(data)
        if wanted is not None:
            try:
                await self._decisions.decide(order_id, wanted, StaffId(person.subject), person.actor)
            except NotFound:
                raise
            except ParleyError as refused:
                errors = {"": str(refused)}
        if errors:
            return await self._desk.page(request, order_id, Form.of(data, errors), status=422)
        return back(request, _SECTION, "Decided. The next step is another person's.")

    @action
    @require_role(Role.LEGAL)
    async def confirm(self, request: Request) -> Response:
        """Confirm a refusal as the second person."""
        unsafe = text(await request.form(), "unsafe_because", most=1000)
        decision = request.path_params["decision_id"]
        step = self._decisions.confirm_refusal(decision, signed_in(request).actor, unsafe)
        said = "Confirmed. The officer gets the reasons, and the public log its entries."
        return await take(request, _SECTION, step, said)

    @action
    @require_role(Role.LEGAL)
    async def withdraw(self, request: Request) -> Response:
        """Take a decision back that has no effect yet."""
        reason = text(await request.form(), "reason", most=1000) or "no reason given"
        decision = request.path_params["decision_id"]
        step = self._decisions.withdraw(decision, signed_in(request).actor, reason)
        return await take(request, _SECTION, step, "The decision is withdrawn.")

    @action
    @require_role(Role.LEGAL)
    async def sign_options(self, request: Request) -> Response:
        """Give the browser the challenge: the SHA-256 of the release request."""
        release_id = request.path_params["release_id"]
        challenge = await self._releases.challenge(release_id)
        return JSONResponse(
            await self._passkeys.begin_signing(signed_in(request).subject, challenge, f"release {release_id}")
        )

    @action
    @require_role(Role.LEGAL)
    async def sign(self, request: Request) -> Response:
        """Sign a release with the person's passkey."""
        release_id = request.path_params["release_id"]
        person = signed_in(request)
        data = await request.form()

        async def approve() -> object:
            signed = await self._passkeys.finish_signing(person.subject, f"release {release_id}", *answered(data))
            return await self._releases.approve(release_id, StaffId(person.subject), signed.answer, person.actor)

        return await take(request, _SECTION, approve(), "Signed.")


def _wanted(data: FormData) -> tuple[Wanted | None, dict[str, str]]:
    errors: dict[str, str] = {}
    result = text(data, "result")
    if result not in set(Result):
        errors["result"] = "Choose a result."
    start, end = _moment(data, "start", errors), _moment(data, "end", errors)
    ground = text(data, "form3_reason")
    if errors:
        return None, errors
    return Wanted(
        result=Result(result),
        reasons=text(data, "reasons", most=10_000),
        fields=tuple(name for name, _ in FIELDS if name in data.getlist("fields")),
        start=start,
        end=end,
        form3_reason=ground if ground and ground in dict(FORM3) else None,
    ), {}


def _moment(data: FormData, name: str, errors: dict[str, str]) -> datetime | None:
    try:
        return moment(data, name)
    except Invalid as wrong:
        errors[name] = str(wrong)
        return None

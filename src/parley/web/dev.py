"""Development mode's page and endpoints: newest sign-in codes, sign-in without a passkey, the clock.

They exist only when the server listens on loopback without a public URL, and answer only requests whose Host
is this machine itself, so that no page of another site reaches them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any, ParamSpec

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from parley.core.errors import Invalid, NotFound, ParleyError
from parley.staff.model import Realm
from parley.staff.service import Staff
from parley.web.csrf import action, exempt
from parley.web.flash import redirect
from parley.web.forms import text
from parley.web.pages import render
from parley.web.parts import Part
from parley.web.ports import LoginCodes, MovableClock, Officers
from parley.web.security import is_loopback_host
from parley.web.sessions import realm_door
from parley.web.site import Site

P = ParamSpec("P")
_REASON = "development mode: the Host is checked, and only JSON is taken, which no foreign form can send"
_LONGEST_STEP_S = 400 * 24 * 3600


class WrongContentType(ParleyError):
    """The endpoint takes JSON only."""

    status_code = 415


def _here_only(handler: Callable[P, Awaitable[Response]]) -> Callable[P, Awaitable[Response]]:
    @wraps(handler)
    async def checked(*args: P.args, **kwargs: P.kwargs) -> Response:
        request = args[-1]
        assert isinstance(request, Request)
        if not is_loopback_host(request.headers.get("host", "")):
            raise NotFound("there is no such page")
        return await handler(*args, **kwargs)

    return checked


async def _json(request: Request) -> dict[str, Any]:
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise WrongContentType("send application/json")
    try:
        body = json.loads(await request.body())
    except ValueError as error:
        raise Invalid("the body is not JSON") from error
    if not isinstance(body, dict):
        raise Invalid("the body is a JSON object")
    return body


class DevPages:
    """What a developer needs and nobody else may have."""

    def __init__(self, codes: LoginCodes, clock: MovableClock, staff: Staff, officers: Officers) -> None:
        self._codes = codes
        self._clock = clock
        self._staff = staff
        self._officers = officers

    @_here_only
    async def show(self, request: Request) -> Response:
        """Show the newest codes, the people to sign in as, and the clock."""
        return render(request, "dev/home.html", codes=self._codes.recent(), people=await self._staff.members())

    @_here_only
    async def code(self, request: Request) -> Response:
        """Give the newest code of a number."""
        code = self._codes.newest(re.sub(r"\D", "", request.path_params["phone"]))
        if code is None:
            raise NotFound("no code was sent to that number")
        return JSONResponse({"code": code})

    @exempt(_REASON)
    @_here_only
    async def sign_in(self, request: Request) -> Response:
        """Set the session cookie of a member of staff or of an officer."""
        name = (await _json(request)).get("staff")
        if not isinstance(name, str):
            raise Invalid('name the person: {"staff": NAME}')
        response = JSONResponse({"signed_in": name})
        await self._enter(request, response, name)
        return response

    @action
    @_here_only
    async def sign_in_form(self, request: Request) -> Response:
        """Do the same from the page's form."""
        name = text(await request.form(), "staff", most=64)
        response = redirect(request, "/desk")
        await self._enter(request, response, name)
        return response

    @exempt(_REASON)
    @_here_only
    async def clock(self, request: Request) -> Response:
        """Move the clock of deadlines ahead."""
        seconds = (await _json(request)).get("advance_s")
        if isinstance(seconds, bool) or not isinstance(seconds, int | float):
            raise Invalid('say by how much: {"advance_s": N}')
        return JSONResponse({"now": await self._advance(seconds)})

    @action
    @_here_only
    async def clock_form(self, request: Request) -> Response:
        """Do the same from the page's form, in hours."""
        try:
            hours = float(text(await request.form(), "hours", most=10))
        except ValueError as error:
            raise Invalid("say the hours as a number") from error
        return redirect(request, "/dev", f"It is now {await self._advance(hours * 3600)}.")

    async def _advance(self, seconds: float) -> str:
        if not 0 <= seconds <= _LONGEST_STEP_S:
            raise Invalid("the clock moves ahead only, by 400 days at most")
        await self._clock.advance(seconds)
        return self._clock.now().isoformat(timespec="seconds")

    async def _enter(self, request: Request, response: Response, name: str) -> None:
        member = await self._staff.by_name(name)
        officer = None if member else await self._officers.officer_by_name(name)
        realm, subject = Realm.STAFF, member.staff_id if member else ""
        if officer:
            realm, subject = Realm.OFFICER, officer.officer_id
        door = realm_door(request, realm)
        identity = await door.load(subject) if subject else None
        if identity is None:
            raise NotFound("nobody of that name may sign in")
        await door.enter(request, response, identity)


def part(site: Site, codes: LoginCodes, clock: MovableClock, staff: Staff, officers: Officers) -> Part:
    """Build the development part.

    Raises:
        ValueError: the site is not in development mode.
    """
    if not site.dev:
        raise ValueError("the development pages exist in development mode only")
    pages = DevPages(codes, clock, staff, officers)
    routes = (
        Route("/dev", pages.show),
        Route("/dev/login-codes/{phone}", pages.code),
        Route("/dev/sign-in", pages.sign_in, methods=["POST"]),
        Route("/dev/sign-in/form", pages.sign_in_form, methods=["POST"]),
        Route("/dev/clock", pages.clock, methods=["POST"]),
        Route("/dev/clock/form", pages.clock_form, methods=["POST"]),
    )
    return Part("development", routes)

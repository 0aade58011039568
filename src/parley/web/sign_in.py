"""Sign in to an area with a passkey, and out again: the same two steps for staff and for officers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from parley.core.errors import ParleyError
from parley.staff.model import Realm
from parley.staff.sessions import Sessions
from parley.web.csrf import action
from parley.web.flash import redirect
from parley.web.forms import Form, text
from parley.web.pages import render
from parley.web.passkeys import Passkeys, answered
from parley.web.problems import NotSignedIn
from parley.web.sessions import find_person, next_path, realm_door


@dataclass(frozen=True, slots=True)
class SignInArea:
    """What differs between areas: `find` gives the id for a name, `admit` raises when somebody may not enter."""

    realm: Realm
    prefix: str
    template: str
    find: Callable[[str], Awaitable[str | None]]
    admit: Callable[[str], Awaitable[None]]


class SignInPages:
    """The sign-in form and its two steps."""

    def __init__(self, area: SignInArea, sessions: Sessions, passkeys: Passkeys) -> None:
        self._area = area
        self._sessions = sessions
        self._passkeys = passkeys

    def routes(self) -> tuple[Route, ...]:
        """Give the area's routes for signing in and out."""
        prefix = self._area.prefix
        return (
            Route(f"{prefix}/sign-in", self.show),
            Route(f"{prefix}/sign-in", self.enter, methods=["POST"]),
            Route(f"{prefix}/sign-in/options", self.options, methods=["POST"]),
            Route(f"{prefix}/sign-out", self.leave, methods=["POST"]),
        )

    async def show(self, request: Request) -> Response:
        """Show the form; who is signed in already goes on."""
        wanted = next_path(request.query_params.get("next", ""), self._area.prefix)
        if await find_person(request, self._area.realm):
            return redirect(request, wanted)
        return render(request, self._area.template, form=Form({"next": wanted}))

    @action
    async def options(self, request: Request) -> Response:
        """Give the browser a challenge, for the named person's passkeys or for any."""
        name = text(await request.form(), "name", most=100)
        owner = await self._area.find(name) if name else None
        return JSONResponse(await self._passkeys.begin_sign_in(owner, name))

    @action
    async def enter(self, request: Request) -> Response:
        """Verify the passkey's answer and open a session."""
        data = await request.form()
        wanted = next_path(text(data, "next", most=500), self._area.prefix)
        try:
            owner = await self._verified(*answered(data))
        except ParleyError as refused:
            form = Form({"next": wanted, "name": text(data, "name")}, {"": str(refused)})
            return render(request, self._area.template, status=422, form=form)
        door = realm_door(request, self._area.realm)
        identity = await door.load(owner)
        assert identity is not None, "admitted when the passkey was verified"
        response = redirect(request, wanted)
        await door.enter(request, response, identity)
        return response

    async def _verified(self, ceremony: str, answer: str) -> str:
        credential = await self._passkeys.finish_sign_in(ceremony, answer)
        try:
            await self._area.admit(credential.owner)
        except ParleyError as refused:
            await self._sessions.refuse(self._area.realm, credential.owner, type(refused).__name__)
            raise
        return credential.owner

    @action
    async def leave(self, request: Request) -> Response:
        """End this session."""
        person = await find_person(request, self._area.realm)
        if person is None:
            raise NotSignedIn("you are signed out already")
        response = redirect(request, f"{self._area.prefix}/sign-in", "You are signed out.")
        await realm_door(request, self._area.realm).leave(response, person, request.app.state.site)
        return response

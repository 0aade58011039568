"""Sign in to the desk with a passkey, and out again."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from parley.core.errors import ParleyError
from parley.staff.errors import StaffDisabled
from parley.staff.model import Realm
from parley.staff.service import Staff
from parley.staff.sessions import Sessions
from parley.web.csrf import action
from parley.web.flash import redirect
from parley.web.forms import Form, text
from parley.web.pages import render
from parley.web.passkeys import Passkeys
from parley.web.sessions import find_person, next_path, realm_door, require_role, signed_in


class SignInPages:
    """The sign-in form and its two steps."""

    def __init__(self, staff: Staff, sessions: Sessions, passkeys: Passkeys) -> None:
        self._staff = staff
        self._sessions = sessions
        self._passkeys = passkeys

    async def show(self, request: Request) -> Response:
        """Show the form; who is signed in already goes on."""
        wanted = next_path(request.query_params.get("next", ""), "/desk")
        if await find_person(request, Realm.STAFF):
            return redirect(request, wanted)
        return render(request, "desk/sign_in.html", form=Form({"next": wanted}))

    @action
    async def options(self, request: Request) -> Response:
        """Give the browser a challenge, for the named person's passkeys or for any."""
        name = text(await request.form(), "name", most=64)
        member = await self._staff.by_name(name) if name else None
        return JSONResponse(await self._passkeys.begin_sign_in(member.staff_id if member else None, name))

    @action
    async def enter(self, request: Request) -> Response:
        """Verify the passkey's answer and open a session."""
        data = await request.form()
        wanted = next_path(text(data, "next", most=500), "/desk")
        try:
            identity_id = await self._verified(text(data, "ceremony"), text(data, "credential", most=20_000))
        except ParleyError as refused:
            form = Form({"next": wanted, "name": text(data, "name")}, {"": str(refused)})
            return render(request, "desk/sign_in.html", status=422, form=form)
        door = realm_door(request, Realm.STAFF)
        identity = await door.load(identity_id)
        assert identity is not None, "checked when the passkey was verified"
        response = redirect(request, wanted)
        await door.enter(request, response, identity)
        return response

    async def _verified(self, ceremony: str, answer: str) -> str:
        credential = await self._passkeys.finish_sign_in(ceremony, answer)
        member = await self._staff.member(credential.owner)
        if member is None or member.disabled_at is not None:
            await self._sessions.refuse(Realm.STAFF, credential.owner, "barred")
            raise StaffDisabled("you may not sign in any more; please ask an administrator")
        return member.staff_id

    @action
    @require_role()
    async def leave(self, request: Request) -> Response:
        """End this session."""
        response = redirect(request, "/desk/sign-in", "You are signed out.")
        door = realm_door(request, Realm.STAFF)
        await door.leave(response, signed_in(request), request.app.state.site)
        return response

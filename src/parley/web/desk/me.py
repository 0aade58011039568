"""A member's own passkeys and signed-in browsers."""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from parley.core.errors import NotFound
from parley.staff.errors import LastPasskey, PasskeyTaken, StaffNotFound
from parley.staff.model import NewPasskey, Realm, StaffMember
from parley.staff.service import Staff
from parley.staff.sessions import Sessions
from parley.web.csrf import action
from parley.web.flash import redirect
from parley.web.forms import text
from parley.web.pages import render
from parley.web.passkeys import PasskeyRefused, Passkeys, answered
from parley.web.sessions import require_role, signed_in

_ME = "/desk/me"


class MePages:
    """What one member sees and changes about their own sign-in."""

    def __init__(self, staff: Staff, sessions: Sessions, passkeys: Passkeys) -> None:
        self._staff = staff
        self._sessions = sessions
        self._passkeys = passkeys

    @require_role()
    async def show(self, request: Request) -> Response:
        """List passkeys and sessions."""
        person = signed_in(request)
        member, passkeys, sessions = await asyncio.gather(
            self._member(request),
            self._staff.passkeys(person.subject),
            self._sessions.of(Realm.STAFF, person.subject),
        )
        return render(request, "desk/me.html", member=member, passkeys=passkeys, sessions=sessions)

    @action
    @require_role()
    async def options(self, request: Request) -> Response:
        """Give the browser what it needs to make a further passkey."""
        person = signed_in(request)
        return JSONResponse(await self._passkeys.begin_registration(person.subject, person.name))

    @action
    @require_role()
    async def add(self, request: Request) -> Response:
        """Register a further passkey."""
        member = await self._member(request)
        data = await request.form()
        try:
            done = await self._passkeys.finish_registration(member.staff_id, *answered(data))
            label = text(data, "label", most=60) or "Passkey"
            passkey = NewPasskey(done.credential_id, done.public_key, done.sign_count, label)
            await self._staff.add_passkey(member, passkey)
        except (PasskeyRefused, PasskeyTaken) as refused:
            return redirect(request, _ME, str(refused), "bad")
        return redirect(request, _ME, "The passkey is registered.")

    @action
    @require_role()
    async def remove(self, request: Request) -> Response:
        """Take a passkey out of use; the last one stays."""
        try:
            credential = bytes.fromhex(request.path_params["credential"])
        except ValueError as error:
            raise NotFound("no such passkey") from error
        try:
            await self._staff.revoke_passkey(await self._member(request), credential)
        except LastPasskey as refused:
            return redirect(request, _ME, str(refused), "bad")
        return redirect(request, _ME, "The passkey is removed.")

    @action
    @require_role()
    async def end(self, request: Request) -> Response:
        """End one of the person's sessions."""
        person = signed_in(request)
        ref = request.path_params["ref"]
        if not await self._sessions.end(Realm.STAFF, person.subject, ref, actor=person.actor):
            raise NotFound("no such session")
        return redirect(request, _ME, "That browser is signed out.")

    @action
    @require_role()
    async def end_others(self, request: Request) -> Response:
        """End every session but this one."""
        person = signed_in(request)
        keep = person.session_ref
        ended = await self._sessions.end_others(Realm.STAFF, person.subject, keep, actor=person.actor)
        return redirect(request, _ME, f"Signed out elsewhere: {ended}.")

    async def _member(self, request: Request) -> StaffMember:
        member = await self._staff.member(signed_in(request).subject)
        if member is None:
            raise StaffNotFound("no such member")
        return member

"""The page behind a one-time enrolment link, where a new member registers a first passkey."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from parley.staff.errors import EnrolmentInvalid, PasskeyTaken
from parley.staff.model import NewPasskey, Realm, StaffMember
from parley.staff.rules import agent_family
from parley.staff.service import Staff
from parley.web.csrf import action
from parley.web.flash import redirect
from parley.web.forms import Form
from parley.web.pages import render
from parley.web.passkeys import PasskeyRefused, Passkeys, answered
from parley.web.sessions import realm_door


class EnrolmentPages:
    """The link's page and its two steps; without a valid link every one of them is a 404."""

    def __init__(self, staff: Staff, passkeys: Passkeys) -> None:
        self._staff = staff
        self._passkeys = passkeys

    async def show(self, request: Request) -> Response:
        """Show who is enrolled and what a passkey is."""
        return self._page(request, await self._member(request), Form())

    @action
    async def options(self, request: Request) -> Response:
        """Give the browser what it needs to make a passkey."""
        member = await self._member(request)
        return JSONResponse(await self._passkeys.begin_registration(member.staff_id, member.name))

    @action
    async def enrol(self, request: Request) -> Response:
        """Verify the new passkey, use the link up and sign the person in."""
        member = await self._member(request)
        data = await request.form()
        try:
            done = await self._passkeys.finish_registration(member.staff_id, *answered(data))
            label = agent_family(request.headers.get("user-agent", ""))
            passkey = NewPasskey(done.credential_id, done.public_key, done.sign_count, label)
            await self._staff.enrol(request.path_params["token"], passkey)
        except (PasskeyRefused, PasskeyTaken) as refused:
            return self._page(request, member, Form(errors={"": str(refused)}), status=422)
        return await self._enter(request, member)

    async def _member(self, request: Request) -> StaffMember:
        token = request.path_params["token"]
        if len(token) > 100:
            raise EnrolmentInvalid("this enrolment link was used, is too old or was never issued")
        return await self._staff.enrolment(token)

    def _page(self, request: Request, member: StaffMember, form: Form, status: int = 200) -> Response:
        return render(request, "desk/enrol.html", status=status, member=member, form=form)

    async def _enter(self, request: Request, member: StaffMember) -> Response:
        door = realm_door(request, Realm.STAFF)
        identity = await door.load(member.staff_id)
        assert identity is not None, "the link was open, so the person may come in"
        response = redirect(request, "/desk", "Your passkey is registered. Add a second one before you need it.")
        await door.enter(request, response, identity)
        return response

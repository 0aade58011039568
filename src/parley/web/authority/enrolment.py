"""The page behind an officer's one-time link: a passkey to sign with, and a key to which deliveries are sealed."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from parley.core.errors import ParleyError
from parley.legal.authorities.errors import EnrolmentInvalid, EntryInvalid
from parley.legal.authorities.model import NewOfficerPasskey, Officer
from parley.legal.authorities.service import Authorities
from parley.staff.model import Realm
from parley.staff.rules import agent_family
from parley.web.csrf import action
from parley.web.flash import redirect
from parley.web.forms import Form, text
from parley.web.pages import render
from parley.web.passkeys import Passkeys, answered
from parley.web.sessions import realm_door


class OfficerEnrolmentPages:
    """The link's page and its two steps; without a valid link every one of them is a 404."""

    def __init__(self, authorities: Authorities, passkeys: Passkeys) -> None:
        self._authorities = authorities
        self._passkeys = passkeys

    async def show(self, request: Request) -> Response:
        """Show who is enrolled and what is needed."""
        return await self._page(request, await self._officer(request), Form())

    @action
    async def options(self, request: Request) -> Response:
        """Give the browser what it needs to make a passkey."""
        officer = await self._officer(request)
        return JSONResponse(await self._passkeys.begin_registration(officer.officer_id, officer.name))

    @action
    async def enrol(self, request: Request) -> Response:
        """Verify the passkey and keep the recipient key; the link is used up."""
        officer = await self._officer(request)
        data = await request.form()
        try:
            await self._enrol(request, officer)
        except EnrolmentInvalid:
            raise
        except EntryInvalid as refused:
            return await self._page(request, officer, Form.of(data, {"recipient": str(refused)}), status=422)
        except ParleyError as refused:
            return await self._page(request, officer, Form.of(data, {"": str(refused)}), status=422)
        return await self._enter(request, officer)

    async def _enrol(self, request: Request, officer: Officer) -> None:
        form = await request.form()
        done = await self._passkeys.finish_registration(officer.officer_id, *answered(form))
        label = agent_family(request.headers.get("user-agent", ""))
        passkey = NewOfficerPasskey(done.credential_id, done.public_key, done.sign_count, label)
        await self._authorities.enrol(request.path_params["token"], passkey, text(form, "recipient", most=100))

    async def _officer(self, request: Request) -> Officer:
        token = request.path_params["token"]
        if len(token) > 100:
            raise EnrolmentInvalid("this enrolment link was used, is too old or was never issued")
        return await self._authorities.enrolment(token)

    async def _page(self, request: Request, officer: Officer, form: Form, status: int = 200) -> Response:
        authority = await self._authorities.get(officer.authority_id)
        return render(
            request, "authority/enrol.html", status=status, officer=officer, authority=authority, form=form
        )

    async def _enter(self, request: Request, officer: Officer) -> Response:
        door = realm_door(request, Realm.OFFICER)
        identity = await door.load(officer.officer_id)
        if identity is None:
            said = "You are enrolled. A second registrar of the operator has to confirm your authority first."
            return redirect(request, "/authority", said, "note")
        response = redirect(request, "/authority", "You are enrolled.")
        await door.enter(request, response, identity)
        return response

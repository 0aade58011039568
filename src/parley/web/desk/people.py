"""The list of people of the operator, for administrators."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from parley.staff.errors import NameInvalid, NameTaken, RoleInvalid
from parley.staff.model import Enrolment, Role
from parley.staff.service import Staff
from parley.web.csrf import action
from parley.web.flash import redirect
from parley.web.forms import Form, text
from parley.web.pages import render
from parley.web.sessions import require_role, signed_in
from parley.web.site import Site

_PEOPLE = "/desk/people"


class PeoplePages:
    """Add people, change their roles, invite them again, bar them."""

    def __init__(self, staff: Staff) -> None:
        self._staff = staff

    @require_role(Role.ADMIN)
    async def show(self, request: Request) -> Response:
        """List everybody."""
        return await self._page(request, Form())

    @action
    @require_role(Role.ADMIN)
    async def add(self, request: Request) -> Response:
        """Add a person and show the enrolment link once."""
        data = await request.form()
        roles = [str(role) for role in data.getlist("roles")]
        try:
            enrolment = await self._staff.add(text(data, "name"), roles, by=signed_in(request).actor)
        except (NameInvalid, NameTaken) as refused:
            return await self._page(request, Form.of(data, {"name": str(refused)}), roles=roles, status=422)
        except RoleInvalid as refused:
            return await self._page(request, Form.of(data, {"roles": str(refused)}), roles=roles, status=422)
        return await self._page(request, Form(), enrolment=enrolment)

    @action
    @require_role(Role.ADMIN)
    async def invite(self, request: Request) -> Response:
        """Give a further enrolment link, shown once."""
        enrolment = await self._staff.invite(request.path_params["staff_id"], by=signed_in(request).actor)
        return await self._page(request, Form(), enrolment=enrolment)

    @action
    @require_role(Role.ADMIN)
    async def set_roles(self, request: Request) -> Response:
        """Replace a person's roles and sign them out."""
        roles = [str(role) for role in (await request.form()).getlist("roles")]
        try:
            await self._staff.set_roles(request.path_params["staff_id"], roles, by=signed_in(request).actor)
        except RoleInvalid as refused:
            return redirect(request, _PEOPLE, str(refused), "bad")
        return redirect(request, _PEOPLE, "The roles are changed; the person signs in again.")

    @action
    @require_role(Role.ADMIN)
    async def bar(self, request: Request) -> Response:
        """Bar a person from the desk at once."""
        await self._staff.bar(request.path_params["staff_id"], by=signed_in(request).actor)
        return redirect(request, _PEOPLE, "The person is barred and signed out.")

    @action
    @require_role(Role.ADMIN)
    async def readmit(self, request: Request) -> Response:
        """Let a barred person sign in again."""
        await self._staff.readmit(request.path_params["staff_id"], by=signed_in(request).actor)
        return redirect(request, _PEOPLE, "The person may sign in again.")

    async def _page(
        self,
        request: Request,
        form: Form,
        *,
        roles: list[str] | None = None,
        enrolment: Enrolment | None = None,
        status: int = 200,
    ) -> Response:
        link = enrolment_link(request.app.state.site, enrolment) if enrolment else None
        return render(
            request,
            "desk/people.html",
            status=status,
            people=await self._staff.members(),
            all_roles=[role.value for role in Role],
            form=form,
            chosen=roles or [],
            enrolment=enrolment,
            link=link,
        )


def enrolment_link(site: Site, enrolment: Enrolment) -> str:
    """Give the address that a new member opens once, in the browser that gets the passkey."""
    return f"{site.origin}/desk/enrol/{enrolment.token}"

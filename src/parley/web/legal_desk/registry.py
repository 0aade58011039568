"""The registry of authorities and officers: one registrar enters, another confirms."""

from __future__ import annotations

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from parley.core.errors import Conflict, ParleyError
from parley.legal.authorities.errors import EntryInvalid
from parley.legal.authorities.model import AuthorityKind, NewAuthority, OfficerEnrolment, Trust
from parley.legal.authorities.rules import LEVELS
from parley.legal.authorities.service import Authorities
from parley.staff.model import Role
from parley.web.authority.filing_form import INSTRUMENTS
from parley.web.csrf import action
from parley.web.flash import redirect
from parley.web.forms import Form, text
from parley.web.pages import render
from parley.web.sessions import require_role, signed_in

_PATH = "/desk/authorities"
_READERS = (Role.REGISTRAR, Role.LEGAL)
_FIELDS = {
    "email_domains": "email_domains",
    "callback_numbers": "callback_numbers",
    "source_url": "source_url",
    "name": "name",
    "country": "country",
    "level": "level",
    "competence": "competence",
    "email": "email",
}


class RegistryPages:
    """What registrars enter, confirm, flag and vouch for."""

    def __init__(self, authorities: Authorities) -> None:
        self._authorities = authorities

    @require_role(*_READERS)
    async def index(self, request: Request) -> Response:
        """List all authorities."""
        return render(request, "legal_desk/authorities.html", authorities=await self._authorities.all())

    @require_role(Role.REGISTRAR)
    async def form(self, request: Request) -> Response:
        """Show the empty form of a new entry."""
        return self._form(request, Form(), ())

    @action
    @require_role(Role.REGISTRAR)
    async def propose(self, request: Request) -> Response:
        """Enter an authority; it waits for another registrar."""
        data = await request.form()
        competence = tuple(str(name) for name in data.getlist("competence"))
        try:
            made = await self._authorities.propose(_entry(data, competence), signed_in(request).actor)
        except EntryInvalid as refused:
            return self._form(request, Form.of(data, _errors(refused)), competence, status=422)
        said = "The authority is entered. Another registrar has to confirm it after calling back."
        return redirect(request, f"{_PATH}/{made.authority_id}", said)

    @require_role(*_READERS)
    async def show(self, request: Request) -> Response:
        """Show an entry with its officers."""
        return await self._page(request, Form())

    @action
    @require_role(Role.REGISTRAR)
    async def confirm(self, request: Request) -> Response:
        """Confirm an entry as the second registrar."""
        try:
            await self._authorities.confirm(self._id(request), signed_in(request).actor)
        except Conflict as refused:
            return redirect(request, self._here(request), str(refused), "bad")
        return redirect(request, self._here(request), "Confirmed. Two people now vouch for this entry.")

    @action
    @require_role(Role.REGISTRAR)
    async def set_trust(self, request: Request) -> Response:
        """Flag or suspend an authority."""
        data = await request.form()
        wanted = text(data, "trust")
        try:
            trust = Trust(wanted) if wanted in set(Trust) else Trust.NEW
            await self._authorities.set_trust(
                self._id(request), trust, text(data, "reason", most=1000), signed_in(request).actor
            )
        except EntryInvalid as refused:
            return redirect(request, self._here(request), str(refused), "bad")
        return redirect(request, self._here(request), f"The authority is {wanted}.")

    @action
    @require_role(Role.REGISTRAR)
    async def add_officer(self, request: Request) -> Response:
        """Vouch for an officer and show their link once."""
        data = await request.form()
        name, email = text(data, "name", most=100), text(data, "email", most=254)
        try:
            made = await self._authorities.add_officer(self._id(request), name, email, signed_in(request).actor)
        except EntryInvalid as refused:
            return await self._page(request, Form.of(data, _errors(refused)), status=422)
        return await self._page(request, Form(), made)

    @action
    @require_role(Role.REGISTRAR)
    async def vouch(self, request: Request) -> Response:
        """Renew an officer's access for 90 days."""
        officer = await self._authorities.vouch_again(request.path_params["officer_id"], signed_in(request).actor)
        return redirect(request, f"{_PATH}/{officer.authority_id}", f"{officer.name} has access for 90 more days.")

    @action
    @require_role(Role.REGISTRAR)
    async def suspend(self, request: Request) -> Response:
        """Bar an officer at once."""
        officer = await self._authorities.officer(request.path_params["officer_id"])
        reason = text(await request.form(), "reason", most=1000) or "no reason given"
        await self._authorities.suspend_officer(officer.officer_id, reason, signed_in(request).actor)
        return redirect(request, f"{_PATH}/{officer.authority_id}", f"{officer.name} is barred.")

    def _id(self, request: Request) -> str:
        return str(request.path_params["authority_id"])

    def _here(self, request: Request) -> str:
        return f"{_PATH}/{self._id(request)}"

    def _form(self, request: Request, form: Form, competence: tuple[str, ...], status: int = 200) -> Response:
        return render(
            request,
            "legal_desk/authority_new.html",
            status=status,
            form=form,
            levels=[(level, level) for level in LEVELS],
            kinds=[(kind.value, kind.value) for kind in AuthorityKind],
            instruments=INSTRUMENTS,
            competence=competence,
        )

    async def _page(
        self, request: Request, form: Form, enrolment: OfficerEnrolment | None = None, status: int = 200
    ) -> Response:
        authority = await self._authorities.get(self._id(request))
        site = request.app.state.site
        return render(
            request,
            "legal_desk/authority.html",
            status=status,
            authority=authority,
            officers=await self._authorities.officers(authority.authority_id),
            form=form,
            enrolment=enrolment,
            link=f"{site.origin}/authority/enrol/{enrolment.token}" if enrolment else None,
            may_change=Role.REGISTRAR in signed_in(request).roles,
        )


def _entry(data: FormData, competence: tuple[str, ...]) -> NewAuthority:
    kind = text(data, "kind")
    return NewAuthority(
        name=text(data, "name", most=200),
        country=text(data, "country", most=60).upper(),
        level=text(data, "level"),
        kind=AuthorityKind(kind) if kind in set(AuthorityKind) else AuthorityKind.OTHER,
        competence=tuple(name for name in competence if name in dict(INSTRUMENTS)),
        email_domains=_lines(data, "email_domains"),
        callback_numbers=_lines(data, "callback_numbers"),
        source_url=text(data, "source_url", most=500),
    )


def _lines(data: FormData, name: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text(data, name, most=2000).split("\n") if line.strip())


def _errors(refused: ParleyError) -> dict[str, str]:
    name, _, rule = str(refused).partition(": ")
    field = _FIELDS.get(name, "")
    return {field: rule[:1].upper() + rule[1:] if field else str(refused)}

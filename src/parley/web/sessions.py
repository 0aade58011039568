"""Who is signed in: session cookies of the desk and of the authority portal, and the guard before handlers.

Both areas sign in by the same means and differ in a `RealmDoor`: its paths, its cookie, and whom it lets in.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import wraps
from typing import ParamSpec
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from parley.core.errors import Forbidden
from parley.staff.model import Realm
from parley.staff.sessions import Sessions
from parley.web.problems import NotSignedIn
from parley.web.site import Site

P = ParamSpec("P")


@dataclass(frozen=True, slots=True)
class Identity:
    """A person whom a realm lets in: `subject` is the id in its list, `actor` the name in the audit trail."""

    subject: str
    name: str
    actor: str
    roles: frozenset[str] = frozenset()
    pseudonym: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """Who is signed in on a request."""

    realm: Realm
    identity: Identity
    session_ref: str

    @property
    def subject(self) -> str:
        """The id in the realm's list: a StaffId or an OfficerId."""
        return self.identity.subject

    @property
    def name(self) -> str:
        """The name for the person's own eyes and colleagues."""
        return self.identity.name

    @property
    def pseudonym(self) -> str:
        """The name for users."""
        return self.identity.pseudonym

    @property
    def actor(self) -> str:
        """The name in the audit trail."""
        return self.identity.actor

    @property
    def roles(self) -> frozenset[str]:
        """The roles; officers have none."""
        return self.identity.roles


@dataclass(frozen=True, slots=True)
class RealmDoor:
    """An area that people sign in to.

    `load` gives the identity for a subject, or None for somebody who may not come in any more.
    """

    realm: Realm
    prefix: str
    cookie: str
    sign_in: str
    load: Callable[[str], Awaitable[Identity | None]]
    sessions: Sessions

    async def person(self, request: Request) -> Person | None:
        """Find out who is signed in on a request."""
        token = request.cookies.get(self.cookie)
        if not token:
            return None
        session = await self.sessions.resume(self.realm, token, request.headers.get("user-agent", ""))
        identity = await self.load(session.subject) if session else None
        if session is None or identity is None:
            return None
        return Person(self.realm, identity, session.ref)

    async def enter(self, request: Request, response: Response, identity: Identity) -> None:
        """Open a session for a verified sign-in and set its cookie on `response`."""
        agent = request.headers.get("user-agent", "")
        token = await self.sessions.open(self.realm, identity.subject, agent, actor=identity.actor)
        site: Site = request.app.state.site
        response.set_cookie(self.cookie, token, httponly=True, secure=site.https, samesite="lax", path="/")

    async def leave(self, response: Response, person: Person, site: Site) -> None:
        """End the request's session and take its cookie back."""
        await self.sessions.end(self.realm, person.subject, person.session_ref, actor=person.actor)
        response.delete_cookie(self.cookie, secure=site.https, httponly=True, samesite="lax")


def realm_door(request: Request, realm: Realm) -> RealmDoor:
    """Give the door of a realm, as the application was built with it."""
    doors: tuple[RealmDoor, ...] = request.app.state.realms
    return next(door for door in doors if door.realm == realm)


async def find_person(request: Request, realm: Realm) -> Person | None:
    """Find who is signed in in a realm and remember it for the page's head."""
    person = await realm_door(request, realm).person(request)
    request.state.person = person
    return person


def signed_in(request: Request) -> Person:
    """Give the person that a guard has let through to this handler."""
    person = request.state.person
    assert isinstance(person, Person), "the handler has no guard"
    return person


def require_role(*roles: str) -> Callable[[Callable[P, Awaitable[Response]]], Callable[P, Awaitable[Response]]]:
    """Let a handler run only for staff who hold one of `roles` (none given: any member of staff)."""
    return _guard(Realm.STAFF, frozenset(roles))


def require_officer() -> Callable[[Callable[P, Awaitable[Response]]], Callable[P, Awaitable[Response]]]:
    """Let a handler run only for a signed-in officer of an authority."""
    return _guard(Realm.OFFICER, frozenset())


def _guard(
    realm: Realm, roles: frozenset[str]
) -> Callable[[Callable[P, Awaitable[Response]]], Callable[P, Awaitable[Response]]]:
    def wrap(inner: Callable[P, Awaitable[Response]]) -> Callable[P, Awaitable[Response]]:
        @wraps(inner)
        async def guarded(*args: P.args, **kwargs: P.kwargs) -> Response:
            request = args[-1]
            assert isinstance(request, Request)
            person = await find_person(request, realm)
            if person is None:
                return _to_sign_in(request, realm)
            if roles and not roles & person.roles:
                await _keep_out(request, person, " or ".join(sorted(roles)))
            return await inner(*args, **kwargs)

        return guarded

    return wrap


async def _keep_out(request: Request, person: Person, needed: str) -> None:
    """A person who knocks at doors that are not theirs is somebody to ask why."""
    sessions = realm_door(request, person.realm).sessions
    await sessions.kept_out(person.realm, request.url.path, needed, actor=person.actor)
    raise Forbidden(f"this needs the role {needed}")


def _to_sign_in(request: Request, realm: Realm) -> Response:
    sign_in = realm_door(request, realm).sign_in
    if request.headers.get("hx-request") == "true":
        return Response(status_code=401, headers={"HX-Redirect": sign_in})
    if request.method not in ("GET", "HEAD"):
        raise NotSignedIn("you are not signed in any more; sign in and try again")
    wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return RedirectResponse(f"{sign_in}?next={quote(wanted)}", status_code=303)


def next_path(wanted: str, prefix: str) -> str:
    """Give where to go after a sign-in: the wanted page if it is one of the area's, else the area's home."""
    plain = wanted.startswith(prefix) and not wanted.startswith(f"{prefix}/sign-")
    safe = plain and "\\" not in wanted and wanted.isprintable() and wanted[len(prefix) :][:1] in ("", "/", "?")
    return wanted if safe else prefix

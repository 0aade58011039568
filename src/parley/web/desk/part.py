"""Puts the desk's own pages together; other rooms add theirs as parts with links in the area `desk`."""

from __future__ import annotations

from starlette.routing import Route

from parley.staff.errors import StaffDisabled
from parley.staff.model import Realm, Role
from parley.staff.service import Staff
from parley.staff.sessions import Sessions
from parley.web.desk.enrolment import EnrolmentPages
from parley.web.desk.home import Home, Waiting
from parley.web.desk.me import MePages
from parley.web.desk.people import PeoplePages
from parley.web.parts import Door, NavItem, Part
from parley.web.passkeys import Passkeys
from parley.web.sessions import Identity, RealmDoor
from parley.web.sign_in import SignInArea, SignInPages
from parley.web.site import Site

_ADMIN = frozenset({Role.ADMIN.value})


def staff_door(site: Site, staff: Staff, sessions: Sessions) -> RealmDoor:
    """Describe the desk as an area that staff sign in to; for `web.application.build`."""

    async def load(subject: str) -> Identity | None:
        member = await staff.member(subject)
        if member is None or member.disabled_at is not None:
            return None
        roles = frozenset(role.value for role in member.roles)
        return Identity(member.staff_id, member.name, member.actor, roles, member.pseudonym)

    return RealmDoor(Realm.STAFF, "/desk", site.cookie("desk"), "/desk/sign-in", load, sessions)


def _sign_in_area(staff: Staff) -> SignInArea:
    async def find(name: str) -> str | None:
        member = await staff.by_name(name)
        return member.staff_id if member else None

    async def admit(staff_id: str) -> None:
        member = await staff.member(staff_id)
        if member is None or member.disabled_at is not None:
            raise StaffDisabled("you may not sign in any more; please ask an administrator")

    return SignInArea(Realm.STAFF, "/desk", "desk/sign_in.html", find, admit)


def part(staff: Staff, sessions: Sessions, passkeys: Passkeys, waiting: tuple[Waiting, ...] = ()) -> Part:
    """Build the desk's own part; `waiting` counts what waits behind links of the home page."""
    enrolment = EnrolmentPages(staff, passkeys)
    me = MePages(staff, sessions, passkeys)
    people = PeoplePages(staff)
    routes = (
        Route("/desk", Home(waiting).show),
        *SignInPages(_sign_in_area(staff), sessions, passkeys).routes(),
        Route("/desk/enrol/{token}", enrolment.show),
        Route("/desk/enrol/{token}", enrolment.enrol, methods=["POST"]),
        Route("/desk/enrol/{token}/options", enrolment.options, methods=["POST"]),
        Route("/desk/me", me.show),
        Route("/desk/me/passkeys", me.add, methods=["POST"]),
        Route("/desk/me/passkeys/options", me.options, methods=["POST"]),
        Route("/desk/me/passkeys/{credential}/remove", me.remove, methods=["POST"]),
        Route("/desk/me/sessions/others/end", me.end_others, methods=["POST"]),
        Route("/desk/me/sessions/{ref}/end", me.end, methods=["POST"]),
        Route("/desk/people", people.show),
        Route("/desk/people", people.add, methods=["POST"]),
        Route("/desk/people/{staff_id}/roles", people.set_roles, methods=["POST"]),
        Route("/desk/people/{staff_id}/invite", people.invite, methods=["POST"]),
        Route("/desk/people/{staff_id}/bar", people.bar, methods=["POST"]),
        Route("/desk/people/{staff_id}/readmit", people.readmit, methods=["POST"]),
    )
    doors = (
        Door("/desk", max_body=256 * 1024),
        Door("/desk/sign-in", burst=30, per_second=0.5, methods=frozenset({"POST"})),
        Door("/desk/enrol", burst=30, per_second=0.5),
    )
    nav = (
        NavItem("desk", "Home", "/desk", order=0),
        NavItem("desk", "People", "/desk/people", _ADMIN, "Who works here, with which roles.", order=800),
        NavItem("desk", "My sign-in", "/desk/me", text="Your passkeys and signed-in browsers.", order=900),
    )
    return Part("desk", routes, doors, nav)

"""Puts the authority portal together."""

from __future__ import annotations

from starlette.routing import Route

from parley.core.errors import ParleyError
from parley.legal.authorities.errors import OfficerNotFound
from parley.legal.authorities.service import Authorities
from parley.legal.disclosure.handover import Handover
from parley.legal.disclosure.signing import DeliveryKey
from parley.legal.orders.service import Orders
from parley.staff.model import Realm
from parley.staff.sessions import Sessions
from parley.web.authority.enrolment import OfficerEnrolmentPages
from parley.web.authority.filing import FilingPages
from parley.web.authority.me import OfficerMePages
from parley.web.authority.orders import OrderPages
from parley.web.authority.rules_page import RulesPage, SigningKeyPage
from parley.web.parts import MIB, Door, NavItem, Part
from parley.web.passkeys import Passkeys
from parley.web.sessions import Identity, RealmDoor
from parley.web.sign_in import SignInArea, SignInPages
from parley.web.site import Site


def officer_door(site: Site, authorities: Authorities, sessions: Sessions) -> RealmDoor:
    """Describe the portal as an area that officers sign in to; for `web.application.build`.

    Who is expired or suspended, or whose authority is, stays outside.
    """

    async def load(subject: str) -> Identity | None:
        try:
            officer, _ = await authorities.who_may_file(subject)
        except ParleyError:
            return None
        return Identity(officer.officer_id, officer.name, officer.actor)

    return RealmDoor(Realm.OFFICER, "/authority", site.cookie("authority"), "/authority/sign-in", load, sessions)


def _sign_in_area(authorities: Authorities) -> SignInArea:
    async def find(name: str) -> str | None:
        officer = await authorities.officer_by_name(name)
        return officer.officer_id if officer else None

    async def admit(officer_id: str) -> None:
        try:
            await authorities.who_may_file(officer_id)
        except OfficerNotFound:
            raise OfficerNotFound("this passkey is not known here") from None

    return SignInArea(Realm.OFFICER, "/authority", "authority/sign_in.html", find, admit)


def part(
    authorities: Authorities,
    orders: Orders,
    handover: Handover,
    sessions: Sessions,
    passkeys: Passkeys,
    delivery_key: DeliveryKey,
) -> Part:
    """Build the portal's part."""
    pages = OrderPages(authorities, orders, handover)
    filing = FilingPages(orders, passkeys)
    enrolment = OfficerEnrolmentPages(authorities, passkeys)
    me = OfficerMePages(authorities, sessions)
    routes = (
        Route("/authority", pages.home),
        *SignInPages(_sign_in_area(authorities), sessions, passkeys).routes(),
        Route("/authority/rules", RulesPage(orders.rules, orders.own_country, delivery_key).show),
        Route("/authority/delivery-key.pem", SigningKeyPage(delivery_key).show),
        Route("/authority/enrol/{token}", enrolment.show),
        Route("/authority/enrol/{token}", enrolment.enrol, methods=["POST"]),
        Route("/authority/enrol/{token}/options", enrolment.options, methods=["POST"]),
        Route("/authority/me", me.show),
        Route("/authority/me/sessions/{ref}/end", me.end, methods=["POST"]),
        Route("/authority/orders/new", filing.form),
        Route("/authority/orders/new", filing.draft, methods=["POST"]),
        Route("/authority/drafts/{draft_id}", filing.file, methods=["POST"]),
        Route("/authority/drafts/{draft_id}/options", filing.options, methods=["POST"]),
        Route("/authority/orders/{order_id}", pages.show),
        Route("/authority/deliveries/{delivery_id}/download", pages.download, methods=["POST"]),
        Route("/authority/deliveries/{delivery_id}/acknowledge", pages.acknowledge, methods=["POST"]),
    )
    doors = (
        Door("/authority"),
        Door("/authority/orders/new", max_body=6 * MIB, burst=30, per_second=0.5),
        Door("/authority/sign-in", burst=30, per_second=0.5, methods=frozenset({"POST"})),
        Door("/authority/enrol", burst=30, per_second=0.5),
    )
    nav = (
        NavItem("authority", "Orders", "/authority", order=0),
        NavItem("authority", "File an order", "/authority/orders/new", order=10),
        NavItem("authority", "How orders are examined", "/authority/rules", order=20),
        NavItem("authority", "My access", "/authority/me", order=30),
        NavItem("public", "For authorities", "/authority", order=40),
    )
    return Part("authority", routes, doors, nav)

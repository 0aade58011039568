"""Puts the legal desk together."""

from __future__ import annotations

from starlette.routing import Route

from parley.staff.model import Role
from parley.web.desk.home import Waiting
from parley.web.legal_desk.analysis import AnalysisActions
from parley.web.legal_desk.custodians import CustodianPages
from parley.web.legal_desk.decisions import DecisionActions
from parley.web.legal_desk.giving_up import GivingUpActions
from parley.web.legal_desk.orders import PATH, OrderDesk
from parley.web.legal_desk.preservation import PreservationActions
from parley.web.legal_desk.registry import RegistryPages
from parley.web.legal_desk.secrecy import SecrecyActions
from parley.web.legal_desk.services import LegalServices
from parley.web.parts import NavItem, Part
from parley.web.passkeys import Passkeys

_NAV = (
    NavItem(
        "desk",
        "Orders",
        PATH,
        frozenset({Role.LEGAL.value, Role.COUNCIL.value}),
        "Orders of authorities: examine, decide, sign.",
        order=300,
    ),
    NavItem(
        "desk",
        "Authorities",
        "/desk/authorities",
        frozenset({Role.REGISTRAR.value, Role.LEGAL.value}),
        "The registry: who may send orders, and who vouches for it.",
        order=310,
    ),
    NavItem(
        "desk",
        "Custodians",
        "/desk/custodians",
        frozenset({Role.ADMIN.value, Role.LEGAL.value}),
        "Who holds the keys to sealed addresses.",
        order=320,
    ),
)


def part(services: LegalServices, passkeys: Passkeys) -> Part:
    """Build the legal desk's part; `passkeys` are those of staff."""
    desk = OrderDesk(services)
    routes = (
        *_order_routes(services, desk, passkeys),
        *_secrecy_routes(SecrecyActions(services.notices)),
        *_preservation_routes(PreservationActions(services.preservations)),
        *_giving_up_routes(GivingUpActions(services.givings_up)),
        *_registry_routes(RegistryPages(services.authorities)),
        *_custodian_routes(CustodianPages(services.vault, services.door)),
    )
    return Part("legal desk", routes, nav=_NAV)


def waiting(services: LegalServices) -> tuple[Waiting, ...]:
    """Give the counters of the desk's home page."""
    return (Waiting(PATH, OrderDesk(services).waiting),)


def _order_routes(services: LegalServices, desk: OrderDesk, passkeys: Passkeys) -> tuple[Route, ...]:
    checks = AnalysisActions(services)
    decisions = DecisionActions(services, desk, passkeys)
    order = PATH + "/{order_id}"
    post = ["POST"]
    return (
        Route(PATH, desk.index),
        Route(order, desk.show),
        Route(f"{order}/document", desk.document),
        Route(f"{order}/checks/{{check_id}}", checks.answer, methods=post),
        Route(f"{order}/checks/{{check_id}}/confirm", checks.confirm, methods=post),
        Route(f"{order}/proposals", checks.accept_proposals, methods=post),
        Route(f"{order}/confirm-all", checks.confirm_all, methods=post),
        Route(f"{order}/decide", decisions.decide, methods=post),
        Route(f"{order}/decisions/{{decision_id}}/confirm", decisions.confirm, methods=post),
        Route(f"{order}/decisions/{{decision_id}}/withdraw", decisions.withdraw, methods=post),
        Route(f"{order}/releases/{{release_id}}/sign", decisions.sign, methods=post),
        Route(f"{order}/releases/{{release_id}}/sign/options", decisions.sign_options, methods=post),
    )


def _secrecy_routes(actions: SecrecyActions) -> tuple[Route, ...]:
    order, notice = PATH + "/{order_id}", PATH + "/{order_id}/notices/{notice_id}"
    post = ["POST"]
    return (
        Route(f"{order}/secrecy/prolong", actions.prolong, methods=post),
        Route(f"{order}/secrecy/lift", actions.propose_lifting, methods=post),
        Route(f"{order}/secrecy/lift/confirm", actions.confirm_lifting, methods=post),
        Route(f"{order}/secrecy/lift/decline", actions.decline_lifting, methods=post),
        Route(f"{order}/secrecy/asked", actions.asked, methods=post),
        Route(f"{order}/secrecy/released", actions.released, methods=post),
        Route(f"{notice}/withhold", actions.withhold, methods=post),
        Route(f"{notice}/withhold/confirm", actions.confirm, methods=post),
        Route(f"{notice}/withhold/decline", actions.decline, methods=post),
    )


def _preservation_routes(actions: PreservationActions) -> tuple[Route, ...]:
    every, one = PATH + "/{order_id}/preservations", PATH + "/{order_id}/preservations/{preservation_id}"
    post = ["POST"]
    return (
        Route(every, actions.propose, methods=post),
        Route(f"{one}/confirm", actions.confirm, methods=post),
        Route(f"{one}/decline", actions.decline, methods=post),
        Route(f"{one}/end", actions.end, methods=post),
    )


def _giving_up_routes(actions: GivingUpActions) -> tuple[Route, ...]:
    given_up = PATH + "/{order_id}/releases/{release_id}/give-up"
    post = ["POST"]
    return (
        Route(given_up, actions.propose, methods=post),
        Route(f"{given_up}/confirm", actions.confirm, methods=post),
        Route(f"{given_up}/decline", actions.decline, methods=post),
    )


def _registry_routes(pages: RegistryPages) -> tuple[Route, ...]:
    one, officer = "/desk/authorities/{authority_id}", "/desk/officers/{officer_id}"
    post = ["POST"]
    return (
        Route("/desk/authorities", pages.index),
        Route("/desk/authorities", pages.propose, methods=post),
        Route("/desk/authorities/new", pages.form),
        Route(one, pages.show),
        Route(f"{one}/confirm", pages.confirm, methods=post),
        Route(f"{one}/trust", pages.set_trust, methods=post),
        Route(f"{one}/officers", pages.add_officer, methods=post),
        Route(f"{officer}/vouch", pages.vouch, methods=post),
        Route(f"{officer}/suspend", pages.suspend, methods=post),
    )


def _custodian_routes(pages: CustodianPages) -> tuple[Route, ...]:
    return (
        Route("/desk/custodians", pages.show),
        Route("/desk/custodians", pages.invite, methods=["POST"]),
        Route("/desk/custodians/{custodian_id}/remove", pages.removal),
        Route("/desk/custodians/{custodian_id}/remove", pages.remove, methods=["POST"]),
    )

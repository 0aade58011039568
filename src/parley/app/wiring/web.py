"""The pages: each part of the web with the services behind it, for whichever process shows it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from starlette.applications import Starlette

from parley.app import keys, websocket
from parley.app.development import Looks, movable_clock
from parley.app.wiring.foundation import Foundation
from parley.app.wiring.legal import LegalServices
from parley.app.wiring.public_log import LogServices
from parley.app.wiring.published import Published
from parley.app.wiring.safety import Moderation
from parley.core.clock import AdjustableClock
from parley.legal.authorities.service import Authorities
from parley.legal.rules_in_force import RulesInForce
from parley.legal.translog.backlog import LogState
from parley.legal.translog.receipt_check import ReceiptCheck
from parley.messenger.accounts.retention import RetentionWishes
from parley.messenger.accounts.senders import DevelopmentCodes
from parley.mtproto.server import Server
from parley.policy.service import Policies
from parley.safety.reports.notices import Notices
from parley.staff.model import Realm
from parley.staff.service import Staff
from parley.staff.sessions import Ceremonies, Sessions
from parley.web import custodian_api, dev
from parley.web.application import build as build_application
from parley.web.authority import part as authority
from parley.web.desk import audit
from parley.web.desk import part as desk
from parley.web.desk.home import Waiting
from parley.web.legal_desk import log_state
from parley.web.legal_desk import part as legal_desk
from parley.web.legal_desk.services import LegalServices as DeskServices
from parley.web.metrics import Registry
from parley.web.moderation.desk import SafetyDesk
from parley.web.parts import Part
from parley.web.passkeys import Passkeys
from parley.web.ports import Endpoint, Names, Officers, ServerKey
from parley.web.public import (
    health,
    links,
    operator,
    policies,
    receipt_check,
    retention,
    start,
    translog,
    transparency,
)
from parley.web.site import Site


@dataclass(frozen=True, slots=True)
class Web:
    """What the pages of one process stand on. `staff` is None where nobody of the operator signs in."""

    base: Foundation
    site: Site
    staff: Staff | None
    sessions: Sessions | None

    @classmethod
    def of(cls, base: Foundation, origin: str, secret: bytes, staff: Staff | None) -> Web:
        """Begin the pages of a process; `secret` keys its form tokens."""
        site = Site.of(base.settings, base.clock, secret, origin=origin)
        sessions = None if staff is None else Sessions(base.of("staff"), base.clock)
        return cls(base, site, staff, sessions)

    def application(self, parts: list[Part], authorities: Authorities | None = None) -> Starlette:
        """Put the parts inside the walls; with `authorities`, officers sign in too."""
        realms = []
        if self.staff is not None and self.sessions is not None:
            realms.append(desk.staff_door(self.site, self.staff, self.sessions))
            if authorities is not None:
                realms.append(authority.officer_door(self.site, authorities, self.sessions))
        return build_application(self.site, parts, realms)

    def people(self) -> tuple[Staff, Sessions, Passkeys]:
        """The staff, how they are signed in, and their passkeys."""
        assert self.staff is not None, "nobody signs in here"
        assert self.sessions is not None, "nobody signs in here"
        ceremonies = Ceremonies(self.base.of("staff"), self.base.clock, Realm.STAFF)
        return self.staff, self.sessions, Passkeys(self.site, self.staff, ceremonies)


def public(
    key: ServerKey, endpoint: Endpoint, terms: Policies, readers: Published, rules: RulesInForce
) -> list[Part]:
    """Start page, terms, transparency and the public log."""
    return [
        start.part(key, endpoint, readers.vault),
        policies.part(terms, readers.vault),
        operator.part(),
        receipt_check.part(ReceiptCheck(readers.database, readers.reader)),
        transparency.part(readers.reporting, readers.reader, readers.witnesses, rules),
        public_log(readers),
    ]


def public_log(readers: Published) -> Part:
    """The files of the public log."""
    return translog.part(readers.reader, readers.witnesses, readers.quarterly)


def desks(web: Web, waiting: tuple[Waiting, ...]) -> list[Part]:
    """The desk's own pages and the audit trail."""
    staff, sessions, passkeys = web.people()
    return [desk.part(staff, sessions, passkeys, waiting), audit.part(web.base.of("staff"), web.base.clock)]


def moderators(base: Foundation, made: Moderation) -> SafetyDesk:
    """The moderators' desk."""
    db = base.of("safety")
    notices = Notices(db, made.reports, made.usernames)
    return SafetyDesk(db, made.review, made.appeals, made.rulebook, base.clock, notices)


def lawyers(base: Foundation, legal: LegalServices) -> DeskServices:
    """The legal desk."""
    return DeskServices(
        database=base.of("legal"),
        authorities=legal.authorities,
        orders=legal.orders,
        analysis=legal.analysis,
        decisions=legal.decisions,
        releases=legal.releases,
        handover=legal.handover,
        notices=legal.notices,
        vault=legal.vault,
        door=legal.door,
        preservations=legal.preservations,
        emergencies=legal.emergencies,
        givings_up=legal.givings_up,
    )


def state_of_log(base: Foundation, log: LogServices | None) -> LogState:
    """What the desk sees of the log; with `log`, also what the process that writes it has found."""
    worker, asking = (log.worker, log.asking) if log else (None, None)
    return LogState(base.of("legal"), base.clock, worker, asking, base.settings.log_batch_leaves)


def legal_parts(web: Web, legal: LegalServices, services: DeskServices, state: LogState) -> list[Part]:
    """The legal desk, the authorities' portal and the custodians' interface."""
    _, sessions, passkeys = web.people()
    ceremonies = Ceremonies(web.base.of("staff"), web.base.clock, Realm.OFFICER)
    officers = Passkeys(web.site, legal.authorities, ceremonies)
    return [
        custodian_api.part(legal.door),
        legal_desk.part(services, passkeys),
        log_state.part(state),
        authority.part(legal.authorities, legal.orders, legal.handover, sessions, officers, legal.delivery_key),
    ]


async def development(web: Web, codes: DevelopmentCodes | None, looks: Looks, officers: Officers) -> list[Part]:
    """The development pages, in development mode."""
    clock = web.base.clock
    if not web.site.dev or codes is None or web.staff is None or not isinstance(clock, AdjustableClock):
        return []
    movable = movable_clock(web.base, clock, looks)
    await movable.follow()
    return [dev.part(web.site, codes, movable, web.staff, officers)]


def websockets(server: Server) -> Part:
    """MTProto over WebSocket."""
    return websocket.part(server)


def retention_page(wishes: RetentionWishes) -> Part:
    """Where a member shortens how long their addresses are kept."""
    return retention.part(wishes)


def names(known: Names) -> Part:
    """What links to usernames lead to."""
    return links.part(known)


class ServerHealth:
    """Fills the port `Health`: the database answers, and the public log goes on, where it is written here."""

    def __init__(self, base: Foundation, log: LogServices | None) -> None:
        self._base = base
        self._log = log

    async def check(self) -> Mapping[str, bool]:
        """See the port."""
        await self._base.pools.any().fetchval("SELECT 1")
        found = {"database": True}
        return found if self._log is None else {**found, "public_log": self._log.worker.refusal is None}


def health_of(base: Foundation, server: Server | None = None, log: LogServices | None = None) -> Part:
    """Health and figures of all rooms, none of which is about a person."""
    registry = Registry()
    if server is not None:
        counters = server.counters
        for name in counters.snapshot():
            kind = registry.gauge if name.endswith(("_open", "_running")) else registry.counter
            kind(f"parley_mtproto_{name}", f"MTProto: {name.replace('_', ' ')}", _reader(counters, name))
    return health.part(ServerHealth(base, log), registry)


def server_key(data_dir: Path) -> ServerKey:
    """The public half of the key that clients pin."""
    return ServerKey(*keys.public_server_key(data_dir))


def _reader(counters: object, name: str) -> Callable[[], float]:
    return lambda: float(getattr(counters, name))

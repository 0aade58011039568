"""The pages: every part of the web with the services behind it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from starlette.applications import Starlette

from parley.app import keys, websocket
from parley.app.sweeping import Sweeping
from parley.app.waking_clock import WakingClock
from parley.app.wiring.accounts import AccountServices
from parley.app.wiring.foundation import Foundation
from parley.app.wiring.legal import LegalServices
from parley.app.wiring.safety import SafetyServices
from parley.core.clock import AdjustableClock
from parley.legal.translog.receipt_check import ReceiptCheck
from parley.messenger.accounts.retention import RetentionWishes
from parley.mtproto.rsa_key import RsaKey
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
from parley.web.legal_desk import log_state
from parley.web.legal_desk import part as legal_desk
from parley.web.legal_desk.services import LegalServices as DeskServices
from parley.web.metrics import Registry
from parley.web.moderation import part as moderation
from parley.web.moderation.desk import SafetyDesk
from parley.web.parts import Part
from parley.web.passkeys import Passkeys
from parley.web.ports import Endpoint, Names, ServerKey
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
from parley.web.sessions import RealmDoor
from parley.web.site import Site

_EXPONENT = 65537


@dataclass(frozen=True, slots=True)
class Pages:
    """Everything that the pages stand on."""

    base: Foundation
    origin: str
    accounts: AccountServices
    safety: SafetyServices
    legal: LegalServices
    staff: Staff
    policies: Policies
    server: Server
    endpoint: Endpoint
    names: Names
    sweeping: Sweeping
    wishes: RetentionWishes


def build(pages: Pages) -> Starlette:
    """Build the web application."""
    base = pages.base
    site = Site.of(base.settings, base.clock, base.secret("pages"), origin=pages.origin)
    sessions = Sessions(base.of("staff"), base.clock)
    realms = (
        desk.staff_door(site, pages.staff, sessions),
        authority.officer_door(site, pages.legal.authorities, sessions),
    )
    return build_application(site, _parts(pages, site, sessions, realms), realms)


def _parts(pages: Pages, site: Site, sessions: Sessions, realms: Sequence[RealmDoor]) -> list[Part]:
    base, legal, safety = pages.base, pages.legal, pages.safety
    staff_db = base.of("staff")
    staff_keys = Passkeys(site, pages.staff, Ceremonies(staff_db, base.clock, Realm.STAFF))
    officer_keys = Passkeys(site, legal.authorities, Ceremonies(staff_db, base.clock, Realm.OFFICER))
    key = keys.server_key(base.data_dir)
    lawyers, moderators = _legal_desk(base, legal), _safety_desk(base, safety)
    waiting = (
        *moderation.waiting(moderators), *legal_desk.waiting(lawyers), *log_state.waiting(legal.log_state),
    )  # fmt: skip
    parts = [
        start.part(_server_key(key), pages.endpoint, legal.vault),
        policies.part(pages.policies, legal.vault),
        retention.part(pages.wishes),
        operator.part(),
        health.part(ServerHealth(base, legal), _metrics(pages)),
        receipt_check.part(ReceiptCheck(base.of("legal"), legal.reader)),
        transparency.part(legal.reporting, legal.reader, legal.witnesses, legal.rules),
        translog.part(legal.reader, legal.witnesses, legal.quarterly),
        custodian_api.part(legal.door),
        desk.part(pages.staff, sessions, staff_keys, waiting),
        audit.part(staff_db, base.clock),
        moderation.part(moderators),
        legal_desk.part(lawyers, staff_keys),
        log_state.part(legal.log_state),
        authority.part(legal.authorities, legal.orders, legal.handover, sessions, officer_keys, legal.delivery_key),
        websocket.part(pages.server),
    ]
    if site.dev and pages.accounts.codes is not None and isinstance(base.clock, AdjustableClock):
        looks = (
            legal.log_worker.look, legal.witness_worker.look, legal.notice_worker.look, pages.sweeping.look,
        )  # fmt: skip
        clock = WakingClock(base.clock, base.relay, looks)
        parts.append(dev.part(site, pages.accounts.codes, clock, pages.staff, legal.authorities))
    return [*parts, links.part(pages.names)]


def _safety_desk(base: Foundation, safety: SafetyServices) -> SafetyDesk:
    db = base.of("safety")
    notices = Notices(db, safety.reports, safety.snapshots)
    return SafetyDesk(db, safety.review, safety.appeals, safety.rulebook, base.clock, notices)


def _legal_desk(base: Foundation, legal: LegalServices) -> DeskServices:
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


class ServerHealth:
    """Fills the port `Health`: the database answers, and the public log can be continued."""

    def __init__(self, base: Foundation, legal: LegalServices) -> None:
        self._base = base
        self._legal = legal

    async def check(self) -> Mapping[str, bool]:
        """See the port."""
        await self._base.of("messenger").fetchval("SELECT 1")
        return {"database": True, "public_log": self._legal.log_worker.refusal is None}


def _server_key(key: RsaKey) -> ServerKey:
    return ServerKey(key.public_pem(), key.fingerprint, key.modulus, _EXPONENT)


def _metrics(pages: Pages) -> Registry:
    """Figures of all rooms, none of which is about a person."""
    registry = Registry()
    counters = pages.server.counters
    for name in counters.snapshot():
        kind = registry.gauge if name.endswith(("_open", "_running")) else registry.counter
        kind(f"parley_mtproto_{name}", f"MTProto: {name.replace('_', ' ')}", _reader(counters, name))
    return registry


def _reader(counters: object, name: str) -> Callable[[], float]:
    return lambda: float(getattr(counters, name))

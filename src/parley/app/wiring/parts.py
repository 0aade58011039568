"""The parts of a divided server. Each opens only the connections, files and doors of its own duties."""

from __future__ import annotations

import secrets
from typing import Final

from parley.app import advertising, asking, keys
from parley.app.carried_notices import CarriedNotices, say_notices
from parley.app.development import Looks, NoOfficers, SharedCodes, movable_clock
from parley.app.waking import ToldSealers, on_wake, wake
from parley.app.wiring import clients as clients_wiring
from parley.app.wiring import doors, public_log, published, safety, web
from parley.app.wiring import legal as legal_wiring
from parley.app.wiring.foundation import Foundation
from parley.app.wiring.running import RunningPart, running_clients, running_pages
from parley.app.wiring.web import Web
from parley.core.clock import AdjustableClock
from parley.core.parts import Part
from parley.legal import rules_in_force
from parley.messenger.accounts.sealing import Secrets
from parley.policy.library import Library
from parley.policy.service import Policies
from parley.staff.service import Staff
from parley.web.legal_desk import log_state
from parley.web.legal_desk import part as legal_desk
from parley.web.moderation import part as moderation
from parley.web.parts import Part as WebPart
from parley.web.ports import Officers

_FORM_SECRET_BYTES: Final = 32


async def start(base: Foundation, part: Part) -> RunningPart:
    """Start a part that is not the database.

    Raises:
        OSError: a port cannot be used.
    """
    begin = {Part.MTPROTO: _mtproto, Part.HTTP: _http, Part.LEGAL: _legal, Part.WORKER: _worker}[part]
    running = await begin(base)
    if base.carrying is not None:
        base.supervisor.service("outbox", base.relay.run)
    return running


async def _mtproto(base: Foundation) -> RunningPart:
    door = doors.open_door(base.settings)
    origin = door.origin
    clients = await clients_wiring.build(base, origin, published.build(base, origin))
    say_notices(base.relay, clients.service_account)
    await clients.prepare()

    async def look() -> None:
        await clients.safety.standings.refresh()
        await clients.sealer.refresh()
        base.relay.wake()

    await on_wake(base.bus, Part.MTPROTO, look)
    await asking.answer(base.bus, clients.safety.snapshots, clients.safety.snapshots, clients.faces)
    await _follow_clock(base, (clients.sweeping.look,))
    clients.begin()
    # The one form here serves for ten minutes, so its tokens need not outlive the process.
    pages = Web.of(base, origin, secrets.token_bytes(_FORM_SECRET_BYTES), None)
    server = clients.methods.server
    application = pages.application(
        [web.health_of(base, server), web.retention_page(clients.wishes), web.websockets(server)]
    )
    http = await doors.serve(base.supervisor, door.listener, application)
    return running_clients(clients, http, door)


async def _http(base: Foundation) -> RunningPart:
    door = doors.open_door(base.settings)
    origin = door.origin
    subjects = asking.AskedSubjects(base.bus)
    made = safety.moderation(base, origin, subjects, subjects)

    async def decided(event: object) -> None:
        await wake(base.bus, Part.MTPROTO)

    made.subscribe(decided)
    pages = Web.of(base, origin, base.secret(keys.PAGES), Staff(base.of("staff"), base.clock))
    desk = web.moderators(base, made)
    readers = published.build(base, origin)
    terms = Policies(base.of("public"), base.clock, Library.load(base.data_dir / "policies"))
    endpoint = advertising.endpoint(base.settings, (base.settings.host, base.settings.mtproto_port))
    rules = rules_in_force.load(base.data_dir / "legal")
    parts = [
        *web.public(web.server_key(base.data_dir), endpoint, terms, readers, rules),
        web.health_of(base),
        *web.desks(pages, moderation.waiting(desk)),
        moderation.part(desk),
        *await _development(pages, (), None),
        web.names(asking.AskedNames(base.bus)),
    ]
    http = await doors.serve(base.supervisor, door.listener, pages.application(parts))
    return running_pages(http, door)


async def _legal(base: Foundation) -> RunningPart:
    door = doors.open_door(base.settings, base.settings.legal_url)
    origin, main = door.origin, doors.origin_of(base.settings, door.address)
    staff = Staff(base.of("staff"), base.clock)
    known = Secrets.for_identity(keys.identity(base.data_dir))
    sender = CarriedNotices(base.of("legal"))
    legal = legal_wiring.build(
        base, origin, staff, known, ToldSealers(base.bus), sender, log_url=f"{main}/transparency/log/"
    )
    await legal_wiring.announce(base, legal)
    legal_wiring.begin(base, legal)
    pages = Web.of(base, origin, base.secret(keys.LEGAL_PAGES), staff)
    desk, state = web.lawyers(base, legal), web.state_of_log(base, None)
    parts = [
        web.health_of(base),
        web.public_log(published.build(base, origin, "legal")),
        *web.desks(pages, (*legal_desk.waiting(desk), *log_state.waiting(state))),
        *web.legal_parts(pages, legal, desk, state),
        *await _development(pages, (legal.notice_worker.look, legal.sweeping.look), legal.authorities),
    ]
    http = await doors.serve(base.supervisor, door.listener, pages.application(parts, legal.authorities))
    return running_pages(http, door)


async def _worker(base: Foundation) -> RunningPart:
    log = public_log.build(base, base.settings.origin)
    public_log.take_entries(base, log)
    await public_log.start(log)
    public_log.begin(base, log)
    await _follow_clock(base, (log.worker.look, log.witness_worker.look))
    return RunningPart("worker", _nothing)


async def _nothing() -> None:
    """A part without doors has accepted nothing that it would have to finish."""


async def _follow_clock(base: Foundation, looks: Looks) -> None:
    if isinstance(base.clock, AdjustableClock):
        await movable_clock(base, base.clock, looks).follow()


async def _development(pages: Web, looks: Looks, officers: Officers | None) -> list[WebPart]:
    """The development pages with what other parts know, in development mode."""
    base = pages.base
    if not isinstance(base.clock, AdjustableClock):
        return []
    codes = SharedCodes(base.bus)
    await codes.follow()
    return await web.development(pages, codes, looks, officers or NoOfficers())

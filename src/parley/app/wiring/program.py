"""An undivided server: rooms wired in order, ports opened, background work started, everything ended in order."""

from __future__ import annotations

from parley.app import keys
from parley.app.rotation.upkeep import SecretUpkeep
from parley.app.sweeping import Sweeping
from parley.app.wiring import clients as clients_wiring
from parley.app.wiring import doors, public_log, published, web
from parley.app.wiring import legal as legal_wiring
from parley.app.wiring.clients import Clients
from parley.app.wiring.foundation import Foundation
from parley.app.wiring.legal import LegalServices
from parley.app.wiring.public_log import LogServices
from parley.app.wiring.running import RunningPart, running_clients
from parley.app.wiring.web import Web
from parley.staff.service import Staff
from parley.web.legal_desk import log_state
from parley.web.legal_desk import part as legal_desk
from parley.web.moderation import part as moderation


async def start(base: Foundation) -> RunningPart:
    """Wire the rooms and open the ports.

    Raises:
        OSError: a port cannot be used.
    """
    door = doors.open_door(base.settings)
    origin = door.origin
    readers = published.build(base, origin)
    clients = await clients_wiring.build(base, origin, readers)
    staff = Staff(base.of("staff"), base.clock)
    legal = legal_wiring.build(
        base, origin, staff, clients.accounts.secrets, clients.sealer, clients.service_account
    )
    log = public_log.build(base, origin)
    public_log.take_entries(base, log)
    await clients.prepare()
    if await public_log.start(log):
        await legal_wiring.announce(base, legal)
    _begin(base, clients, legal, log)
    pages = Web.of(base, origin, base.secret(keys.PAGES), staff)
    moderators, lawyers = web.moderators(base, clients.safety.moderation), web.lawyers(base, legal)
    state = web.state_of_log(base, log)
    waiting = (*moderation.waiting(moderators), *legal_desk.waiting(lawyers), *log_state.waiting(state))
    looks = (
        log.worker.look, log.witness_worker.look, legal.notice_worker.look, clients.sweeping.look,
        legal.sweeping.look,
    )  # fmt: skip
    key, endpoint = web.server_key(base.data_dir), clients.methods.endpoint
    parts = [
        *web.public(key, endpoint, clients.policies, readers, legal.rules),
        web.health_of(base, clients.methods.server, log),
        *web.desks(pages, waiting),
        moderation.part(moderators),
        *web.legal_parts(pages, legal, lawyers, state),
        web.retention_page(clients.wishes),
        web.websockets(clients.methods.server),
        *await web.development(pages, clients.accounts.codes, looks, legal.authorities),
        web.names(clients.faces),
    ]
    http = await doors.serve(base.supervisor, door.listener, pages.application(parts, legal.authorities))
    return running_clients(clients, http, door)


def _begin(base: Foundation, clients: Clients, legal: LegalServices, log: LogServices) -> None:
    secrets = SecretUpkeep(base)
    clients.begin()
    legal_wiring.begin(base, legal)
    public_log.begin(base, log)
    base.supervisor.service("outbox", base.relay.run)
    base.supervisor.service("accounts key", secrets.rekeying(clients.accounts.secrets).run)
    base.supervisor.service(
        "former secrets", Sweeping(base.lease("outbox", "former secrets"), (secrets.destroy_over,)).run
    )

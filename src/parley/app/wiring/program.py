"""One running server: rooms wired in order, ports opened, background work started, everything ended in order."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import logging
import socket
from dataclasses import dataclass
from datetime import timedelta

import uvicorn

from parley.app import advertising, keys
from parley.app.acquaintances import Acquaintances
from parley.app.gates import CallFloods, SafetyGate, Strangers
from parley.app.observer import SessionWatch
from parley.app.robots import SearchReportBot, ServiceBot, TransparencyBot
from parley.app.rotation.upkeep import SecretUpkeep
from parley.app.service_account import ServiceAccount
from parley.app.sweeping import Sweeping
from parley.app.wiring import accounts as accounts_wiring
from parley.app.wiring import legal as legal_wiring
from parley.app.wiring import messenger as messenger_wiring
from parley.app.wiring import safety as safety_wiring
from parley.app.wiring import web as web_wiring
from parley.app.wiring.accounts import AccountServices
from parley.app.wiring.foundation import Foundation
from parley.app.wiring.legal import LegalServices
from parley.app.wiring.messenger import MessengerServices
from parley.app.wiring.safety import Effects, SafetyServices
from parley.core.ids import AccountId
from parley.economy.ledger.service import Ledger
from parley.legal.vault.rules import ACCOUNT_RETENTIONS
from parley.legal.vault.sealer import Sealer
from parley.messenger import calls
from parley.messenger.accounts import events
from parley.messenger.accounts.idle import Idle
from parley.messenger.accounts.model import SEARCH_REPORT_BOT, SERVICE_ACCOUNT, TRANSPARENCY_BOT
from parley.messenger.accounts.retention import RETENTION_TOPIC, RetentionWishes
from parley.messenger.accounts.service import ACCOUNT_DELETED
from parley.messenger.bots.service import Robots
from parley.messenger.search.faces import Faces
from parley.messenger.upkeep import DeletionFollowUp, Upkeep
from parley.mtproto.server import Listening, Server
from parley.policy.library import Library
from parley.policy.service import Policies
from parley.rpc import registry
from parley.rpc.dispatcher import Dispatcher
from parley.rpc.services import ServerInfo, Services
from parley.staff.service import Staff
from parley.storage.outbox import Item
from parley.web.ports import Endpoint

_log = logging.getLogger(__name__)
Address = tuple[str, int]


@dataclass(slots=True)
class Running:
    """A server that accepts connections."""

    mtproto_address: Address
    http_address: Address
    base: Foundation
    server: Server
    http: uvicorn.Server
    serving: asyncio.Task[None]
    messenger: MessengerServices
    sealer: Sealer

    async def stop(self) -> None:
        """Accept nothing more, finish what was accepted, write what is queued."""
        self.http.should_exit = True
        await self.server.stop()
        await asyncio.wait([self.serving], timeout=10)
        await self.messenger.messages.close()
        await self.sealer.flush()
        self.messenger.index.close()


async def start(base: Foundation) -> Running:
    """Wire the rooms and open the ports.

    Raises:
        OSError: a port cannot be used.
    """
    listener = _listen(base.settings.host, base.settings.http_port)
    http_address: Address = listener.getsockname()[:2]
    origin = _origin(base, http_address)
    sealer = legal_wiring.sealer(base)
    service_account = ServiceAccount()
    safety = safety_wiring.build(base, origin)
    accounts = accounts_wiring.build(base, service_account, sealer)
    service_account.know(accounts.accounts)
    watchers: list[messenger_wiring.BoxWatcher] = []
    messenger = messenger_wiring.build(
        base,
        accounts,
        _gate(base, safety, accounts),
        service_account,
        [safety_wiring.ClassifiedPosts(safety.classifier)],
        watchers,
    )
    safety.snapshots.attach(accounts, messenger)
    effects = safety_wiring.connect(base, safety, messenger, service_account)
    staff = Staff(base.of("staff"), base.clock)
    legal = legal_wiring.build(base, origin, staff, accounts.secrets, sealer, service_account)
    policies = Policies(base.of("messenger"), base.clock, Library.load(base.data_dir / "policies"))
    wishes = RetentionWishes(base.of("messenger"), base.clock, base.settings.retention_days, ACCOUNT_RETENTIONS)
    robots = _robots(base, safety, legal, service_account, wishes, origin)
    watchers.append(robots.heard)
    server, mtproto_address, endpoint = await _serve_mtproto(base, origin, accounts, messenger, safety, policies)
    await _prepare(base, safety, legal, sealer)
    secrets = SecretUpkeep(base)
    base.supervisor.service("accounts key", secrets.rekeying(accounts.secrets).run)
    sweeping = _sweeping(base, legal, effects, messenger, secrets, wishes)
    _begin(base, messenger, safety, legal, sweeping, sealer)
    base.supervisor.service("robots", robots.run)
    base.supervisor.service("upkeep", _upkeep(base, accounts, messenger, policies).run)
    faces = Faces(accounts.accounts, messenger.directory, messenger.search)
    pages = web_wiring.Pages(
        base, origin, accounts, safety, legal, staff, policies, server, endpoint, faces, sweeping, wishes
    )
    http, serving = await _serve_http(base, listener, pages)
    return Running(mtproto_address, http_address, base, server, http, serving, messenger, sealer)


def _gate(base: Foundation, safety: SafetyServices, accounts: AccountServices) -> SafetyGate:
    known = Acquaintances(accounts.books, base.of("messenger"))
    return SafetyGate(safety.standings, Strangers(safety.limits, accounts.accounts, known, base.clock))


def _robots(
    base: Foundation,
    safety: SafetyServices,
    legal: LegalServices,
    service_account: ServiceAccount,
    wishes: RetentionWishes,
    origin: str,
) -> Robots:
    db = base.of("messenger")
    answers = {
        SEARCH_REPORT_BOT: SearchReportBot(safety.reports).answer,
        TRANSPARENCY_BOT: TransparencyBot(legal.reporting).answer,
        SERVICE_ACCOUNT: ServiceBot(safety.appeals, wishes, origin).answer,
    }

    async def retention(item: Item) -> None:
        account, days = AccountId(item.payload["account"]), item.payload["days"]
        await legal.vault.set_retention(account, days, f"account:{account}")

    base.relay.handle(RETENTION_TOPIC, retention)
    return Robots(db, answers, service_account.say_as, base.lease("messenger", "robots").hold)


def _upkeep(
    base: Foundation, accounts: AccountServices, messenger: MessengerServices, policies: Policies
) -> Upkeep:
    follow_up = DeletionFollowUp(accounts.contacts, messenger.members, policies)
    base.relay.handle(ACCOUNT_DELETED, follow_up.handle)
    return Upkeep(
        base.lease("messenger", "upkeep"),
        base.clock,
        accounts=accounts.accounts,
        sign_in=accounts.sign_in,
        auth_keys=accounts.auth_keys,
        idle=Idle(base.of("messenger"), base.clock, accounts.accounts, accounts.devices),
        identifiers_kept=timedelta(days=base.settings.retention_days),
    )


async def _serve_mtproto(
    base: Foundation,
    origin: str,
    accounts: AccountServices,
    messenger: MessengerServices,
    safety: SafetyServices,
    policies: Policies,
) -> tuple[Server, Address, Endpoint]:
    settings = base.settings
    watch = SessionWatch(base.supervisor, accounts.devices, messenger.fanout)
    handler = _Handler()
    server = Server(
        rsa=keys.server_keys(base.data_dir),
        keys=accounts.auth_keys,
        handler=handler,
        supervisor=base.supervisor,
        observer=watch,
    )
    watch.attach(server.registry)
    address = await server.start(
        Listening(
            settings.host,
            settings.mtproto_port,
            tuple(ipaddress.ip_network(item, strict=False) for item in settings.trusted_proxy),
        )
    )
    endpoint = advertising.endpoint(settings, address)
    told = (endpoint.host, *endpoint.others)
    info = ServerInfo(told, endpoint.port, origin, country=settings.operator_country)
    services = _services(base, info, accounts, messenger, safety, policies, server)
    handler.answer = Dispatcher(registry.load(), services, accounts.devices, CallFloods(safety.limits))
    _follow_devices(base, server, watch)
    return server, address, endpoint


class _Handler:
    """Lets the server exist before the methods do: they need to know its port."""

    answer: Dispatcher | None = None

    async def __call__(self, call):  # type: ignore[no-untyped-def]
        assert self.answer is not None, "set before the ready line"
        return await self.answer(call)


def _services(
    base: Foundation,
    info: ServerInfo,
    accounts: AccountServices,
    messenger: MessengerServices,
    safety: SafetyServices,
    policies: Policies,
    server: Server,
) -> Services:
    return Services(
        clock=base.clock,
        server=info,
        accounts=accounts.accounts,
        sign_in=accounts.sign_in,
        number=accounts.number,
        devices=accounts.devices,
        activity=accounts.activity,
        auth_keys=accounts.auth_keys,
        presence=accounts.presence,
        privacy=accounts.privacy,
        preferences=accounts.preferences,
        access=accounts.access,
        contacts=accounts.contacts,
        books=accounts.books,
        blocks=accounts.blocks,
        people=accounts.people,
        directory=messenger.directory,
        channels=messenger.channels,
        members=messenger.members,
        messages=messenger.messages,
        updates=messenger.updates,
        search=messenger.search,
        policy=policies,
        reports=safety.menu,
        balances=Ledger(base.of("economy"), base.clock),
        typing=messenger.passing,
        sessions=server.registry,
    )


def _follow_devices(base: Foundation, server: Server, watch: SessionWatch) -> None:
    async def signed_in(event: events.SignedIn) -> None:
        await watch.signed_in(event.account_id, event.auth_key_id)

    async def ended(event: events.DeviceEnded) -> None:
        watch.ended(event.auth_key_id)

    base.hub.listen(events.SignedIn, signed_in)
    base.hub.listen(events.DeviceEnded, ended)


async def _prepare(base: Foundation, safety: SafetyServices, legal: LegalServices, sealer: Sealer) -> None:
    """What has to be true before the first connection: a log with a checkpoint, rules, limits, custodians."""
    await asyncio.gather(
        legal_wiring.open_log(legal), safety.rulebook.ensure_shipped(), safety.standings.refresh(), sealer.refresh()
    )
    await base.hub.start()


def _begin(
    base: Foundation,
    messenger: MessengerServices,
    safety: SafetyServices,
    legal: LegalServices,
    sweeping: Sweeping,
    sealer: Sealer,
) -> None:
    messenger.fanout.start()
    messenger.messages.start()
    tasks = base.supervisor
    tasks.service("other processes", messenger.wakeups.start)
    tasks.service("emptying", messenger.emptying.run)
    tasks.service("public feed", messenger.feed.run)
    tasks.service("account standings", safety.standings.run)
    tasks.service("sealer", sealer.run)
    tasks.service("outbox", base.relay.run)
    tasks.service("public log", legal.log_worker.run)
    tasks.service("witnesses", legal.witness_worker.run)
    tasks.service("notices", legal.notice_worker.run)
    tasks.service("sweeping", sweeping.run)


def _sweeping(
    base: Foundation,
    legal: LegalServices,
    effects: Effects,
    messenger: MessengerServices,
    secrets: SecretUpkeep,
    wishes: RetentionWishes,
) -> Sweeping:
    steps = (
        secrets.destroy_over,
        wishes.forget_links,
        legal.vault.sweep,
        legal.handover.wipe_due,
        legal.orders.forget_drafts,
        effects.suspension.lift_due,
        effects.removal.forget_old,
        messenger.updates.clear_old_events,
        lambda: calls.forget_old(base.of("messenger"), base.clock.now()),
    )
    return Sweeping(base.lease("messenger", "sweeping"), steps)


async def _serve_http(
    base: Foundation, listener: socket.socket, pages: web_wiring.Pages
) -> tuple[uvicorn.Server, asyncio.Task[None]]:
    config = uvicorn.Config(
        web_wiring.build(pages),
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="off",
        proxy_headers=False,
        timeout_graceful_shutdown=5,
        ws="websockets-sansio",
        ws_max_size=2 * 1024 * 1024,
    )
    server = _QuietServer(config)
    task = base.supervisor.once("http", server.serve([listener]))
    while not server.started and not task.done():  # noqa: ASYNC110  uvicorn has no event for it
        await asyncio.sleep(0.005)
    return server, task


class _QuietServer(uvicorn.Server):
    """Leaves signals to the process that it runs in."""

    @contextlib.contextmanager
    def capture_signals(self):  # type: ignore[no-untyped-def]
        yield


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host.strip("[]"), port))
    listener.setblocking(False)
    return listener


def _origin(base: Foundation, http_address: Address) -> str:
    if base.settings.public_url:
        return base.settings.public_url.rstrip("/")
    return f"http://localhost:{http_address[1]}"

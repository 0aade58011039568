"""The MTProto port, and the methods behind it."""

from __future__ import annotations

from dataclasses import dataclass

from parley.app import advertising, keys
from parley.app.gates import CallFloods
from parley.app.observer import SessionWatch
from parley.app.wiring.accounts import AccountServices
from parley.app.wiring.foundation import Foundation
from parley.app.wiring.messenger import MessengerServices
from parley.app.wiring.safety import SafetyServices
from parley.core.listening import Address
from parley.economy.ledger.service import Ledger
from parley.messenger.accounts import events
from parley.mtproto.server import Listening, Server
from parley.policy.service import Policies
from parley.rpc import registry
from parley.rpc.dispatcher import Dispatcher
from parley.rpc.services import ServerInfo, Services
from parley.web.ports import Endpoint


@dataclass(frozen=True, slots=True)
class Methods:
    """A server that answers calls: where it listens, and where clients are told to connect."""

    server: Server
    address: Address
    endpoint: Endpoint


async def serve(
    base: Foundation,
    origin: str,
    accounts: AccountServices,
    messenger: MessengerServices,
    safety: SafetyServices,
    policies: Policies,
) -> Methods:
    """Open the MTProto port and answer the calls that come in."""
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
    address = await server.start(Listening(settings.host, settings.mtproto_port, settings.trusted_proxy))
    endpoint = advertising.endpoint(settings, address)
    told = (endpoint.host, *endpoint.others)
    info = ServerInfo(told, endpoint.port, origin, country=settings.operator_country)
    services = _services(base, info, accounts, messenger, safety, policies, server)
    handler.answer = Dispatcher(registry.load(), services, accounts.devices, CallFloods(safety.limits))
    _follow_devices(base, server, watch)
    return Methods(server, address, endpoint)


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

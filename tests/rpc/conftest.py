"""Calls of methods with canonical objects, over the real services and a real database, without a socket."""

import importlib
import pkgutil
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from parley.core.auth_keys import ClientInfo
from parley.core.clock import ManualClock
from parley.core.ids import AccountId, AuthKeyId, ChannelId
from parley.core.peers import Peer
from parley.core.tasks import Supervisor
from parley.messenger.accounts.access import AccessHashes
from parley.messenger.accounts.sealing import Secrets
from parley.messenger.accounts.senders import DevelopmentCodes
from parley.messenger.channels.members import Members
from parley.messenger.channels.service import Channels
from parley.messenger.messages.channel_box import ChannelPosts
from parley.messenger.messages.channel_rights import DirectoryRights
from parley.messenger.messages.service import build as build_messages
from parley.messenger.search.index import TantivyIndex
from parley.messenger.search.service import SearchService
from parley.mtproto.errors import RpcError
from parley.mtproto.ports import Call
from parley.policy.library import Library
from parley.policy.service import Policies
from parley.rpc.dispatcher import Dispatcher
from parley.rpc.registry import METHODS
from parley.rpc.services import ServerInfo, Services
from parley.storage.leases import Lease
from parley.storage.pools import Pools
from parley.tl import functions, layers, types
from tests.messenger.conftest import Messenger, Recorder, build

NOBODY = AccountId(0)
FAMILIES = ("account", "auth", "channels", "contacts", "help", "langpack", "users")


class Open:
    """Limits and gates that let everything pass, and blocks that nobody has set."""

    def check(self, *_: object) -> Any:
        return _nothing()

    async def has_blocked(self, *_: object) -> bool:
        return False

    def publish(self, events: Sequence[Any], *, origin: int | None = None) -> None:
        return None

    def posted(self, messages: Sequence[Any]) -> None:
        return None

    def removed(self, channel: ChannelId, ids: Sequence[Any]) -> None:
        return None


class OpenLimits:
    """Call limits that let everything pass."""

    def check(self, *_: object) -> None:
        return None


async def _nothing() -> None:
    return None


@dataclass
class Person:
    """Somebody who calls from one device in one layer."""

    server: "Server"
    key: AuthKeyId
    layer: int = 229
    account: AccountId = NOBODY

    async def call(self, function: Any, msg_id: int | None = None) -> Any:
        """Call a method; the answer must also be sayable in every layer of the window."""
        call = Call(
            function=function, layer=self.layer, auth_key_id=self.key, bound=True,
            session=SimpleNamespace(unique_id=int(self.key)), msg_id=msg_id or next(self.server.msg_ids),
            without_updates=False, client=ClientInfo(6, "Test phone", "14", "11", "en", "", "en"),
            address=("192.0.2.7", 4000),
        )  # fmt: skip
        answer = await self.server.dispatcher(call)
        for layer in layers.SUPPORTED:
            layers.get(layer).encode_result(function, answer)
        return answer

    async def refused(self, function: Any) -> str:
        """Call a method that must be refused; gives the name of the refusal."""
        with pytest.raises(RpcError) as refusal:
            await self.call(function)
        return str(refusal.value.message)

    def user(self, other: "Person") -> types.InputUser:
        """Name somebody with the access hash that this person was given."""
        shown = self.server.services.access.of(self.account, Peer.user(other.account))
        return types.InputUser(user_id=other.account, access_hash=shown)

    def input_channel(self, channel_id: int) -> types.InputChannel:
        """Name a channel with the access hash that this person was given."""
        shown = self.server.services.access.of(self.account, Peer.channel(ChannelId(channel_id)))
        return types.InputChannel(channel_id=channel_id, access_hash=shown)


@dataclass
class Server:
    """The methods over everything that they need."""

    services: Services
    dispatcher: Dispatcher
    messenger: Messenger
    index: TantivyIndex
    keys: "count[int]" = field(default_factory=lambda: count(1))
    msg_ids: "count[int]" = field(default_factory=lambda: count(7_000_000_000_000_000_000, 4))

    async def device(self, layer: int = 229) -> Person:
        """A device on which nobody has signed in."""
        return Person(self, (await self.messenger.device()).auth_key_id, layer)

    async def person(self, phone: str, first_name: str, username: str = "") -> Person:
        """Somebody with an account, signed up by calls."""
        person = await self.device()
        sent = await person.call(send_code(phone))
        code = self.messenger.codes.newest(phone)
        proof = {"phone_number": phone, "phone_code_hash": sent.phone_code_hash}
        await person.call(functions.auth.SignIn(**proof, phone_code=code))
        made = await person.call(functions.auth.SignUp(**proof, first_name=first_name, last_name=""))
        person.account = AccountId(made.user.id)
        if username:
            await person.call(functions.account.UpdateUsername(username=username))
        return person


def send_code(phone: str) -> functions.auth.SendCode:
    """The first call of every sign-in."""
    return functions.auth.SendCode(phone_number=phone, api_id=6, api_hash="0" * 32, settings=types.CodeSettings())


@pytest.fixture
async def server(pools: Pools, clock: ManualClock, tmp_path: Path) -> AsyncIterator[Server]:
    """Accounts, contacts, channels, help and language packs, answering calls."""
    for family in FAMILIES:
        package = importlib.import_module(f"parley.rpc.{family}")
        for module in pkgutil.iter_modules(package.__path__):
            importlib.import_module(f"parley.rpc.{family}.{module.name}")
    secrets = Secrets.derive(bytes(range(32)))
    made = build(pools, clock, secrets, Recorder(), DevelopmentCodes())
    async with Supervisor() as tasks:
        index = TantivyIndex(tmp_path / "index")
        services = _services(pools, clock, made, tasks, SearchService(pools.of("messenger"), index, clock))
        yield Server(services, Dispatcher(METHODS, services, made.devices, OpenLimits()), made, index)
        await services.messages.close()
        index.close()


def _services(
    pools: Pools, clock: ManualClock, made: Messenger, tasks: Supervisor, search: SearchService
) -> Services:
    db, recorder, everything = pools.of("messenger"), made.recorder, Open()

    async def name_of(account: AccountId) -> str:
        return (await made.accounts.get(account)).first_name

    messages = build_messages(
        db, tasks, clock, lease=Lease(pools.of("outbox"), "message relay"), gate=everything, blocks=everything,
        rights=DirectoryRights(made.directory, name_of), sink=everything, posts=everything,
    )  # fmt: skip
    box = ChannelPosts(db, messages)
    absent: Any = None
    return Services(
        clock=clock,
        server=ServerInfo(("127.0.0.1",), 8443, "http://localhost:8080"),
        accounts=made.accounts,
        sign_in=made.sign_in,
        number=made.number,
        devices=made.devices,
        activity=made.activity,
        auth_keys=made.auth_keys,
        presence=made.presence,
        privacy=made.privacy,
        preferences=made.preferences,
        access=AccessHashes(made.secrets),
        contacts=made.contacts,
        books=made.books,
        blocks=made.blocks,
        people=made.people,
        directory=made.directory,
        channels=Channels(db, clock, made.directory, box, recorder),
        members=Members(db, clock, made.directory, box, recorder, made.accounts.matching),
        messages=messages,
        updates=absent,
        search=search,
        policy=Policies(db, clock, Library.load()),
        reports=absent,
        balances=absent,
        typing=absent,
        sessions=absent,
    )

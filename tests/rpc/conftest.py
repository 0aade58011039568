"""Calls of methods with canonical objects, over the real services and a real database, without a socket."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from parley.app.reports import SafetyReports
from parley.app.snapshots import MessengerSnapshots
from parley.core.auth_keys import ClientInfo
from parley.core.clock import ManualClock
from parley.core.ids import AccountId, AuthKeyId, ChannelId
from parley.core.peers import Peer
from parley.core.tasks import Supervisor
from parley.economy.ledger.service import Ledger
from parley.messenger.accounts.access import AccessHashes
from parley.messenger.accounts.sealing import Secrets
from parley.messenger.accounts.senders import DevelopmentCodes
from parley.messenger.channels.members import Members
from parley.messenger.channels.service import Channels
from parley.messenger.messages.authors import KnownAuthors
from parley.messenger.messages.channel_box import ChannelPosts
from parley.messenger.messages.channel_rights import DirectoryRights
from parley.messenger.messages.service import build as build_messages
from parley.messenger.search.index import TantivyIndex
from parley.messenger.search.service import SearchService
from parley.messenger.updates.fanout import Fanout
from parley.messenger.updates.onlookers import Onlookers
from parley.messenger.updates.service import Updates
from parley.mtproto.errors import RpcError
from parley.mtproto.ports import Call
from parley.policy.library import Library
from parley.policy.service import Policies
from parley.rpc import registry
from parley.rpc.dispatcher import Dispatcher
from parley.rpc.push.encoder import PushEncoder
from parley.rpc.push.passing import PassingSigns
from parley.rpc.services import ServerInfo, Services
from parley.safety.reports.service import Reports
from parley.storage.leases import Lease
from parley.storage.pools import Pools
from parley.tl import functions, layers, types
from tests.messenger.conftest import Messenger, Recorder, build

NOBODY = AccountId(0)


class Open:
    """Gates that let everything pass, and ears that hear nothing."""

    def check(self, *_: object) -> Any:
        return _nothing()

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


@dataclass(eq=False)
class Session:
    """A session of a device, which keeps what is pushed to it."""

    unique_id: int
    layer: int
    heard: list[Any] = field(default_factory=list)
    wants_updates: bool = True

    def push(self, body: bytes) -> bool:
        """Take one push."""
        self.heard.append(layers.get(self.layer).decode(body))
        return True


@dataclass
class Person:
    """Somebody who calls from one device in one layer."""

    server: "Server" = field(repr=False)
    key: AuthKeyId
    layer: int = 229
    account: AccountId = NOBODY
    session: Session = field(init=False)

    def __post_init__(self) -> None:
        self.session = Session(int(self.key), self.layer)

    async def call(self, function: Any, msg_id: int | None = None) -> Any:
        """Call a method; the answer must also be sayable in every layer of the window."""
        answer = await self.ask(function, msg_id)
        for layer in layers.SUPPORTED:
            layers.get(layer).encode_result(function, answer)
        return answer

    async def ask(self, function: Any, msg_id: int | None = None) -> Any:
        """Call a method; the answer as the method gives it."""
        call = Call(
            function=function, layer=self.layer, auth_key_id=self.key, bound=True,
            session=self.session, msg_id=msg_id or next(self.server.msg_ids),
            without_updates=False, client=ClientInfo(6, "Test phone", "14", "11", "en", "", "en"),
            address=("192.0.2.7", 4000),
        )  # fmt: skip
        return await self.server.dispatcher(call)

    async def refused(self, function: Any) -> str:
        """Call a method that must be refused; gives the name of the refusal."""
        with pytest.raises(RpcError) as refusal:
            await self.call(function)
        return str(refusal.value.message)

    async def write(self, to: "Person | int", text: str, **more: Any) -> Any:
        """Write a message to a person, or into a channel."""
        random_id = next(self.server.msg_ids)
        peer = self.peer(to)
        return await self.call(functions.messages.SendMessage(peer=peer, message=text, random_id=random_id, **more))

    async def found(self, title: str = "Boats", **kind: bool) -> int:
        """Found a broadcast channel, or what `kind` says; its id."""
        create = functions.channels.CreateChannel(title=title, about="", **(kind or {"broadcast": True}))
        return int((await self.call(create)).chats[0].id)

    def user(self, other: "Person") -> types.InputUser:
        """Name somebody with the access hash that this person was given."""
        shown = self.server.services.access.of(self.account, Peer.user(other.account))
        return types.InputUser(user_id=other.account, access_hash=shown)

    def peer(self, other: "Person | int") -> types.InputPeerUser | types.InputPeerChannel:
        """Name a person, or a channel by its id, as the other end of a chat."""
        if isinstance(other, int):
            channel = self.input_channel(other)
            return types.InputPeerChannel(channel_id=channel.channel_id, access_hash=channel.access_hash)
        user = self.user(other)
        return types.InputPeerUser(user_id=user.user_id, access_hash=user.access_hash)

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
    fanout: Fanout
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
        await self.fanout.attach(person.session, person.account)
        if username:
            await person.call(functions.account.UpdateUsername(username=username))
        return person

    async def settle(self) -> None:
        """Wait until what was done has reached every box and every session."""
        await self.services.messages.relay.settle()
        await self.fanout.settle()


def send_code(phone: str) -> functions.auth.SendCode:
    """The first call of every sign-in."""
    return functions.auth.SendCode(phone_number=phone, api_id=6, api_hash="0" * 32, settings=types.CodeSettings())


@pytest.fixture
async def server(pools: Pools, clock: ManualClock, tmp_path: Path) -> AsyncIterator[Server]:
    """Every method with everything that it needs, answering calls."""
    async with serve(pools, clock, tmp_path) as made:
        yield made


@pytest.fixture
async def alice(server: Server) -> Person:
    return await server.person("+4930111111", "Alice")


@pytest.fixture
async def bob(server: Server) -> Person:
    return await server.person("+4930222222", "Bob")


@asynccontextmanager
async def serve(pools: Pools, clock: ManualClock, folder: Path) -> AsyncIterator[Server]:
    """Run the methods on a database; `folder` takes the search index."""
    secrets = Secrets.derive(bytes(range(32)))
    made = build(pools, clock, secrets, Recorder(), DevelopmentCodes())
    async with Supervisor() as tasks:
        index = TantivyIndex(folder / "index")
        search = SearchService(pools.of("messenger"), index, clock)
        fanout = Fanout(
            tasks, PushEncoder(clock, made.people, made.directory, AccessHashes(secrets)), made.directory
        )
        services = _services(pools, clock, made, tasks, search, fanout)
        fanout.start()
        services.messages.start()
        dispatcher = Dispatcher(registry.load(), services, made.devices, OpenLimits())
        yield Server(services, dispatcher, made, index, fanout)
        await services.messages.close()
        index.close()


class Blocks:
    """The messages' port, answered from the contacts."""

    def __init__(self, made: Messenger) -> None:
        self._blocks = made.blocks

    async def has_blocked(self, owner: AccountId, person: AccountId) -> bool:
        return await self._blocks.is_blocked(owner, person)


def _services(
    pools: Pools, clock: ManualClock, made: Messenger, tasks: Supervisor, search: SearchService, fanout: Fanout
) -> Services:
    db, recorder, everything = pools.of("messenger"), made.recorder, Open()

    async def name_of(account: AccountId) -> str:
        return (await made.accounts.get(account)).first_name

    rights = DirectoryRights(made.directory, name_of)
    messages = build_messages(
        db, tasks, clock, lease=Lease(pools.of("outbox"), "message relay"), gate=everything, blocks=Blocks(made),
        rights=rights, authors=KnownAuthors(made.accounts, made.privacy), sink=fanout, posts=everything,
        events=recorder,
    )  # fmt: skip
    box = ChannelPosts(db, messages)
    snapshots = MessengerSnapshots(clock)
    whole: Any = SimpleNamespace(accounts=made.accounts, directory=made.directory, messages=messages, search=search)
    snapshots.attach(whole, whole)
    reports = Reports(pools.of("safety"), snapshots, snapshots, clock)
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
        updates=Updates(db, clock, rights),
        search=search,
        policy=Policies(db, clock, Library.load()),
        reports=SafetyReports(reports),
        balances=Ledger(pools.of("economy"), clock),
        typing=PassingSigns(fanout, made.blocks, Onlookers(db, fanout, made.people)),
        sessions=absent,
    )

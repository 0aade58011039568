"""The messenger's services on a real database, wired as `app` wires them, with recorders above them."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import count

import pytest

from parley.core.auth_keys import AuthKey, ClientInfo
from parley.core.clock import ManualClock
from parley.core.ids import AccountId, AuthKeyId, ChannelId, box_of_channel
from parley.messenger.accounts.activity import Activity
from parley.messenger.accounts.auth_keys import AuthKeys
from parley.messenger.accounts.codes import Senders
from parley.messenger.accounts.devices import Devices
from parley.messenger.accounts.number import ChangeNumber
from parley.messenger.accounts.preferences import Preferences
from parley.messenger.accounts.presence import PresenceService
from parley.messenger.accounts.privacy import Privacy
from parley.messenger.accounts.sealing import Secrets
from parley.messenger.accounts.senders import DevelopmentCodes, SessionSender
from parley.messenger.accounts.service import Accounts
from parley.messenger.accounts.sign_in import Caller, SignIn
from parley.messenger.channels.directory import Directory
from parley.messenger.channels.members import Members
from parley.messenger.channels.model import Channel
from parley.messenger.channels.service import Channels
from parley.messenger.contacts.blocks import Blocks
from parley.messenger.contacts.people import People
from parley.messenger.contacts.service import Books, Contacts
from parley.messenger.messages.model import BoxEvent, EventKind, ServiceAction
from parley.storage.pools import Pools

PHONE_CLIENT = ClientInfo(6, "Test phone", "14", "11.2", "en", "", "en")


@dataclass
class Recorder:
    """Remembers what would have gone to the bus, the service account, the vault and the boxes."""

    events: list[object] = field(default_factory=list)
    notices: list[tuple[AccountId, str]] = field(default_factory=list)
    sealed: list[tuple[AccountId, str, int]] = field(default_factory=list)
    joins: list[tuple[AccountId, ChannelId]] = field(default_factory=list)
    leaves: list[tuple[AccountId, ChannelId]] = field(default_factory=list)
    announced: dict[tuple[AccountId, int], BoxEvent] = field(default_factory=dict)

    async def publish(self, event: object) -> None:
        self.events.append(event)

    async def send(self, account: AccountId, text: str) -> None:
        self.notices.append((account, text))

    async def seal(self, account: AccountId, ip: str, port: int, at: datetime) -> None:
        self.sealed.append((account, ip, port))

    async def announce(
        self, channel: Channel, author: AccountId, action: ServiceAction, random_id: int
    ) -> BoxEvent:
        event = BoxEvent(
            box_of_channel(channel.channel_id), len(self.announced) + 1, 1, EventKind.NEW_MESSAGE,
            channel.created_at,
        )  # fmt: skip
        return self.announced.setdefault((author, random_id), event)

    async def joined(self, account: AccountId, channel: ChannelId) -> None:
        if (account, channel) not in self.joins:
            self.joins.append((account, channel))

    async def left(self, account: AccountId, channel: ChannelId) -> None:
        self.leaves.append((account, channel))

    def of(self, kind: type) -> list[object]:
        """The published events of one kind."""
        return [event for event in self.events if isinstance(event, kind)]


@dataclass
class Messenger:
    """Everything that a test of accounts, contacts or channels needs."""

    pools: Pools
    clock: ManualClock
    secrets: Secrets
    recorder: Recorder
    codes: DevelopmentCodes
    auth_keys: AuthKeys
    devices: Devices
    activity: Activity
    accounts: Accounts
    sign_in: SignIn
    number: ChangeNumber
    presence: PresenceService
    privacy: Privacy
    preferences: Preferences
    books: Books
    blocks: Blocks
    contacts: Contacts
    people: People
    directory: Directory
    channels: Channels
    members: Members
    numbers: "count[int]" = field(default_factory=lambda: count(1))

    async def device(self) -> Caller:
        """A new device: its key is kept, nobody has signed in with it."""
        number = next(self.numbers)
        key = AuthKey(AuthKeyId(-(10**15) - number), bytes([number % 256]) * 256, 1_790_000_000, number)
        assert await self.auth_keys.save(key)
        return Caller(key.auth_key_id, PHONE_CLIENT, ("192.0.2.7", 40_000 + number))

    async def sign_up(self, phone: str, first: str, last: str = "", username: str = "") -> AccountId:
        """A person with an account, signed in on a device of their own."""
        caller = await self.device()
        sent = await self.sign_in.send_code(phone)
        code = self.codes.newest(phone) or ""
        assert await self.sign_in.sign_in(caller, phone, sent.code_hash, code) is None
        account = await self.sign_in.sign_up(caller, phone, sent.code_hash, first, last)
        if username:
            await self.accounts.set_username(account, username)
        return account


@pytest.fixture
def secrets() -> Secrets:
    """Key material that is the same in every run."""
    return Secrets.derive(bytes(range(32)))


@pytest.fixture
def messenger(pools: Pools, clock: ManualClock, secrets: Secrets) -> Messenger:
    """Accounts, contacts and channels on a fresh database."""
    return build(pools, clock, secrets, Recorder(), DevelopmentCodes())


@pytest.fixture
def restarted(messenger: Messenger) -> Messenger:
    """The same database seen by a process that has just started: nothing is cached."""
    fresh = build(messenger.pools, messenger.clock, messenger.secrets, messenger.recorder, messenger.codes)
    return replace(fresh, numbers=messenger.numbers)


def build(
    pools: Pools, clock: ManualClock, secrets: Secrets, recorder: Recorder, codes: DevelopmentCodes
) -> Messenger:
    """Wire the services."""
    db = pools.of("messenger")
    devices = Devices(db, clock, secrets, recorder)
    activity = Activity(clock, devices, recorder)
    accounts = Accounts(db, clock, secrets, devices, recorder)
    senders = Senders(sessions=SessionSender(recorder), development=codes)
    books = Books(db)
    privacy = Privacy(db, books, recorder)
    presence = PresenceService(db, clock, recorder)
    blocks = Blocks(db, clock, recorder)
    directory = Directory(db, clock)
    sign_in = SignIn(db, clock, secrets, senders, devices, activity, recorder)
    return Messenger(
        pools=pools,
        clock=clock,
        secrets=secrets,
        recorder=recorder,
        codes=codes,
        auth_keys=AuthKeys(db, secrets),
        devices=devices,
        activity=activity,
        accounts=accounts,
        sign_in=sign_in,
        number=ChangeNumber(db, clock, secrets, sign_in.codes, accounts, devices, recorder, recorder),
        presence=presence,
        privacy=privacy,
        preferences=Preferences(db, recorder),
        books=books,
        blocks=blocks,
        contacts=Contacts(db, clock, books, accounts, privacy, recorder),
        people=People(clock, accounts, books, blocks, privacy, presence),
        directory=directory,
        channels=Channels(db, clock, directory, recorder, recorder),
        members=Members(db, clock, directory, recorder, recorder, accounts.matching),
    )

"""Everything that a method may use: the messenger's services and the ports into the rooms beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from parley.core.clock import Clock
    from parley.messenger.accounts.access import AccessHashes
    from parley.messenger.accounts.activity import Activity
    from parley.messenger.accounts.auth_keys import AuthKeys
    from parley.messenger.accounts.devices import Devices
    from parley.messenger.accounts.number import ChangeNumber
    from parley.messenger.accounts.preferences import Preferences
    from parley.messenger.accounts.presence import PresenceService
    from parley.messenger.accounts.privacy import Privacy
    from parley.messenger.accounts.service import Accounts
    from parley.messenger.accounts.sign_in import SignIn
    from parley.messenger.channels.directory import Directory
    from parley.messenger.channels.members import Members
    from parley.messenger.channels.service import Channels
    from parley.messenger.contacts.blocks import Blocks
    from parley.messenger.contacts.people import People
    from parley.messenger.contacts.service import Books, Contacts
    from parley.messenger.messages.service import Messages
    from parley.messenger.search.service import SearchService
    from parley.messenger.updates.service import Updates
    from parley.mtproto.sessions import Registry
    from parley.policy.service import Policies
    from parley.rpc.ports import Balances, Reports, Typing


@dataclass(frozen=True, slots=True)
class ServerInfo:
    """Where clients reach this server, as `help.getConfig` tells them: IP addresses, never names."""

    addresses: tuple[str, ...]
    mtproto_port: int
    origin: str
    dc_id: int = 2
    country: str = "DE"


@dataclass(frozen=True, slots=True)
class Services:
    """The services of one process."""

    clock: Clock
    server: ServerInfo
    accounts: Accounts
    sign_in: SignIn
    number: ChangeNumber
    devices: Devices
    activity: Activity
    auth_keys: AuthKeys
    presence: PresenceService
    privacy: Privacy
    preferences: Preferences
    access: AccessHashes
    contacts: Contacts
    books: Books
    blocks: Blocks
    people: People
    directory: Directory
    channels: Channels
    members: Members
    messages: Messages
    updates: Updates
    search: SearchService
    policy: Policies
    reports: Reports
    balances: Balances
    typing: Typing
    sessions: Registry

"""Accounts and contacts: services, caches that follow events, and the senders of sign-in codes."""

from __future__ import annotations

from dataclasses import dataclass

from parley.app import keys
from parley.app.development import SharedCodes
from parley.app.wiring.foundation import Foundation
from parley.core.ids import AccountId
from parley.messenger.accounts import events
from parley.messenger.accounts.access import AccessHashes
from parley.messenger.accounts.activity import Activity
from parley.messenger.accounts.auth_keys import AuthKeys
from parley.messenger.accounts.codes import Senders
from parley.messenger.accounts.devices import Devices
from parley.messenger.accounts.number import ChangeNumber
from parley.messenger.accounts.ports import AddressSink, ServiceNotices
from parley.messenger.accounts.preferences import Preferences
from parley.messenger.accounts.presence import PresenceService
from parley.messenger.accounts.privacy import Privacy
from parley.messenger.accounts.sealing import Secrets
from parley.messenger.accounts.senders import FormerKey, SessionSender, WebhookSender
from parley.messenger.accounts.service import Accounts
from parley.messenger.accounts.sign_in import SignIn
from parley.messenger.contacts.blocks import Blocks
from parley.messenger.contacts.events import BlockChanged, ContactsChanged
from parley.messenger.contacts.people import People
from parley.messenger.contacts.service import Books, Contacts


@dataclass(frozen=True, slots=True)
class AccountServices:
    """The services around accounts."""

    secrets: Secrets
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
    codes: SharedCodes | None


def build(base: Foundation, notices: ServiceNotices, addresses: AddressSink) -> AccountServices:
    """Build the services and let their caches follow the events of every process."""
    db, clock, hub = base.of("messenger"), base.clock, base.hub
    secrets = _secrets(base)
    devices = Devices(db, clock, secrets, hub)
    accounts = Accounts(db, clock, secrets, devices, hub)
    books = Books(db)
    privacy = Privacy(db, books, hub)
    presence = PresenceService(db, clock, hub)
    blocks = Blocks(db, clock, hub)
    activity = Activity(clock, devices, addresses)
    codes = SharedCodes(base.bus) if base.settings.dev else None
    senders = Senders(SessionSender(notices), _sms(base), codes)
    sign_in = SignIn(db, clock, secrets, senders, devices, activity, hub)
    made = AccountServices(
        secrets=secrets,
        accounts=accounts,
        sign_in=sign_in,
        number=ChangeNumber(db, clock, secrets, sign_in.codes, accounts, devices, hub, notices),
        devices=devices,
        activity=activity,
        auth_keys=AuthKeys(db, secrets),
        presence=presence,
        privacy=privacy,
        preferences=Preferences(db, hub),
        access=AccessHashes(secrets),
        contacts=Contacts(db, clock, books, accounts, privacy, hub),
        books=books,
        blocks=blocks,
        people=People(clock, accounts, books, blocks, privacy, presence),
        codes=codes,
    )
    _follow(base, made)
    return made


def _secrets(base: Foundation) -> Secrets:
    """The keys of the accounts; the one of access hashes has lain apart since the others were changed."""
    old = base.former("accounts")
    made = Secrets.derive(base.secret("accounts"), None if old is None else old.value)
    if not keys.exists(base.data_dir, keys.ACCESS_HASHES):
        return made
    old = base.former(keys.ACCESS_HASHES)
    return made.with_access(base.secret(keys.ACCESS_HASHES), None if old is None else old.value)


def _sms(base: Foundation) -> WebhookSender | None:
    url = base.settings.sms_webhook_url
    if url is None:
        return None
    import httpx  # a quarter of a second that only servers with a gateway should spend

    old = base.former("sms_webhook")
    former = None if old is None else FormerKey(old.value, old.until)
    return WebhookSender(url, base.secret("sms_webhook"), base.clock, httpx.AsyncClient(timeout=10), former)


def _follow(base: Foundation, made: AccountServices) -> None:
    """Drop from the caches what changed, in whichever process it did."""

    async def account(event: events.AccountChanged) -> None:
        made.accounts.forget(event.account_id)

    async def number(event: events.PhoneChanged) -> None:
        made.accounts.forget(event.account_id)

    async def deleted(event: events.AccountDeleted) -> None:
        _forget_all(made, event.account_id)

    async def username(event: events.UsernameChanged) -> None:
        made.accounts.forget_name(event.name)

    async def signed_in(event: events.SignedIn) -> None:
        made.devices.forget(event.auth_key_id)

    async def ended(event: events.DeviceEnded) -> None:
        made.devices.forget(event.auth_key_id)
        made.activity.ended(event.auth_key_id)

    async def presence(event: events.PresenceChanged) -> None:
        made.presence.forget(event.account_id)

    async def privacy(event: events.PrivacyChanged) -> None:
        made.privacy.forget(event.account_id)

    async def preferences(event: events.NotifySettingsChanged) -> None:
        made.preferences.forget(event.account_id)

    async def contacts(event: ContactsChanged) -> None:
        made.books.forget(event.account_id)

    async def blocks(event: BlockChanged) -> None:
        made.blocks.forget(event.account_id)

    hub = base.hub
    hub.listen(events.AccountChanged, account)
    hub.listen(events.PhoneChanged, number)
    hub.listen(events.AccountDeleted, deleted)
    hub.listen(events.UsernameChanged, username)
    hub.listen(events.SignedIn, signed_in)
    hub.listen(events.DeviceEnded, ended)
    hub.listen(events.PresenceChanged, presence)
    hub.listen(events.PrivacyChanged, privacy)
    hub.listen(events.NotifySettingsChanged, preferences)
    hub.listen(ContactsChanged, contacts)
    hub.listen(BlockChanged, blocks)


def _forget_all(made: AccountServices, account: AccountId) -> None:
    made.accounts.forget(account)
    made.books.forget(account)
    made.blocks.forget(account)
    made.privacy.forget(account)
    made.presence.forget(account)
    made.preferences.forget(account)

"""Address books: adding, importing, deleting, and who has whom."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from parley.core.clock import Clock
from parley.core.ids import AccountId
from parley.messenger.accounts import rules as account_rules
from parley.messenger.accounts.model import PrivacyRule, PrivacyRuleKind, PrivacySubject
from parley.messenger.accounts.privacy import Privacy
from parley.messenger.accounts.service import Accounts
from parley.messenger.contacts import rules, store
from parley.messenger.contacts.events import ContactsChanged
from parley.messenger.contacts.model import Contact, Imported, PhoneEntry
from parley.messenger.contacts.ports import Events
from parley.messenger.contacts.store import Book
from parley.messenger.errors import BadRequest
from parley.messenger.read_cache import ReadCache
from parley.storage.database import Database

_CACHED = 50_000


class Books:
    """Reads address books through a cache; the privacy rules ask it who is whose contact."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._books: ReadCache[AccountId, Book] = ReadCache(self._read, _CACHED)

    async def of(self, owner: AccountId) -> Mapping[AccountId, Contact]:
        """Give an account's address book."""
        return await self._books.get(owner) or {}

    async def of_many(self, owners: Collection[AccountId]) -> Mapping[AccountId, Book]:
        """Give several address books with one read."""
        return await self._books.get_many(owners)

    async def has(self, owner: AccountId, person: AccountId) -> bool:
        """Tell whether `person` is in the address book of `owner`."""
        return person in await self.of(owner)

    def forget(self, owner: AccountId) -> None:
        """Drop what is cached; called when the bus tells of a change."""
        self._books.forget(owner)

    async def _read(self, owners: Collection[AccountId]) -> Mapping[AccountId, Book]:
        return await store.books(self._db, owners)


class Contacts:
    """The actions on address books."""

    def __init__(
        self, db: Database, clock: Clock, books: Books, accounts: Accounts, privacy: Privacy, events: Events
    ) -> None:
        self._db = db
        self._clock = clock
        self._books = books
        self._accounts = accounts
        self._privacy = privacy
        self._events = events

    async def add(
        self,
        owner: AccountId,
        person: AccountId,
        first_name: str,
        last_name: str,
        *,
        phone: str = "",
        share_phone: bool = False,
        note: str = "",
    ) -> None:
        """Add or rename a contact. `share_phone` lets the person see the owner's number from now on.

        Raises:
            BadRequest: CONTACT_ID_INVALID, CONTACT_NAME_EMPTY, or of the names.
        """
        account = await self._accounts.find(person)
        if account is None or account.deleted or person == owner:
            raise BadRequest("CONTACT_ID_INVALID")
        first, last = rules.entry_names(first_name, last_name)
        knows = bool(phone) and await self._is_phone_of(phone, person)
        await self._check_room(owner, 1)
        now = self._clock.now()
        await self._write(owner, [Contact(person, first, last, rules.note(note), knows, now)])
        if share_phone:
            await self._share_phone(owner, person)

    async def import_phones(self, owner: AccountId, entries: Sequence[PhoneEntry]) -> list[Imported]:
        """Add those entries of a device's address book whose numbers are found here; the rest is not kept.

        People who do not let others find them by their number are not found. A number that is none, or an
        entry without any name, is passed over, as clients send whatever their address book holds.

        Raises:
            BadRequest: LIMIT_INVALID, when there are more than 500 entries.
        """
        if len(entries) > rules.MOST_PER_IMPORT:
            raise BadRequest("LIMIT_INVALID")
        wanted = _normalised(entries)
        holders = await self._accounts.by_phones(wanted.keys())
        await self._check_room(owner, len(holders))
        found: list[tuple[PhoneEntry, AccountId]] = []
        for phone, account in holders.items():
            if account != owner and await self._findable(owner, account):
                found += [(entry, account) for entry in wanted[phone]]
        await self._write(owner, [self._imported(entry, account) for entry, account in found])
        return [Imported(entry.client_id, account) for entry, account in found]

    async def by_phone(self, viewer: AccountId, phone: str) -> AccountId:
        """Find who holds a number, if they let themselves be found.

        Raises:
            BadRequest: PHONE_NUMBER_INVALID, PHONE_NOT_OCCUPIED.
        """
        account = await self._accounts.by_phone(phone)
        if account is None or not await self._findable(viewer, account):
            raise BadRequest("PHONE_NOT_OCCUPIED")
        return account

    async def delete(self, owner: AccountId, people: Collection[AccountId]) -> None:
        """Remove contacts; unknown ones are passed over."""
        await self._delete(owner, people)

    async def delete_by_phones(self, owner: AccountId, phones: Iterable[str]) -> None:
        """Remove the contacts that hold these numbers."""
        normal = {account_rules.normalise_phone(phone) for phone in phones}
        found = await self._accounts.by_phones(normal)
        book = await self._books.of(owner)
        await self._delete(owner, [person for person in found.values() if person in book])

    async def set_note(self, owner: AccountId, person: AccountId, note: str) -> None:
        """Write the owner's note on a contact.

        Raises:
            BadRequest: CONTACT_MISSING, INPUT_TEXT_TOO_LONG.
        """
        entry = (await self._books.of(owner)).get(person)
        if entry is None:
            raise BadRequest("CONTACT_MISSING")
        changed = Contact(
            person, entry.first_name, entry.last_name, rules.note(note), entry.knows_phone, entry.added_at
        )
        await self._write(owner, [changed])

    async def account_deleted(self, account: AccountId) -> None:
        """Remove the address book and block list of an account that was deleted."""
        people = tuple(await self._books.of(account))
        await store.clear(self._db, account)
        self._books.forget(account)
        await self._events.publish(ContactsChanged(account, people))

    async def _check_room(self, owner: AccountId, more: int) -> None:
        if len(await self._books.of(owner)) + more > rules.MOST_CONTACTS:
            raise BadRequest("USERS_TOO_MUCH")

    async def _findable(self, viewer: AccountId, account: AccountId) -> bool:
        return await self._privacy.may_see(viewer, account, PrivacySubject.ADDED_BY_PHONE)

    async def _is_phone_of(self, phone: str, person: AccountId) -> bool:
        """A client sends the number that it shows; only the true one counts as known."""
        try:
            return await self._accounts.by_phone(phone) == person
        except BadRequest:
            return False

    async def _share_phone(self, owner: AccountId, person: AccountId) -> None:
        before = await self._privacy.get(owner, PrivacySubject.PHONE_NUMBER)
        allowed = frozenset({person})
        kept = []
        for rule in before:
            if rule.kind is PrivacyRuleKind.ALLOW_USERS:
                allowed |= rule.users
            elif rule.kind is PrivacyRuleKind.DISALLOW_USERS:
                kept.append(PrivacyRule(rule.kind, rule.users - {person}))
            else:
                kept.append(rule)
        rules_now = [PrivacyRule(PrivacyRuleKind.ALLOW_USERS, allowed), *kept]
        await self._privacy.set(owner, PrivacySubject.PHONE_NUMBER, rules_now)

    def _imported(self, entry: PhoneEntry, account: AccountId) -> Contact:
        first, last = rules.entry_names(entry.first_name, entry.last_name)
        return Contact(account, first, last, "", True, self._clock.now())

    async def _write(self, owner: AccountId, contacts: Sequence[Contact]) -> None:
        last = {contact.contact_id: contact for contact in contacts}
        if not last:
            return
        await store.write(self._db, owner, list(last.values()))
        self._books.forget(owner)
        await self._events.publish(ContactsChanged(owner, tuple(last)))

    async def _delete(self, owner: AccountId, people: Collection[AccountId]) -> None:
        gone = await store.delete(self._db, owner, people)
        if gone:
            self._books.forget(owner)
            await self._events.publish(ContactsChanged(owner, tuple(gone)))


def _normalised(entries: Sequence[PhoneEntry]) -> dict[str, list[PhoneEntry]]:
    wanted: dict[str, list[PhoneEntry]] = {}
    for entry in entries:
        try:
            phone = account_rules.normalise_phone(entry.phone)
            rules.entry_names(entry.first_name, entry.last_name)
        except BadRequest:
            continue
        wanted.setdefault(phone, []).append(entry)
    return wanted

"""People as one viewer sees them: the names from the viewer's address book, number and presence by privacy.

Everything that shows users goes through here, so that no answer can forget a privacy rule.
"""

from __future__ import annotations

from collections.abc import Collection

from parley.core.clock import Clock
from parley.core.ids import AccountId
from parley.messenger.accounts import rules as account_rules
from parley.messenger.accounts.model import Account, Presence, PrivacySubject, Status, StatusKind
from parley.messenger.accounts.presence import PresenceService
from parley.messenger.accounts.privacy import Privacy
from parley.messenger.accounts.service import Accounts
from parley.messenger.contacts import rules
from parley.messenger.contacts.blocks import Blocks
from parley.messenger.contacts.model import Contact, Person
from parley.messenger.contacts.service import Books


class People:
    """Shows accounts to viewers; warm, it reads caches alone."""

    def __init__(
        self,
        clock: Clock,
        accounts: Accounts,
        books: Books,
        blocks: Blocks,
        privacy: Privacy,
        presence: PresenceService,
    ) -> None:
        self._clock = clock
        self._accounts = accounts
        self._books = books
        self._blocks = blocks
        self._privacy = privacy
        self._presence = presence

    async def seen_by(self, viewer: AccountId, ids: Collection[AccountId]) -> dict[AccountId, Person]:
        """Give those of `ids` that exist, each as `viewer` sees it."""
        accounts = await self._accounts.get_many(ids)
        living = [a.account_id for a in accounts.values() if not a.deleted]
        presences = await self._presence.get_many(living)
        phones = await self._accounts.phones(living)
        await self._books.of_many([viewer, *living])
        await self._privacy.preload([viewer, *living])
        await self._blocks.preload(living)
        book = await self._books.of(viewer)
        shown = {}
        for ident, account in accounts.items():
            entry = book.get(ident)
            phone = await self._phone(viewer, account, entry, phones.get(ident))
            status = await self.status(viewer, account, presences.get(ident))
            mutual = entry is not None and await self._books.has(ident, viewer)
            shown[ident] = rules.shown(account, entry, phone, status, mutual, ident == viewer)
        return shown

    async def one(self, viewer: AccountId, ident: AccountId) -> Person | None:
        """Give one account as `viewer` sees it, or None."""
        return (await self.seen_by(viewer, (ident,))).get(ident)

    async def statuses(self, viewer: AccountId) -> dict[AccountId, Status]:
        """Give what `viewer` sees of their contacts' presence."""
        seen = await self.seen_by(viewer, (await self._books.of(viewer)).keys())
        return {ident: person.status for ident, person in seen.items()}

    async def status(self, viewer: AccountId, account: Account, presence: Presence | None) -> Status:
        """Say what `viewer` sees of an account's presence; who hides theirs sees that of others roughly too."""
        if account.is_bot or account.deleted or account.support:
            return Status(StatusKind.EMPTY)
        if await self._blocks.is_blocked(account.account_id, viewer):
            return Status(StatusKind.EMPTY)
        exact = await self._privacy.may_see(
            viewer, account.account_id, PrivacySubject.STATUS_TIMESTAMP
        ) and await self._privacy.may_see(account.account_id, viewer, PrivacySubject.STATUS_TIMESTAMP)
        return account_rules.visible_status(presence, self._clock.now(), exact)

    async def _phone(
        self, viewer: AccountId, account: Account, entry: Contact | None, phone: str | None
    ) -> str | None:
        if phone is None or (entry is not None and entry.knows_phone):
            return phone
        allowed = await self._privacy.may_see(viewer, account.account_id, PrivacySubject.PHONE_NUMBER)
        return phone if allowed else None

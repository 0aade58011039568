"""The pure decision behind every user object: what one viewer sees of an account."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from parley.core.ids import AccountId
from parley.core.peers import Peer
from parley.messenger.accounts import rules as account_rules
from parley.messenger.accounts.model import (
    Account,
    Presence,
    PrivacyRule,
    PrivacySubject,
    Status,
    StatusKind,
)
from parley.messenger.contacts.model import Blocked, Contact, Person

_UNSEEN = Status(StatusKind.EMPTY)
_NO_BOOK: Mapping[AccountId, Contact] = {}
_NO_RULES: Mapping[PrivacySubject, tuple[PrivacyRule, ...]] = {}


@dataclass(frozen=True, slots=True)
class Sight:
    """Everything on which a viewer's sight of some accounts rests; who has nothing of a kind is absent from it."""

    viewer: AccountId
    now: datetime
    presences: Mapping[AccountId, Presence]
    phones: Mapping[AccountId, str]
    books: Mapping[AccountId, Mapping[AccountId, Contact]]
    blocks: Mapping[AccountId, Mapping[Peer, Blocked]]
    privacy: Mapping[AccountId, Mapping[PrivacySubject, tuple[PrivacyRule, ...]]]

    def person(self, account: Account) -> Person:
        """Show one account."""
        ident = account.account_id
        if account.deleted:
            return Person(account, "", "", None, _UNSEEN, contact=self._has(self.viewer, ident))
        entry = self.books.get(self.viewer, _NO_BOOK).get(ident) if ident != self.viewer else None
        return Person(
            account=account,
            first_name=entry.first_name if entry else account.first_name,
            last_name=entry.last_name if entry else account.last_name,
            phone=self._phone(ident, entry),
            status=self._status(account),
            is_self=ident == self.viewer,
            contact=entry is not None,
            mutual=entry is not None and self._has(ident, self.viewer),
        )

    def _phone(self, ident: AccountId, entry: Contact | None) -> str | None:
        phone = self.phones.get(ident)
        if phone is None or (entry is not None and entry.knows_phone):
            return phone
        return phone if self._may(self.viewer, ident, PrivacySubject.PHONE_NUMBER) else None

    def _status(self, account: Account) -> Status:
        """Bots have no presence, who blocked the viewer shows none, and who hides theirs sees others' roughly."""
        ident = account.account_id
        if account.is_bot or account.support or Peer.user(self.viewer) in self.blocks.get(ident, ()):
            return _UNSEEN
        subject = PrivacySubject.STATUS_TIMESTAMP
        exact = self._may(self.viewer, ident, subject) and self._may(ident, self.viewer, subject)
        return account_rules.visible_status(self.presences.get(ident), self.now, exact)

    def _may(self, viewer: AccountId, owner: AccountId, subject: PrivacySubject) -> bool:
        if viewer == owner:
            return True
        rules = self.privacy.get(owner, _NO_RULES).get(subject) or account_rules.default_privacy(subject)
        return account_rules.allows(rules, viewer, self._has(owner, viewer))

    def _has(self, owner: AccountId, person: AccountId) -> bool:
        return person in self.books.get(owner, _NO_BOOK)

"""Who may see an account's number, last-seen time and the rest: the settings, and the answer to the question."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from parley.core.ids import AccountId
from parley.messenger.accounts import rules, settings_store
from parley.messenger.accounts.events import PrivacyChanged
from parley.messenger.accounts.model import PrivacyRule, PrivacySubject
from parley.messenger.accounts.ports import ContactBook, Events
from parley.messenger.accounts.settings_store import PrivacyRules
from parley.messenger.errors import BadRequest
from parley.messenger.read_cache import ReadCache
from parley.storage.database import Database

_CACHED = 100_000
_MOST_RULES = 10
_MOST_USERS = 1000


class Privacy:
    """The privacy settings of all accounts."""

    def __init__(self, db: Database, contacts: ContactBook, events: Events) -> None:
        self._db = db
        self._contacts = contacts
        self._events = events
        self._rules: ReadCache[AccountId, PrivacyRules] = ReadCache(self._read, _CACHED)

    async def get(self, account: AccountId, subject: PrivacySubject) -> tuple[PrivacyRule, ...]:
        """Give the rules of an account, or the defaults."""
        stored = await self._rules.get(account) or {}
        return stored.get(subject) or rules.default_privacy(subject)

    async def set(
        self,
        account: AccountId,
        subject: PrivacySubject,
        new: Sequence[PrivacyRule],
        *,
        origin: int | None = None,
    ) -> None:
        """Replace the rules of an account.

        Raises:
            BadRequest: PRIVACY_VALUE_INVALID, PRIVACY_TOO_LONG.
        """
        if not new or len({rule.kind for rule in new}) != len(new) or len(new) > _MOST_RULES:
            raise BadRequest("PRIVACY_VALUE_INVALID")
        if any(len(rule.users) > _MOST_USERS for rule in new):
            raise BadRequest("PRIVACY_TOO_LONG")
        await settings_store.write_privacy(self._db, account, subject, new)
        self.forget(account)
        await self._events.publish(PrivacyChanged(account, subject.value, origin))

    async def may_see(self, viewer: AccountId, owner: AccountId, subject: PrivacySubject) -> bool:
        """Tell whether `viewer` may see this of `owner`; everybody may see everything of themselves."""
        if viewer == owner:
            return True
        applying = await self.get(owner, subject)
        return rules.allows(applying, viewer, await self._contacts.has(owner, viewer))

    async def of_many(self, ids: Collection[AccountId]) -> Mapping[AccountId, PrivacyRules]:
        """Give what several accounts have set, with at most one read; the defaults are not filled in."""
        return await self._rules.get_many(ids)

    def forget(self, account: AccountId) -> None:
        """Drop what is cached; called when the bus tells of a change."""
        self._rules.forget(account)

    async def _read(self, ids: Collection[AccountId]) -> Mapping[AccountId, PrivacyRules]:
        return await settings_store.privacy(self._db, ids)

"""Who is online: told at once, written only when it changes something."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import timedelta

from parley.core.clock import Clock
from parley.core.ids import AccountId
from parley.messenger.accounts import rules, settings_store
from parley.messenger.accounts.events import PresenceChanged
from parley.messenger.accounts.model import Presence
from parley.messenger.accounts.ports import Events
from parley.messenger.read_cache import ReadCache
from parley.storage.database import Database

_CACHED = 100_000
_REWRITE_AFTER = timedelta(minutes=1)


class PresenceService:
    """Online and last seen, of all accounts."""

    def __init__(self, db: Database, clock: Clock, events: Events) -> None:
        self._db = db
        self._clock = clock
        self._events = events
        self._presence: ReadCache[AccountId, Presence] = ReadCache(self._read, _CACHED)

    async def get_many(self, ids: Collection[AccountId]) -> dict[AccountId, Presence]:
        """Give the presence of those accounts that were ever online."""
        return await self._presence.get_many(ids)

    async def online(self, account: AccountId) -> None:
        """Note that the account's person is there; a client repeats this while they are."""
        now = self._clock.now()
        known = await self._presence.get(account)
        if known and known.online_until and known.online_until - now > rules.ONLINE_FOR - _REWRITE_AFTER:
            return
        await self._write(account, Presence(now, now + rules.ONLINE_FOR))

    async def offline(self, account: AccountId) -> None:
        """Note that the account's person has gone."""
        now = self._clock.now()
        known = await self._presence.get(account)
        if known and (known.online_until is None or known.online_until <= now):
            return
        await self._write(account, Presence(now, None))

    def forget(self, account: AccountId) -> None:
        """Drop what is cached; called when the bus tells of a change."""
        self._presence.forget(account)

    async def _write(self, account: AccountId, presence: Presence) -> None:
        await settings_store.write_presence(self._db, account, presence)
        self._presence.forget(account)
        await self._events.publish(PresenceChanged(account, presence.seen_at, presence.online_until))

    async def _read(self, ids: Collection[AccountId]) -> Mapping[AccountId, Presence]:
        return await settings_store.presence(self._db, ids)

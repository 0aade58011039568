"""Whom an account has blocked: asked before every private message, so read through a cache."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from parley.core.clock import Clock
from parley.core.ids import AccountId
from parley.core.peers import Peer
from parley.messenger.contacts import store
from parley.messenger.contacts.events import BlockChanged
from parley.messenger.contacts.model import Blocked
from parley.messenger.contacts.ports import Events
from parley.messenger.errors import BadRequest
from parley.messenger.read_cache import ReadCache
from parley.storage.database import Database

_CACHED = 100_000


class Blocks:
    """The block lists of all accounts."""

    def __init__(self, db: Database, clock: Clock, events: Events) -> None:
        self._db = db
        self._clock = clock
        self._events = events
        self._lists: ReadCache[AccountId, dict[Peer, Blocked]] = ReadCache(self._read, _CACHED)

    async def is_blocked(self, owner: AccountId, person: AccountId) -> bool:
        """Tell whether `owner` has blocked `person`."""
        return Peer.user(person) in await self.list(owner)

    async def list(self, owner: AccountId) -> Mapping[Peer, Blocked]:
        """Give everything that an account has blocked, the newest first."""
        return await self._lists.get(owner) or {}

    async def of_many(self, owners: Collection[AccountId]) -> Mapping[AccountId, Mapping[Peer, Blocked]]:
        """Give several lists with at most one read."""
        return await self._lists.get_many(owners)

    async def block(self, owner: AccountId, peer: Peer, *, origin: int | None = None) -> None:
        """Block a peer; again does nothing.

        Raises:
            BadRequest: PEER_ID_INVALID, for oneself.
        """
        if peer == Peer.user(owner):
            raise BadRequest("PEER_ID_INVALID")
        if await store.block(self._db, owner, peer, self._clock.now()):
            await self._changed(owner, peer, blocked=True, origin=origin)

    async def unblock(self, owner: AccountId, peer: Peer, *, origin: int | None = None) -> None:
        """Stop blocking a peer; again does nothing."""
        if await store.unblock(self._db, owner, peer):
            await self._changed(owner, peer, blocked=False, origin=origin)

    def forget(self, owner: AccountId) -> None:
        """Drop what is cached; called when the bus tells of a change."""
        self._lists.forget(owner)

    async def _changed(self, owner: AccountId, peer: Peer, *, blocked: bool, origin: int | None) -> None:
        self._lists.forget(owner)
        await self._events.publish(BlockChanged(owner, peer, blocked, origin))

    async def _read(self, owners: Collection[AccountId]) -> Mapping[AccountId, dict[Peer, Blocked]]:
        return await store.block_lists(self._db, owners)

"""Reading channels and memberships through bounded caches, which every send and every list asks."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from parley.core.clock import Clock
from parley.core.ids import AccountId, ChannelId
from parley.messenger.channels import member_store, rules, store
from parley.messenger.channels.member_store import Place
from parley.messenger.channels.model import Channel, Membership
from parley.messenger.errors import BadRequest
from parley.messenger.read_cache import ReadCache
from parley.storage.database import Database

_CACHED_CHANNELS = 50_000
_CACHED_PLACES = 500_000
_CACHED_LISTS = 50_000


class Directory:
    """Channels, places in them, and what each account belongs to."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock
        self._channels: ReadCache[ChannelId, Channel] = ReadCache(self._read_channels, _CACHED_CHANNELS)
        self._places: ReadCache[Place, Membership] = ReadCache(self._read_places, _CACHED_PLACES)
        self._lists: ReadCache[AccountId, tuple[ChannelId, ...]] = ReadCache(self._read_lists, _CACHED_LISTS)

    async def find(self, channel: ChannelId) -> Channel | None:
        """Give a channel, deleted ones included, or None."""
        return await self._channels.get(channel)

    async def get(self, channel: ChannelId) -> Channel:
        """Give a channel that exists.

        Raises:
            BadRequest: CHANNEL_INVALID.
        """
        found = await self._channels.get(channel)
        if found is None:
            raise BadRequest("CHANNEL_INVALID")
        return found

    async def get_many(self, ids: Collection[ChannelId]) -> dict[ChannelId, Channel]:
        """Give those channels that exist, deleted ones included."""
        return await self._channels.get_many(ids)

    async def membership(self, channel: ChannelId, account: AccountId) -> Membership | None:
        """Give an account's place in a channel; None when it has never been there."""
        found = await self._places.get((channel, account))
        return None if found is None else rules.in_force(found, self._clock.now())

    @property
    def cached_places(self) -> Callable[[Place], Membership | None]:
        """Give what looks up a place without reading: None when it is not cached, or there is none."""
        return self._places.peek

    async def memberships(self, account: AccountId, ids: Collection[ChannelId]) -> dict[ChannelId, Membership]:
        """Give an account's places in several channels."""
        found = await self._places.get_many([(channel, account) for channel in ids])
        now = self._clock.now()
        return {channel: rules.in_force(place, now) for (channel, _), place in found.items()}

    async def members_among(self, channel: ChannelId, accounts: Collection[AccountId]) -> list[AccountId]:
        """Give those of the accounts that belong to a channel, with at most one read."""
        found = await self._places.get_many([(channel, account) for account in accounts])
        now = self._clock.now()
        return [account for (_, account), place in found.items() if rules.is_member(rules.in_force(place, now))]

    async def visible(self, viewer: AccountId, channel: ChannelId) -> tuple[Channel, Membership | None]:
        """Give a channel that `viewer` may see, with the viewer's place in it.

        Raises:
            BadRequest: CHANNEL_INVALID, CHANNEL_PRIVATE.
        """
        found, place = await self.get(channel), await self.membership(channel, viewer)
        rules.check_view(found, place)
        return found, place

    async def of_account(self, account: AccountId) -> tuple[ChannelId, ...]:
        """Name the channels that an account belongs to, the newest first."""
        return await self._lists.get(account) or ()

    async def member_ids(self, channel: ChannelId) -> list[AccountId]:
        """Name all members; read from the database, for fan-out lists and exports."""
        return await member_store.member_ids(self._db, channel)

    def forget(self, channel: ChannelId) -> None:
        """Drop a cached channel; called when the bus tells of a change."""
        self._channels.forget(channel)

    def forget_place(self, channel: ChannelId, account: AccountId) -> None:
        """Drop a cached place and the account's list; called when the bus tells of a change."""
        self._places.forget((channel, account))
        self._lists.forget(account)

    async def _read_channels(self, ids: Collection[ChannelId]) -> Mapping[ChannelId, Channel]:
        return await store.channels(self._db, ids)

    async def _read_places(self, wanted: Collection[Place]) -> Mapping[Place, Membership]:
        return await member_store.places(self._db, wanted)

    async def _read_lists(self, accounts: Collection[AccountId]) -> Mapping[AccountId, tuple[ChannelId, ...]]:
        return await store.channels_of(self._db, accounts)

"""Encodes events for the fan-out: once for all sessions that see the same, never with a statement per receiver.

In an account's box everybody who listens is that account. In a channel's box the posts look the same to all
members of one standing, so readers share one encoding per layer; the author of a post sees it as their own.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

from parley.core.clock import Clock
from parley.core.ids import AccountId, BoxId, ChannelId, channel_of_box
from parley.core.peers import Peer, PeerKind
from parley.messenger.accounts.access import AccessHashes
from parley.messenger.channels.directory import Directory
from parley.messenger.channels.model import Channel, Membership, Role
from parley.messenger.contacts.people import People
from parley.messenger.messages.model import BoxEvent
from parley.rpc.convert import channels as convert_channels
from parley.rpc.convert import updates as convert_updates
from parley.rpc.convert import users as convert_users
from parley.rpc.convert.channels import ChannelView
from parley.tl import layers, types

#: Stands for all members alike; access hashes of channels are the same for every viewer.
_NOBODY = AccountId(0)


@dataclass(frozen=True, slots=True)
class Passing:
    """A sign that is not an event of a box: typing, a status, a changed setting. `peers` are those it mentions."""

    update: Any
    peers: tuple[Peer, ...] = ()


class PushEncoder:
    """The fan-out's `Encoder`."""

    def __init__(self, clock: Clock, people: People, directory: Directory, access: AccessHashes) -> None:
        self._clock = clock
        self._people = people
        self._directory = directory
        self._access = access

    def views(self, box: BoxId, what: Sequence[object]) -> Callable[[AccountId, int], Hashable]:
        """Members of a channel share a view unless the post is theirs or their standing is a special one."""
        channel = channel_of_box(box)
        if channel is None:
            return lambda account, layer: (layer, account)
        authors, place_of, member = _authors(what), self._directory.cached_places, Role.MEMBER

        def view(account: AccountId, layer: int) -> Hashable:
            place = place_of((channel, account))
            plain = account not in authors and (place is None or place.role is member)
            return layer if plain else (layer, account)

        return view

    async def encode(self, box: BoxId, what: Sequence[object], account: AccountId, layer: int) -> bytes | None:
        """Give `updates` with everything that this view hears, and the objects that it mentions."""
        told: list[Any] = []
        mentioned: set[Peer] = set()
        for item in what:
            if isinstance(item, BoxEvent):
                told.append(convert_updates.update(item, account))
                mentioned |= convert_updates.told_of((item,))
            elif isinstance(item, Passing):
                told.append(item.update)
                mentioned |= set(item.peers)
        if not told:
            return None
        people = {AccountId(p.id) for p in mentioned if p.kind is PeerKind.USER}
        channels = {ChannelId(p.id) for p in mentioned if p.kind is PeerKind.CHANNEL}
        shared = self.views(box, what)(account, layer) == layer
        packed = types.Updates(
            updates=told,
            users=await self._users(account, people),
            chats=await (self._chats_of_members(channels) if shared else self._chats(account, channels)),
            date=int(self._clock.now().timestamp()),
            seq=0,
        )
        return layers.get(layer).encode(packed)

    def too_long(self, channel: ChannelId, pts: int, layer: int) -> bytes:
        """Give the hint that a channel has moved on."""
        hint = types.UpdateChannelTooLong(channel_id=channel, pts=pts)
        return layers.get(layer).encode(types.UpdateShort(update=hint, date=int(self._clock.now().timestamp())))

    async def _users(self, account: AccountId, ids: set[AccountId]) -> list[Any]:
        if not ids:
            return []
        seen = await self._people.seen_by(account, ids)
        return [convert_users.user(p, self._access.of(account, Peer.user(i))) for i, p in seen.items()]

    async def _chats_of_members(self, ids: set[ChannelId]) -> list[Any]:
        """Channels as every plain member sees them; when somebody joined is left out of a shared encoding."""
        found = await self._directory.get_many(ids)
        return [
            convert_channels.channel(c, ChannelView(self._access.of(_NOBODY, Peer.channel(i)), _member_of(c)))
            for i, c in found.items()
        ]

    async def _chats(self, account: AccountId, ids: set[ChannelId]) -> list[Any]:
        if not ids:
            return []
        found = await self._directory.get_many(ids)
        places = await self._directory.memberships(account, list(found))
        return [
            convert_channels.channel(c, ChannelView(self._access.of(account, Peer.channel(i)), places.get(i)))
            for i, c in found.items()
        ]


def _member_of(channel: Channel) -> Membership:
    return Membership(channel.channel_id, _NOBODY, Role.MEMBER, channel.created_at)


def _authors(what: Sequence[object]) -> set[AccountId | None]:
    """Whose posts are told of, and whom they mention: they see them in another way than the others."""
    posts = [item.message for item in what if isinstance(item, BoxEvent) and item.message is not None]
    return {person for post in posts for person in (post.author_id, post.from_id, *post.mentions)}

"""Posts in channels whose members are online; one operation is one post at one member's client."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from parley.app.bench.figures import Figures
from parley.app.bench.host import Host, Measured
from parley.app.bench.meter import Usage
from parley.app.bench.pace import Pace
from parley.app.bench.people import Person, sign_up
from parley.tl import functions, types

CHANNELS: Final = 8
"""How many channels post at the same time when the server is busy: one account alone may post 20 times a second."""

_MARK = re.compile(rb"post no (\d+) of (\d+)\.")
_WARM_UP = 5
_SETTLE_S = 1.0
_LIMIT_S = 30.0


@dataclass(frozen=True, slots=True)
class _Owner:
    """An account that posts, in all its channels together as fast as the server allows it."""

    person: Person
    pace: Pace

    async def call(self, function: Any) -> Any:
        """Run one method."""
        return await self.person.client.call(function)


class _Channel:
    """One channel with its owner: posts, and waits until every member has the post."""

    def __init__(self, number: int, owner: _Owner, peer: types.InputPeerChannel, members: int) -> None:
        self.number = number
        self._owner = owner
        self._peer = peer
        self._members = members
        self._post = 0
        self._missing = 0
        self._began = 0.0
        self._complete: asyncio.Future[None] | None = None
        self.latencies: list[float] = []
        self.posts = 0

    def heard(self, post: int) -> None:
        """A member has a post."""
        if post == self._post and self._complete is not None:
            self.latencies.append(time.perf_counter() - self._began)
            self._missing -= 1
            if not self._missing:
                self._complete.set_result(None)

    def forget(self) -> None:
        """What was measured so far was the warm-up."""
        self.latencies.clear()
        self.posts = 0

    async def post(self) -> None:
        """Post once."""
        await self._owner.pace.next()
        self._post, self._missing, self._began = self._post + 1, self._members, time.perf_counter()
        self._complete = asyncio.get_running_loop().create_future()
        text = f"post no {self._post} of {self.number}. The market opens at nine; bring bags, and come early."
        random_id = (self.number << 32) + self._post
        await self._owner.call(functions.messages.SendMessage(peer=self._peer, message=text, random_id=random_id))
        await asyncio.wait_for(self._complete, _LIMIT_S)
        self.posts += 1

    async def post_until(self, end: float) -> None:
        """Post until a moment of `perf_counter`."""
        while time.perf_counter() < end:
            await self.post()


@dataclass(frozen=True, slots=True)
class _Phase:
    """What one stretch of posting took; `ops` counts posts at members' clients."""

    ops: int
    posts: int
    measured: Measured
    latencies: Sequence[float]

    @property
    def usage(self) -> Usage:
        """What the server used for it."""
        return self.measured.usage

    @property
    def us_per_member(self) -> float:
        """Processor time of the server per member and post, in microseconds."""
        return round(self.usage.total_s * 1e6 / max(1, self.ops), 2)


async def measure(host: Host, seconds: float, members: int) -> Figures:
    """Let public channels that share so many online members post, each post after all members have the one before.

    The figures are those of a busy server: `CHANNELS` channels post side by side. Half as long is spent on each of
    two quiet ones, where one channel alone posts: public (indexed for search and classified) and private.
    """
    people = await sign_up(host, members + CHANNELS)
    owners = [_Owner(person, Pace()) for person in people[:CHANNELS]]
    audience = people[CHANNELS:]
    private = [await _private(owners[0], audience)]
    public = [await _public(number, owner, audience) for number, owner in enumerate(owners, 1)]
    _listen(audience, {channel.number: channel for channel in (*private, *public)})
    alone_private = await _phase(host, seconds / 2, private)
    alone = await _phase(host, seconds / 2, public[:1])
    busy = await _phase(host, seconds, public)
    more = {
        "members": members,
        "channels": CHANNELS,
        "posts": busy.posts,
        "server_cpu_us_per_member": busy.us_per_member,
        "server_cpu_ms_per_post": round(busy.usage.total_s * 1e3 / max(1, busy.posts), 3),
        "alone_cpu_us_per_member": alone.us_per_member,
        "alone_private_cpu_us_per_member": alone_private.us_per_member,
    }
    return Figures("fanout", busy.ops, busy.measured.seconds, busy.latencies, busy.usage, host.meter.memory(), more)


async def _phase(host: Host, seconds: float, channels: Sequence[_Channel]) -> _Phase:
    for _ in range(_WARM_UP):
        await asyncio.gather(*(channel.post() for channel in channels))
    await asyncio.sleep(_SETTLE_S)
    for channel in channels:
        channel.forget()
    with host.measured() as measured:
        end = measured.began + seconds
        await asyncio.gather(*(channel.post_until(end) for channel in channels))
    await asyncio.sleep(_SETTLE_S)
    latencies = [taken for channel in channels for taken in channel.latencies]
    return _Phase(len(latencies), sum(channel.posts for channel in channels), measured, latencies)


def _listen(members: Sequence[Person], channels: Mapping[int, _Channel]) -> None:
    def heard(body: bytes) -> None:
        for post, number in _MARK.findall(body):
            channels[int(number)].heard(int(post))

    for member in members:
        member.client.on_push = heard


async def _create(owner: _Owner, title: str) -> types.InputChannel:
    made = await owner.call(
        functions.channels.CreateChannel(broadcast=True, title=title, about="What is on at the market")
    )
    return types.InputChannel(channel_id=made.chats[0].id, access_hash=made.chats[0].access_hash)


async def _public(number: int, owner: _Owner, members: Sequence[Person]) -> _Channel:
    channel = await _create(owner, f"Market news {number}")
    await owner.call(functions.channels.UpdateUsername(channel=channel, username=f"market_news_{number}"))
    await asyncio.gather(*(m.client.call(functions.channels.JoinChannel(channel=channel)) for m in members))
    return _Channel(number, owner, _peer(channel), len(members))


async def _private(owner: _Owner, members: Sequence[Person]) -> _Channel:
    channel = await _create(owner, "Market committee")
    link = await owner.call(functions.messages.ExportChatInvite(peer=_peer(channel)))
    secret = link.link.rpartition("/")[2].removeprefix("+")
    await asyncio.gather(*(m.client.call(functions.messages.ImportChatInvite(hash=secret)) for m in members))
    return _Channel(0, owner, _peer(channel), len(members))


def _peer(channel: types.InputChannel) -> types.InputPeerChannel:
    return types.InputPeerChannel(channel_id=channel.channel_id, access_hash=channel.access_hash)

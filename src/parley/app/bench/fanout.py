"""Posts in a channel whose members are online; one operation is one post at one member's client."""

from __future__ import annotations

import asyncio
import re
import time
from dataclasses import dataclass

from parley.app.bench.figures import Figures
from parley.app.bench.host import Host, Measured
from parley.app.bench.pace import Pace
from parley.app.bench.people import Person, sign_up
from parley.tl import functions, types

_MARK = re.compile(rb"post no (\d+)\.")
_WARM_UP = 5
_SETTLE_S = 1.0
_LIMIT_S = 30.0


class _Audience:
    """Counts who has which post."""

    def __init__(self, members: list[Person], pace: Pace) -> None:
        self.pace = pace
        self._size = len(members)
        self.post = 0
        self._missing = 0
        self._began = 0.0
        self._complete: asyncio.Future[None] | None = None
        self.latencies: list[float] = []
        for member in members:
            member.client.on_push = self._heard

    def expect(self) -> asyncio.Future[None]:
        """From now on wait for the post of the next number; the future ends when every member has it."""
        self.post, self._missing, self._began = self.post + 1, self._size, time.perf_counter()
        self._complete = asyncio.get_running_loop().create_future()
        return self._complete

    def _heard(self, body: bytes) -> None:
        found = _MARK.search(body)
        if found and int(found[1]) == self.post and self._complete is not None:
            self.latencies.append(time.perf_counter() - self._began)
            self._missing -= 1
            if not self._missing:
                self._complete.set_result(None)


async def measure(host: Host, seconds: float, members: int) -> Figures:
    """Post into a public channel for so many seconds, each post after all members have the one before.

    Public posts are also indexed for search and classified. Half as long again is spent on a private channel with
    the same members, where that work falls away: what remains is storing and fanning out.
    """
    owner, *others = await sign_up(host, members + 1)
    audience = _Audience(others, Pace())
    private = await _private(owner, others)
    quiet = await _phase(host, seconds / 2, owner, private, audience)
    quiet_ops = quiet.posts * members
    audience.latencies.clear()
    public = await _public(owner, others)
    phase = await _phase(host, seconds, owner, public, audience)
    used, ops = phase.measured.usage, phase.posts * members
    more = {
        "members": members,
        "posts": phase.posts,
        "server_cpu_us_per_member": round(used.total_s * 1e6 / max(1, ops), 2),
        "server_cpu_ms_per_post": round(used.total_s * 1e3 / max(1, phase.posts), 3),
        "private_channel_cpu_us_per_member": round(quiet.measured.usage.total_s * 1e6 / max(1, quiet_ops), 2),
    }
    return Figures("fanout", ops, phase.measured.seconds, audience.latencies, used, host.meter.memory(), more)


@dataclass(frozen=True, slots=True)
class _Phase:
    posts: int
    measured: Measured


async def _phase(
    host: Host, seconds: float, owner: Person, channel: types.InputPeerChannel, audience: _Audience
) -> _Phase:
    for _ in range(_WARM_UP):
        await _post(owner, channel, audience)
    await asyncio.sleep(_SETTLE_S)
    audience.latencies.clear()
    posts = 0
    with host.measured() as measured:
        while time.perf_counter() - measured.began < seconds:
            await _post(owner, channel, audience)
            posts += 1
    await asyncio.sleep(_SETTLE_S)
    return _Phase(posts, measured)


async def _post(owner: Person, channel: types.InputPeerChannel, audience: _Audience) -> None:
    await audience.pace.next()
    complete = audience.expect()
    text = f"post no {audience.post}. The market opens at nine; bring your own bags, and come early for bread."
    send = functions.messages.SendMessage(peer=channel, message=text, random_id=audience.post)
    await owner.client.call(send)
    await asyncio.wait_for(complete, _LIMIT_S)


async def _create(owner: Person, title: str) -> types.InputChannel:
    made = await owner.client.call(
        functions.channels.CreateChannel(broadcast=True, title=title, about="What is on at the market")
    )
    return types.InputChannel(channel_id=made.chats[0].id, access_hash=made.chats[0].access_hash)


async def _public(owner: Person, members: list[Person]) -> types.InputPeerChannel:
    channel = await _create(owner, "Market news")
    await owner.client.call(functions.channels.UpdateUsername(channel=channel, username="market_news"))
    await asyncio.gather(*(m.client.call(functions.channels.JoinChannel(channel=channel)) for m in members))
    return _peer(channel)


async def _private(owner: Person, members: list[Person]) -> types.InputPeerChannel:
    channel = await _create(owner, "Market committee")
    link = await owner.client.call(functions.messages.ExportChatInvite(peer=_peer(channel)))
    secret = link.link.rpartition("/")[2].removeprefix("+")
    await asyncio.gather(*(m.client.call(functions.messages.ImportChatInvite(hash=secret)) for m in members))
    return _peer(channel)


def _peer(channel: types.InputChannel) -> types.InputPeerChannel:
    return types.InputPeerChannel(channel_id=channel.channel_id, access_hash=channel.access_hash)

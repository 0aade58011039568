"""Posts in a channel whose members are online; one operation is one post at one member's client."""

from __future__ import annotations

import asyncio
import re
import time

from parley.app.bench.figures import Figures
from parley.app.bench.host import Host
from parley.app.bench.pace import Pace
from parley.app.bench.people import Person, sign_up
from parley.tl import functions, types

_MARK = re.compile(rb"post no (\d+)\.")
_WARM_UP = 5
_LIMIT_S = 30.0


class _Audience:
    """Counts who has which post."""

    def __init__(self, members: list[Person]) -> None:
        self._size = len(members)
        self._post = 0
        self._missing = 0
        self._began = 0.0
        self._complete: asyncio.Future[None] | None = None
        self.latencies: list[float] = []
        for member in members:
            member.client.on_push = self._heard

    def expect(self, post: int) -> asyncio.Future[None]:
        """From now on wait for a post; the future ends when every member has it."""
        self._post, self._missing, self._began = post, self._size, time.perf_counter()
        self._complete = asyncio.get_running_loop().create_future()
        return self._complete

    def _heard(self, body: bytes) -> None:
        found = _MARK.search(body)
        if found and int(found[1]) == self._post and self._complete is not None:
            self.latencies.append(time.perf_counter() - self._began)
            self._missing -= 1
            if not self._missing:
                self._complete.set_result(None)


async def measure(host: Host, seconds: float, members: int) -> Figures:
    """Post into a channel with `members` members for so many seconds, each post after all have the one before."""
    owner, *others = await sign_up(host, members + 1)
    channel = await _channel(owner, others)
    audience, pace = _Audience(others), Pace()
    for post in range(1, _WARM_UP + 1):
        await _post(owner, channel, audience, post)
    audience.latencies.clear()
    posts = 0
    with host.measured() as measured:
        while time.perf_counter() - measured.began < seconds:
            await pace.next()
            posts += 1
            await _post(owner, channel, audience, _WARM_UP + posts)
    used = measured.usage
    ops = posts * members
    more = {
        "members": members,
        "posts": posts,
        "server_cpu_us_per_member": round(used.total_s * 1e6 / max(1, ops), 2),
        "server_cpu_ms_per_post": round(used.total_s * 1e3 / max(1, posts), 3),
    }
    return Figures("fanout", ops, measured.seconds, audience.latencies, used, host.meter.memory(), more)


async def _post(owner: Person, channel: types.InputPeerChannel, audience: _Audience, number: int) -> None:
    complete = audience.expect(number)
    text = f"post no {number}. The market opens at nine; bring your own bags, and come early for bread."
    await owner.client.call(functions.messages.SendMessage(peer=channel, message=text, random_id=number))
    await asyncio.wait_for(complete, _LIMIT_S)


async def _channel(owner: Person, members: list[Person]) -> types.InputPeerChannel:
    made = await owner.client.call(
        functions.channels.CreateChannel(broadcast=True, title="Market news", about="What is on at the market")
    )
    chat = made.chats[0]
    channel = types.InputChannel(channel_id=chat.id, access_hash=chat.access_hash)
    await owner.client.call(functions.channels.UpdateUsername(channel=channel, username="market_news"))
    await asyncio.gather(*(m.client.call(functions.channels.JoinChannel(channel=channel)) for m in members))
    return types.InputPeerChannel(channel_id=chat.id, access_hash=chat.access_hash)

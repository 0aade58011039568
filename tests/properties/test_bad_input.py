"""Whatever a client asks, with whatever arguments, it gets an answer or a refusal that Telegram knows: never a 500.

Every method that is registered is driven through the dispatcher on a real database, with arguments made from the
schema: numbers at their bounds, texts of any characters, peers known and unknown, and any constructor in any place.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import parley
from parley.core.clock import ManualClock
from parley.mtproto.errors import RpcError
from parley.rpc import registry
from parley.storage.pools import Pools
from parley.storage.target import Target
from parley.tl import layers, types
from parley.tl.classes import API
from parley.tl.definitions import Definition, Field, canonical
from parley.tl.errors import TlError
from tests.conftest import fresh_database
from tests.rpc.conftest import Person, Server, serve
from tests.tl.random_objects import least_depths

DEEP = 3
THOROUGH = settings(
    max_examples=15,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
INTS = st.one_of(
    st.sampled_from([0, 1, 2, 3, -1, 100, 101, 1_790_000_000, 2**31 - 1, -(2**31)]),
    st.integers(-(2**31), 2**31 - 1),
)
LONGS = st.one_of(st.sampled_from([0, 1, -1, 2**63 - 1, -(2**63)]), st.integers(-(2**63), 2**63 - 1))
TEXTS = st.one_of(
    st.sampled_from(["", "hello", "dave_d", "boats_news", "+4930111111", "12345", "a\0b", "x" * 5000, "\u202e@/#"]),
    st.text(max_size=40),
)
OPTIONS = st.one_of(st.sampled_from([b"", b"spam", b"other"]), st.binary(max_size=20))
PEERS = {
    "InputPeer": ("inputPeerSelf", "inputPeerUser", "inputPeerChannel"),
    "InputUser": ("inputUserSelf", "inputUser"),
    "InputChannel": ("inputChannel",),
}
SOURCE = Path(parley.__file__).parent
REFUSALS = (SOURCE / "rpc" / "error_codes.tsv").read_text("utf-8")


@dataclass
class World:
    """A server with two people, who have chats of every kind; what a call ends is begun anew."""

    server: Server
    runner: asyncio.Runner
    clock: ManualClock
    phones: Iterator[int] = field(default_factory=lambda: count(4930_100_000))
    people: list[Person] = field(default_factory=list)
    channels: list[int] = field(default_factory=list)

    def run(self, doing: Any) -> Any:
        """Wait for something on the server's loop. Time goes on between calls."""
        self.clock.advance(1)
        return self.runner.run(doing)

    def caller(self) -> Person:
        """Somebody who is signed in, and has chats to be asked about."""
        return self.run(self._caller())

    def refusal(self, caller: Person, call: Any) -> RpcError | None:
        """Call as from the wire, and give the refusal if there was one; anything else that is raised is a fault."""
        codec = layers.get(caller.layer)
        try:
            read = codec.decode_call(codec.encode(call))
        except TlError:
            return None
        try:
            codec.encode_result(read, self.run(caller.ask(read)))
        except RpcError as refusal:
            return refusal
        return None

    async def _caller(self) -> Person:
        alive = [p for p in self.people if await self.server.messenger.devices.account_of(p.key) == p.account]
        if len(alive) < 2:
            self.people = [await self.server.person(f"+{next(self.phones)}", name) for name in ("Alice", "Bob")]
            self.channels = []
        directory = self.server.services.directory
        gone = [c for c in self.channels if (await directory.get(c)).deleted]  # type: ignore[arg-type]
        if gone or not self.channels:
            await self._settle_in(*self.people)
        return self.people[0]

    async def _settle_in(self, caller: Person, other: Person) -> None:
        for number in range(3):
            await caller.write(other, f"hello {number}")
            await other.write(caller, f"hello {number}")
        self.channels = [await caller.found(), await caller.found(megagroup=True), await other.found()]
        for owner, channel in zip((caller, caller, other), self.channels, strict=True):
            await owner.write(channel, "a post")
        await self.server.settle()

    def known(self, constructor: str, draw: Any) -> Any:
        """A peer that the caller was shown."""
        caller, other = self.people
        channel = caller.input_channel(draw(st.sampled_from(self.channels)))
        user = caller.user(other if draw(st.booleans()) else caller)
        made = {
            "inputPeerSelf": types.InputPeerSelf(),
            "inputUserSelf": types.InputUserSelf(),
            "inputUser": user,
            "inputChannel": channel,
            "inputPeerUser": types.InputPeerUser(user_id=user.user_id, access_hash=user.access_hash),
            "inputPeerChannel": types.InputPeerChannel(
                channel_id=channel.channel_id, access_hash=channel.access_hash
            ),
        }
        return made[constructor]


@pytest.fixture(scope="module")
def world(cluster: Target, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One server for all methods: what earlier calls left behind is part of the test."""
    clock = ManualClock()

    async def begin(stack: AsyncExitStack) -> Server:
        pools = Pools(await stack.enter_async_context(fresh_database(cluster)))
        stack.push_async_callback(pools.close)
        return await stack.enter_async_context(serve(pools, clock, tmp_path_factory.mktemp("world")))

    stack = AsyncExitStack()
    with asyncio.Runner() as runner:
        yield World(runner.run(begin(stack)), runner, clock)
        runner.run(stack.aclose())


def build(definition: Definition, world: World, draw: Any, depth: int = 0) -> Any:
    """A call or an object with drawn fields; those that share a flag are there together or not at all."""
    fields: dict[str, Any] = {}
    present: dict[tuple[str, int], bool] = {}
    for item in definition.values:
        if item.flag is not None and item.flag not in present:
            present[item.flag] = depth < DEEP and draw(st.booleans())
        if item.flag is None or present[item.flag]:
            fields[item.python_name] = _field(item, world, draw, depth)
    return API.of(definition.section, definition.name)(**fields)


def _field(item: Field, world: World, draw: Any, depth: int) -> Any:
    return True if item.is_mark else value(item.type, world, draw, depth)


def value(type_: str, world: World, draw: Any, depth: int) -> Any:
    """A value of a TL type."""
    if type_.startswith("Vector<"):
        inner = type_[7:-1]
        if inner in ("int", "long"):
            return draw(st.one_of(st.lists(_plain(inner), max_size=4), st.just([1] * 150)))
        return [value(inner, world, draw, depth + 1) for _ in range(draw(st.integers(0, 2 if depth < DEEP else 0)))]
    if type_ in PEERS and draw(st.integers(0, 3)):
        return world.known(draw(st.sampled_from(PEERS[type_])), draw)
    names = canonical().types.names_of_result.get(type_)
    if names is None:
        return draw(_plain(type_))
    if depth + 1 >= DEEP:
        least = min(least_depths()[name] for name in names)
        names = [name for name in names if least_depths()[name] == least]
    return build(canonical().types[draw(st.sampled_from(sorted(names)))], world, draw, depth + 1)


def _plain(type_: str) -> st.SearchStrategy[Any]:
    strategies = {
        "Bool": st.booleans(),
        "int": INTS,
        "long": LONGS,
        "double": st.floats(allow_nan=False),
        "string": TEXTS,
        "bytes": OPTIONS,
        "int128": st.binary(min_size=16, max_size=16),
        "int256": st.binary(min_size=32, max_size=32),
    }
    return strategies[type_]


@pytest.mark.parametrize("name", sorted(registry.load()))
def test_no_call_is_answered_with_a_fault_of_the_program(world: World, name: str) -> None:
    @THOROUGH
    @given(data=st.data())
    def drive(data: st.DataObject) -> None:
        caller = world.caller()
        refusal = world.refusal(caller, build(canonical().functions[name], world, data.draw))
        if refusal is not None:
            assert refusal.code < 500, refusal
            assert _is_telegrams(refusal), refusal

    drive()


def test_every_refusal_that_the_source_names_is_one_that_clients_know() -> None:
    raised = re.compile(r'\b(?:BadRequest|Forbidden|RpcError\(\d+,)\s*\(?"([A-Z_]+)"')
    rooms = [path for room in ("rpc", "messenger", "app") for path in (SOURCE / room).rglob("*.py")]
    named = {name for path in rooms for name in raised.findall(path.read_text("utf-8"))}
    assert len(named) > 80
    assert {name for name in named if not re.search(rf"^{name}\t", REFUSALS, re.MULTILINE)} == set()


def _is_telegrams(refusal: RpcError) -> bool:
    """Whether clients know the refusal from Telegram, with this code."""
    name = re.sub(r"_\d+$", "_%d", str(refusal.message))
    line = re.search(rf"^{re.escape(name)}\t(.+)$", REFUSALS, re.MULTILINE)
    return line is not None and str(refusal.code) in re.split(r"[\t,]", line[1])

"""One address cannot take every place, and key exchanges beyond what the machine can compute are turned away."""

import asyncio
from dataclasses import replace

from parley.mtproto.door import Door
from parley.mtproto.limits import Limits


async def test_places_are_counted_for_each_address_and_given_back() -> None:
    door = Door(replace(Limits(), connections=3, connections_per_address=2))
    assert [door.enter("192.0.2.1") for _ in range(3)] == [True, True, False]
    assert door.enter("192.0.2.2")
    assert not door.enter("192.0.2.3"), "the house is full"
    door.leave("192.0.2.1")
    assert door.enter("192.0.2.3")
    assert not door.enter("192.0.2.1")


async def test_key_exchanges_wait_for_their_turn_and_too_many_are_refused() -> None:
    door = Door(replace(Limits(), handshakes_at_once=1, handshakes_waiting=2))
    go, order = asyncio.Event(), []

    async def exchange(name: str) -> None:
        async with door.exchanging():
            order.append(name)
            await go.wait()

    async with asyncio.TaskGroup() as group:
        for name in ("first", "second"):
            assert door.may_exchange()
            group.create_task(exchange(name))
            await asyncio.sleep(0)
        assert not door.may_exchange()
        assert order == ["first"]
        go.set()
    assert order == ["first", "second"]
    assert door.may_exchange()

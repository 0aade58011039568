"""A decision takes effect in another part of the server, even when something fails in between."""

import asyncio

import asyncpg
import pytest

from parley.storage import outbox
from parley.storage.leases import Lease, Leases
from parley.storage.pools import Pools
from parley.storage.roles import Duty
from tests.journeys.waiting import LIMIT_S


def relay_on(pools: Pools) -> outbox.Relay:
    return outbox.Relay(pools.of("outbox"), Lease(pools.of("outbox"), "outbox"))


async def test_an_effect_arrives_once_its_cause_is_committed(pools: Pools) -> None:
    """What was put in a transaction is delivered and then gone."""
    relay, heard = relay_on(pools), []

    async def suspend(item: outbox.Item) -> None:
        heard.append((item.duty, item.payload["account"]))

    relay.handle("account.suspend", suspend)
    async with pools.of("safety").transaction() as conn:
        await outbox.put(conn, "safety", "account.suspend", {"account": 7})
    assert await relay.deliver_due() == 1
    assert await relay.deliver_due() == 0
    assert heard == [("safety", 7)]


async def test_a_failing_effect_is_kept_and_counted(pools: Pools, caplog: pytest.LogCaptureFixture) -> None:
    """An effect that fails every time is parked for a person, never dropped; after mending it arrives."""
    relay, heard = relay_on(pools), []
    broken = True

    async def suspend(item: outbox.Item) -> None:
        if broken:
            raise RuntimeError("no")
        heard.append(item.payload)

    relay.handle("account.suspend", suspend)
    await outbox.put(pools.of("safety"), "safety", "account.suspend", {"account": 7})
    for _ in range(len(outbox.BACKOFF_S) + 1):
        await pools.of("outbox").execute("UPDATE outbox.items SET due_at = clock_timestamp()")
        assert await relay.deliver_due() == 1
    assert await relay.parked() == 1
    assert await relay.deliver_due() == 0
    broken = False
    running = asyncio.ensure_future(relay.run())
    async with asyncio.timeout(LIMIT_S):
        while await relay.parked() or not heard:  # noqa: ASYNC110 -- the row goes after its handler
            await asyncio.sleep(0.01)
    running.cancel()
    assert heard == [{"account": 7}]


async def test_each_duty_sees_only_what_is_meant_for_it(pools: Pools) -> None:
    """A captured part that delivers messages cannot read, hold back or invent what the desk tells the log."""
    await outbox.put(pools.of("legal"), "legal", "translog.append", {"for": "log"})
    await outbox.put(pools.of("messenger"), "messenger", "vault.retention", {"for": "legal"})
    await outbox.put(pools.of("safety"), "safety", "enforce.read_only", {"for": "messenger"})
    for duty in ("log", "legal", "messenger"):
        seen = await pools.of(duty).fetch("SELECT payload FROM outbox.items")
        assert [row["payload"]["for"] for row in seen] == [duty]
        assert await pools.of(duty).execute("UPDATE outbox.items SET attempts = attempts + 1") == "UPDATE 1"
    for duty in ("safety", "staff", "economy", "public"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await pools.of(duty).fetch("SELECT payload FROM outbox.items")
    assert await pools.of("outbox").fetchval("SELECT count(*) FROM outbox.items") == 3


@pytest.mark.parametrize(
    ("duty", "claimed", "topic"),
    [
        ("messenger", "legal", "legal.disclosed"),
        ("messenger", "messenger", "translog.append"),
        ("safety", "legal", "translog.append"),
        ("safety", "safety", "vault.retention"),
        ("legal", "safety", "enforce.terminate_channel"),
        ("legal", "legal", "enforce.terminate_channel"),
        ("staff", "safety", "enforce.terminate_channel"),
        ("economy", "economy", "notify.service_message"),
    ],
)
async def test_no_duty_sends_in_another_ones_name(pools: Pools, duty: Duty, claimed: Duty, topic: str) -> None:
    """Whoever holds one duty's rights cannot make another duty act as if a third had asked for it."""
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await outbox.put(pools.of(duty), claimed, topic, {})


async def test_no_duty_takes_the_lease_of_anothers_work(pools: Pools) -> None:
    """A captured process cannot stop the log or the notices by holding their leases."""
    assert await Lease(pools.of("messenger"), "messenger/search").hold()
    assert await Lease(pools.of("log"), "log/public log").hold()
    for duty, work in (("messenger", "log/public log"), ("messenger", "legal/notices"), ("log", "legal/notices")):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await Lease(pools.of(duty), work).hold()
    assert not await Lease(pools.of("outbox"), "messenger/search").hold()


async def test_who_stops_in_order_hands_all_work_on_at_once(pools: Pools) -> None:
    """After an upgrade the log, the relays and the notices go on at once and not a quarter of a minute later."""
    works = (
        ("messenger", "messenger/search"),
        ("log", "log/witnesses"),
        ("legal", "legal/notices"),
        ("outbox", "outbox/o"),
    )
    before = Leases()
    held = [before.take(pools.of(duty), name) for duty, name in works]
    assert [await lease.hold() for lease in held] == [True] * 4
    after = [Lease(pools.of(duty), name) for duty, name in works]
    assert [await lease.hold() for lease in after] == [False] * 4
    await before.release()
    assert [await lease.hold() for lease in after] == [True] * 4
    await before.release()
    assert [await lease.hold() for lease in held] == [False] * 4, "another one's lease is not let go of"


async def test_background_work_runs_once(pools: Pools) -> None:
    """Of two processes one holds the lease; the other takes over when it lets go or dies."""
    first, second = (Lease(pools.of("outbox"), "purge") for _ in range(2))
    assert await first.hold()
    assert not await second.hold()
    await first.release()
    assert await second.hold()
    assert not await first.hold()
    await pools.of("outbox").execute("UPDATE outbox.leases SET until = clock_timestamp() - interval '1 second'")
    assert await first.hold()

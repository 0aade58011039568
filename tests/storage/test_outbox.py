"""A decision takes effect in another part of the server, even when something fails in between."""

import pytest

from parley.storage import outbox
from parley.storage.leases import Lease
from parley.storage.pools import Pools


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
    await relay.retry_parked()
    await relay.deliver_due()
    assert heard == [{"account": 7}]
    assert await relay.parked() == 0


async def test_a_sender_cannot_read_what_others_sent(pools: Pools) -> None:
    """The outbox is write-only for the duties that use it."""
    for duty in ("messenger", "legal", "safety"):
        allowed = await pools.of(duty).fetchval(
            "SELECT has_table_privilege('outbox.items', 'SELECT, UPDATE, DELETE')"
        )
        assert not allowed


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

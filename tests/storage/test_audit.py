"""Whoever decides about people leaves a trace that they cannot rewrite."""

import asyncio

import asyncpg
import pytest

from parley.core.clock import ManualClock
from parley.storage import audit
from parley.storage.pools import Pools


async def test_a_decision_can_be_found_later(pools: Pools, clock: ManualClock) -> None:
    """Entries are searchable by who, what and about whom, with the role that really wrote them."""
    async with pools.of("safety").transaction() as conn:
        await audit.record(conn, clock.now(), "staff:ana", "case.decided", "case:1", {"outcome": "removed"})
    await audit.record(pools.of("legal"), clock.now(), "staff:ben", "order.opened", "order:2")
    found = await audit.search(pools.of("staff"), actor="staff:ana")
    assert [(entry.seq, entry.action, entry.duty) for entry in found] == [(1, "case.decided", "parley_safety")]
    assert found[0].detail == {"outcome": "removed"}
    assert [entry.subject for entry in await audit.search(pools.of("legal"))] == ["order:2", "case:1"]


async def test_concurrent_decisions_form_one_chain(pools: Pools, clock: ManualClock) -> None:
    """Twenty writers at once leave twenty entries without a gap, and the chain holds."""
    await asyncio.gather(
        *(audit.record(pools.of("safety"), clock.now(), "system", "swept", f"case:{n}") for n in range(20))
    )
    assert (await audit.head(pools.of("log"))).seq == 20
    assert await audit.first_breach(pools.of("legal")) is None


async def test_nobody_rewrites_the_trail(pools: Pools, clock: ManualClock) -> None:
    """No duty may change, delete or insert entries directly; not even the owner of the other tables."""
    await audit.record(pools.of("safety"), clock.now(), "staff:ana", "case.decided", "case:1")
    for duty in ("safety", "staff", "legal", "owner"):
        for sql in (
            "DELETE FROM audit.entries",
            "UPDATE audit.entries SET actor = 'x'",
            "UPDATE audit.head SET seq = 0",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await pools.of(duty).execute(sql)


async def test_an_auditor_sees_where_history_was_rewritten(pools: Pools, clock: ManualClock) -> None:
    """Even the trail's own role cannot change an entry without breaking the chain."""
    for number in range(5):
        await audit.record(pools.of("safety"), clock.now(), "staff:ana", "case.decided", f"case:{number}")
    await pools.of("audit").execute("UPDATE audit.entries SET actor = 'staff:eve' WHERE seq = 3")
    assert await audit.first_breach(pools.of("staff")) == 3
    await pools.of("audit").execute("DELETE FROM audit.entries WHERE seq >= 3")
    assert await audit.first_breach(pools.of("staff")) == 5

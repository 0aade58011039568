"""Each account has one key a day whatever happens to processes and memories, and nobody slips one in."""

from __future__ import annotations

from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from parley.core.ids import AccountId
from parley.legal.vault import rules
from parley.legal.vault.day_keys import DayKeys
from parley.legal.vault.sealer import BATCH, Sealer
from tests.legal.vault.test_vault import ALICE, MALLORY, opened, put


@pytest.fixture
async def custodians(enrol):
    return [await enrol(name) for name in ("ada", "ben")]


async def keys_of(pools, account=None):
    return await pools.of("legal").fetchval(
        "SELECT count(*) FROM vault.day_keys WHERE $1::bigint IS NULL OR account_id = $1", account
    )


async def sealed_under(pools, account):
    """The keys of an account, and how many records are sealed to each."""
    rows = await pools.of("legal").fetch(
        "SELECT key_id, public_key, count(*) AS records"
        " FROM vault.records JOIN vault.day_keys USING (day, account_id, key_id)"
        " WHERE account_id = $1 GROUP BY key_id, public_key",
        account,
    )
    return [dict(row) for row in rows]


async def test_a_memory_that_is_too_small_multiplies_no_keys(sealer, custodians, clock, pools, erasure):
    sealer._keys = DayKeys(erasure, limit=BATCH)
    people = [AccountId(1000 + number) for number in range(3 * BATCH)]
    for round_ in range(3):
        for person in people:
            await sealer.seal(person, "192.0.2.7", 50_000 + round_, clock.now())
        await sealer.flush()
    assert await keys_of(pools) == 3 * BATCH
    assert await pools.of("legal").fetchval("SELECT count(*) FROM vault.records") == 9 * BATCH


async def test_a_restart_and_a_second_process_go_on_with_the_days_key(
    vault, sealer, custodians, clock, pools, erasure
):
    await put(sealer, clock)
    for _ in range(2):
        other = Sealer(pools.of("seal"), erasure)
        await other.refresh()
        await put(other, clock, ip="2001:db8::1")
    assert await keys_of(pools) == 1
    assert len(await opened(vault, *custodians, clock)) == 3
    clock.advance(timedelta(days=1).total_seconds())
    await put(sealer, clock)
    assert await keys_of(pools) == 2, "the next day has a key of its own"


@pytest.mark.parametrize("theft", ["public_key", "tag", "another account's row"])
async def test_who_writes_into_the_database_alone_cannot_have_anything_sealed_to_a_key_of_theirs(
    vault, sealer, custodians, clock, pools, erasure, theft
):
    await put(sealer, clock)
    await put(sealer, clock, account=ALICE)
    owner, foreign = pools.of("owner"), X25519PrivateKey.generate().public_key().public_bytes_raw()
    if theft == "public_key":
        await owner.execute("UPDATE vault.day_keys SET public_key = $1", foreign)
    elif theft == "tag":
        await owner.execute("UPDATE vault.day_keys SET public_key = $1, tag = $2", foreign, bytes(16))
    else:
        await owner.execute(
            "UPDATE vault.day_keys SET public_key = o.public_key, tag = o.tag"
            " FROM vault.day_keys o WHERE day_keys.account_id = $1 AND o.account_id = $2",
            MALLORY, ALICE,
        )  # fmt: skip
    (tampered,) = await sealed_under(pools, MALLORY)
    restarted = Sealer(pools.of("seal"), erasure)
    await restarted.refresh()
    await put(restarted, clock, ip="2001:db8::1")
    assert await keys_of(pools, MALLORY) == 2, "the row that was tampered with is not used"
    one, other = await sealed_under(pools, MALLORY)
    (fresh,) = [key for key in (one, other) if key["key_id"] != tampered["key_id"]]
    assert tampered in (one, other), "nothing further is sealed to the row that was tampered with"
    assert fresh["records"] == 1, "the new address is sealed to a key of the server's own"
    assert fresh["public_key"] != tampered["public_key"]


async def test_when_the_circle_of_custodians_changes_the_day_goes_on_with_a_further_key(
    vault, sealer, enrol, clock, pools, erasure
):
    people = [await enrol(name) for name in ("ada", "ben", "cleo")]
    await put(sealer, clock)
    await vault.let_go(people[2].custodian.custodian_id, "staff:root", "moved away")
    await put(sealer, clock, ip="2001:db8::1")
    assert await keys_of(pools) == 2
    (key,) = [k for k in (await vault.sealed_days(MALLORY, [rules.day_of(clock.now())]))[0] if k.pairs == "1-2"]
    assert key.tag is None, "what reads the vault needs no tag"

"""The vault on a real database: what the roles can do, who opens what, and what is gone when it should be."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_address
from itertools import combinations

import asyncpg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from parley.core.ids import AccountId, TaskId
from parley.legal.translog.notes import COSIGNATURE_V1, SignerKey
from parley.legal.vault import envelopes, rules, store
from parley.legal.vault.errors import EnrolmentRefused, ErasureKeyGone, RotationRefused, SealBroken
from parley.legal.vault.model import Enrolment
from parley.legal.vault.rotation import NewKeys, OldShare, Rotation
from parley.legal.vault.sealer import Sealer
from parley.legal.vault.service import Vault
from parley.storage import audit

MALLORY, ALICE = AccountId(2222222222), AccountId(1111111111)


async def put(sealer, clock, account=MALLORY, ip="192.0.2.7", port=51000):
    await sealer.seal(account, ip, port, clock.now())
    await sealer.flush()


async def opened(vault, one, other, clock, account=MALLORY):
    """What two custodians read together of an account's present day."""
    keys, records = await vault.sealed_days(account, [rules.day_of(clock.now())])
    found = []
    for key in keys:
        mine = {(s.holder, s.partner): s for s in vault.shares_of(key, lambda _: True)}
        numbers = one.custodian.number, other.custodian.number
        half = envelopes.open_share(mine[numbers], key.name, one.seal)
        rest = envelopes.open_share(mine[numbers[::-1]], key.name, other.seal)
        private = envelopes.combine(half, rest, key.public_key)
        for record in (r for r in records if r.name == key.name):
            found.append(envelopes.open_address(record.sealed, account, key.name.day, private))
    return found


async def test_no_address_is_kept_until_two_custodians_are_enrolled(vault, sealer, enrol, clock, pools):
    await sealer.refresh()
    await put(sealer, clock)
    await enrol("ada")
    assert not sealer.enabled
    assert not (await vault.status()).enabled
    await put(sealer, clock)
    assert await pools.of("legal").fetchval("SELECT count(*) FROM vault.records") == 0
    await enrol("ben")
    assert sealer.enabled
    assert (await vault.status()).enabled
    await put(sealer, clock)
    assert await pools.of("legal").fetchval("SELECT count(*) FROM vault.records") == 1


async def test_any_two_custodians_read_exactly_what_was_seen(vault, sealer, enrol, clock):
    people = [await enrol(name) for name in ("ada", "ben", "cleo")]
    await put(sealer, clock, ip="2001:db8::1", port=443)
    await put(sealer, clock, ip="::ffff:192.0.2.7", port=51000)
    await put(sealer, clock, account=ALICE)
    for one, other in combinations(people, 2):
        found = await opened(vault, one, other, clock)
        assert {(str(a.ip), a.port, a.at) for a in found} == {
            ("2001:db8::1", 443, clock.now()),
            ("192.0.2.7", 51000, clock.now()),
        }


async def test_one_custodian_alone_opens_nothing(vault, sealer, enrol, clock):
    ada, _ = await enrol("ada"), await enrol("ben")
    await put(sealer, clock)
    with pytest.raises(SealBroken):
        await opened(vault, ada, replace(ada, custodian=replace(ada.custodian, number=2)), clock)


async def test_opening_one_accounts_day_opens_nobody_elses(vault, sealer, enrol, clock):
    ada, ben = await enrol("ada"), await enrol("ben")
    await put(sealer, clock)
    await put(sealer, clock, account=ALICE)
    day = [rules.day_of(clock.now())]
    (mallorys,), _ = await vault.sealed_days(MALLORY, day)
    shares = {s.holder: s for s in vault.shares_of(mallorys, lambda _: True)}
    key = envelopes.combine(
        envelopes.open_share(shares[1], mallorys.name, ada.seal),
        envelopes.open_share(shares[2], mallorys.name, ben.seal),
        mallorys.public_key,
    )
    _, (record,) = await vault.sealed_days(ALICE, day)
    for account in (ALICE, MALLORY):
        with pytest.raises(SealBroken):
            envelopes.open_address(record.sealed, account, day[0], key)


async def test_the_servers_role_writes_and_never_reads(sealer, enrol, clock, pools):
    await enrol("ada"), await enrol("ben")
    await put(sealer, clock)
    for table in ("records", "day_keys", "holds", "hold_records", "hold_keys", "custodian_tokens"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await pools.of("seal").fetch(f"SELECT * FROM vault.{table}")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await pools.of("seal").execute("DELETE FROM vault.records")
    for duty in ("messenger", "safety", "staff", "log"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await pools.of(duty).fetch("SELECT * FROM vault.records")


async def test_the_legal_desk_has_everything_but_the_custodians_keys_and_reads_nothing(
    vault, sealer, enrol, clock, pools
):
    await enrol("ada"), await enrol("ben")
    await put(sealer, clock)
    rows = await pools.of("legal").fetch("SELECT * FROM vault.records")
    (key,), (record,) = await vault.sealed_days(MALLORY, [rules.day_of(clock.now())])
    packed = vault.shares_of(key, lambda _: True)
    address = ip_address("192.0.2.7").packed
    everything = [bytes(rows[0]["sealed"]), record.sealed, key.public_key, *(s.sealed for s in packed)]
    assert not any(address in part for part in everything)
    stranger = X25519PrivateKey.generate()
    for share in packed:
        with pytest.raises(SealBroken):
            envelopes.open_share(share, key.name, stranger)


async def test_all_records_have_one_length(sealer, enrol, clock, pools):
    await enrol("ada"), await enrol("ben")
    for ip in ("198.51.100.1", "192.0.2.7", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"):
        await put(sealer, clock, ip=ip)
    sizes = await pools.of("legal").fetch("SELECT DISTINCT octet_length(sealed) AS n FROM vault.records")
    assert [row["n"] for row in sizes] == [74]


async def test_a_restarted_server_needs_no_secret_to_go_on(vault, sealer, enrol, clock, pools, erasure):
    ada, ben = await enrol("ada"), await enrol("ben")
    await put(sealer, clock)
    again = Sealer(pools.of("seal"), erasure)
    await again.refresh()
    await put(again, clock, port=52000)
    keys, _ = await vault.sealed_days(MALLORY, [rules.day_of(clock.now())])
    assert len(keys) == 1
    assert sorted(a.port for a in await opened(vault, ada, ben, clock)) == [51000, 52000]


async def test_whoever_joins_after_the_first_address_of_a_day_begins_with_the_next(vault, sealer, enrol, clock):
    await enrol("ada"), await enrol("ben")
    await put(sealer, clock)
    cleo = await enrol("cleo")
    today = rules.day_of(clock.now())
    assert cleo.custodian.first_day == today + timedelta(days=1)
    await put(sealer, clock, port=52000)
    for key in (await vault.sealed_days(MALLORY, [today]))[0]:
        assert vault.shares_of(key, lambda share: share.holder == cleo.custodian.number) == ()
    clock.advance(86400)
    await put(sealer, clock)
    (key,), _ = await vault.sealed_days(MALLORY, [today + timedelta(days=1)])
    assert len(vault.shares_of(key, lambda share: share.holder == cleo.custodian.number)) == 2


async def test_a_custodian_who_left_is_given_no_further_keys(vault, sealer, enrol, clock):
    _, _, cleo = await enrol("ada"), await enrol("ben"), await enrol("cleo")
    await vault.let_go(cleo.custodian.custodian_id, "staff:root", "moves away")
    await put(sealer, clock)
    (key,), _ = await vault.sealed_days(MALLORY, [rules.day_of(clock.now())])
    assert {s.holder for s in vault.shares_of(key, lambda _: True)} == {1, 2}


async def test_an_enrolment_token_works_once_and_only_with_ones_own_keys(vault, enrol, clock):
    ada = await enrol("ada")
    token = (await vault.issue_token("eve", "staff:root")).token
    stolen = Enrolment(token, bytes(32), ada.custodian.sign_key, ada.custodian.cosigner, bytes(64))
    with pytest.raises(EnrolmentRefused):
        await vault.enrol(stolen)
    with pytest.raises(EnrolmentRefused):
        await vault.invited("not a token")
    assert await vault.invited(token) == "eve"
    clock.advance(4 * 86400)
    with pytest.raises(EnrolmentRefused):
        await vault.invited(token)


async def test_a_restored_backup_cannot_open_a_day_whose_erasure_key_is_gone(vault, sealer, enrol, clock, pools):
    ada, ben = await enrol("ada"), await enrol("ben")
    await put(sealer, clock)
    legal = pools.of("legal")
    backup = {t: await legal.fetch(f"SELECT * FROM vault.{t}") for t in ("day_keys", "records")}
    day = rules.day_of(clock.now())
    clock.advance(31 * 86400)
    assert await vault.sweep() == (day.isoformat(),)
    assert await legal.fetchval("SELECT count(*) FROM vault.records") == 0
    for table, rows in backup.items():
        marks = ", ".join(f"${n + 1}" for n in range(len(rows[0])))
        await pools.of("seal").executemany(f"INSERT INTO vault.{table} VALUES ({marks})", [tuple(r) for r in rows])
    assert await vault.sealed_days(MALLORY, [day]) == ((), ())
    (key,) = await store.day_keys(legal, MALLORY, [day])
    with pytest.raises(ErasureKeyGone):
        vault.shares_of(key, lambda _: True)
    for person in (ada, ben):
        with pytest.raises(SealBroken):
            envelopes.unlock(key.shares, key.name, person.seal.private_bytes_raw())


async def test_an_account_can_have_its_addresses_forgotten_sooner(vault, sealer, enrol, clock, pools, erasure):
    await enrol("ada"), await enrol("ben")
    await vault.set_retention(MALLORY, 3, "account:2222222222")
    await put(sealer, clock)
    await put(sealer, clock, account=ALICE)
    day = rules.day_of(clock.now())
    assert erasure.names() == (day.isoformat(), f"{day}.3")
    clock.advance(4 * 86400)
    assert await vault.sweep() == (f"{day}.3",)
    rows = await pools.of("legal").fetch("SELECT account_id FROM vault.records")
    assert [row["account_id"] for row in rows] == [ALICE]


async def test_preserved_data_outlives_the_day_and_lapses_by_itself(vault, sealer, enrol, clock, erasure):
    ada, ben = await enrol("ada"), await enrol("ben")
    await put(sealer, clock)
    start = clock.now()
    until = start + timedelta(days=60)
    hold = await vault.preserve(TaskId("t"), MALLORY, start, start + timedelta(hours=1), until, "staff:lea")
    assert hold.records == 1
    assert [a.port for a in await opened(vault, ada, ben, clock)] == [51000]
    day = rules.day_of(start)
    clock.advance(40 * 86400)
    await vault.sweep()
    keys, records = await vault.sealed_days(MALLORY, [day])
    assert (len(keys), len(records)) == (1, 1)
    assert len(vault.shares_of(keys[0], lambda _: True)) == 2
    clock.advance(21 * 86400)
    await vault.sweep()
    assert erasure.names() == ()
    assert await vault.holds() == ()


async def test_a_preserved_number_is_no_plain_text_and_lapses_with_its_snapshot(vault, clock, pools, erasure):
    number, task, now = "+4915550000042", TaskId("t"), clock.now()
    await vault.preserve(
        task, MALLORY, now - timedelta(hours=1), now, now + timedelta(days=3), "staff:lea", phone=number
    )
    assert await vault.held_phone(task, MALLORY) == number
    assert await vault.held_phone(TaskId("another"), MALLORY) is None
    (stored,) = await pools.of("legal").fetch("SELECT phone FROM vault.holds")
    assert number.encode() not in stored["phone"]
    (hold,) = await vault.holds()
    erasure.shred(f"hold-{hold.hold_id}")
    assert await vault.held_phone(task, MALLORY) is None, (
        "without its erasure key the number is gone, in backups too"
    )
    clock.advance(3 * 86400)
    await vault.sweep()
    assert await vault.holds() == ()


async def test_what_cannot_be_put_on_the_record_is_not_preserved(vault, sealer, enrol, clock, erasure, pools):
    await enrol("ada"), await enrol("ben")
    await put(sealer, clock)
    before, start = erasure.names(), clock.now()

    async def fail(conn, hold):
        raise NotWritten

    with pytest.raises(NotWritten):
        await vault.preserve(
            TaskId("t"), MALLORY, start, start + timedelta(hours=1), start + timedelta(9), "staff:lea", within=fail
        )
    assert erasure.names() == before
    assert await vault.holds() == ()
    assert await audit.search(pools.of("legal"), action="vault.preserved") == []


class NotWritten(Exception):
    """What belongs to a snapshot could not be written."""


async def rotate(vault: Vault, person):
    new, sign = X25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    rotation, who = Rotation(vault), person.custodian.custodian_id
    cosigner = str(SignerKey.generate(person.custodian.name, COSIGNATURE_V1).verifier)
    keys = NewKeys(new.public_key().public_bytes_raw(), sign.public_key().public_bytes_raw(), cosigner)
    changed = await rotation.begin(who, keys)
    page = await rotation.page(who, None)
    moved = [
        replace(o, share=envelopes.reseal_share(o.share, o.name, person.seal, new.public_key(), changed.key_no))
        for o in page.shares
    ]
    with pytest.raises(RotationRefused):
        await rotation.finish(who)
    assert await rotation.rewrap(who, moved) == len(moved)
    await rotation.finish(who)
    return replace(person, seal=new, sign=sign, custodian=changed)


async def test_a_custodian_changes_keys_and_the_stolen_old_key_opens_nothing(vault, sealer, enrol, clock):
    ada, ben = await enrol("ada"), await enrol("ben")
    await put(sealer, clock)
    day = rules.day_of(clock.now())
    await vault.preserve(
        TaskId("t"), MALLORY, clock.now(), clock.now() + timedelta(hours=1), clock.now() + timedelta(1), "staff:lea"
    )
    new = await rotate(vault, ada)
    assert [a.port for a in await opened(vault, new, ben, clock)] == [51000]
    with pytest.raises(SealBroken):
        await opened(vault, ada, ben, clock)
    await put(sealer, clock, port=52000)
    assert {a.port for a in await opened(vault, new, ben, clock)} == {51000, 52000}
    (key, _), _ = await vault.sealed_days(MALLORY, [day])
    bens = vault.shares_of(key, lambda share: share.holder == ben.custodian.number)[0]
    with pytest.raises(RotationRefused):
        await Rotation(vault).rewrap(ada.custodian.custodian_id, [OldShare(key.name, bens)])


async def test_a_full_queue_loses_the_newest_and_says_so(pools, erasure, enrol, clock, caplog):
    await enrol("ada"), await enrol("ben")
    small = Sealer(pools.of("seal"), erasure, queue_limit=1)
    await small.refresh()
    await small.seal(MALLORY, "no address", 1, clock.now())
    for port in (1, 2):
        await small.seal(MALLORY, "192.0.2.7", port, clock.now())
    await small.seal(MALLORY, "no address", 1, clock.now())
    assert small.dropped == 2
    assert "addresses are lost" in caplog.text, "what was no address hides no loss"
    await small.flush()
    assert small.sealed == 1

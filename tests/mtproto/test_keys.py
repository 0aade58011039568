"""Keys come from memory when they can, from the store when they must; expired or deleted ones from neither."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace

from parley.core.ids import AuthKeyId
from parley.mtproto.keys import KeyRing
from parley.mtproto.session import Session
from parley.mtproto.sessions import Registry
from tests.mtproto.peer import MemoryKeyStore, new_record


async def test_a_key_is_loaded_once_even_by_two_at_a_time() -> None:
    store = MemoryKeyStore()
    record = new_record()
    store.records[record.auth_key_id] = record
    ring = KeyRing(store, 10)
    assert ring.get(record.auth_key_id) is None
    first, second = await asyncio.gather(ring.load(record.auth_key_id), ring.load(record.auth_key_id))
    assert first is second
    assert ring.get(record.auth_key_id) is first


async def test_an_expired_key_is_gone() -> None:
    now = time.time()
    store = MemoryKeyStore()
    record = new_record(expires_at=int(now) + 5)
    store.records[record.auth_key_id] = record
    clock = [now]
    ring = KeyRing(store, 10, lambda: clock[0])
    assert await ring.load(record.auth_key_id) is not None
    clock[0] = now + 6
    assert ring.get(record.auth_key_id) is None
    assert await ring.load(record.auth_key_id) is None


async def test_deleting_a_key_forgets_those_bound_to_it() -> None:
    store = MemoryKeyStore()
    permanent, temporary = new_record(), new_record(expires_at=int(time.time()) + 100)
    for record in (permanent, temporary):
        store.records[record.auth_key_id] = record
    ring = KeyRing(store, 10)
    key = await ring.load(temporary.auth_key_id)
    assert key is not None
    await ring.bind(key, permanent.auth_key_id, int(time.time()) + 50)
    assert key.acting_id == permanent.auth_key_id
    await ring.delete(permanent.auth_key_id)
    assert ring.get(temporary.auth_key_id) is None
    assert store.records == {}


async def test_several_temporary_keys_act_for_one_permanent_key() -> None:
    store = MemoryKeyStore()
    until = int(time.time()) + 100
    permanent, first, second = new_record(layer=224), new_record(0, 0), new_record(0, 0)
    store.records[permanent.auth_key_id] = permanent
    for record in (first, second):
        record = replace(record, expires_at=until)
        store.records[record.auth_key_id] = record
        key = await KeyRing(store, 10).load(record.auth_key_id)
        assert key is not None
        await KeyRing(store, 10).bind(key, permanent.auth_key_id, until)
    restarted = KeyRing(store, 10)
    for record in (first, second):
        key = await restarted.load(record.auth_key_id)
        assert key is not None
        assert (key.acting_id, key.layer) == (permanent.auth_key_id, 224)


async def test_a_temporary_key_ends_with_its_permanent_key() -> None:
    store = MemoryKeyStore()
    record = new_record(expires_at=int(time.time()) + 100)
    store.records[record.auth_key_id] = replace(record, bound_to=AuthKeyId(12345))
    assert await KeyRing(store, 10).load(record.auth_key_id) is None


async def test_memory_is_bounded_and_keys_in_use_stay() -> None:
    store = MemoryKeyStore()
    ring = KeyRing(store, 3)
    registry = Registry(lambda work: None)
    used = new_record()
    store.records[used.auth_key_id] = used
    key = await ring.load(used.auth_key_id)
    assert key is not None
    session: Session = registry.session_of(key, 5, time.time())
    for _ in range(20):
        record = new_record()
        store.records[record.auth_key_id] = record
        await ring.load(record.auth_key_id)
    assert ring.get(used.auth_key_id) is key
    assert len(ring._keys) <= 4
    assert not session.closed

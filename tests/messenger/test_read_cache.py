"""Caches never show what has changed, and never grow without bound."""

import asyncio

from parley.messenger.read_cache import ReadCache


async def test_many_keys_are_read_at_once_and_absence_is_remembered():
    asked = []

    async def load(keys):
        asked.append(list(keys))
        return {key: key * 10 for key in keys if key != 3}

    cache = ReadCache(load, 10)
    assert await cache.get_many([1, 2, 3]) == {1: 10, 2: 20}
    assert await cache.get_many([1, 2, 3, 4]) == {1: 10, 2: 20, 4: 40}
    assert await cache.get(3) is None
    assert asked == [[1, 2, 3], [4]]


async def test_a_value_that_changes_while_it_is_read_is_not_kept():
    for forget in (lambda cache: cache.forget("key"), lambda cache: cache.clear()):
        stored, reading, go_on = {"key": "old"}, asyncio.Event(), asyncio.Event()

        async def load(keys, stored=stored, reading=reading, go_on=go_on):
            read = dict(stored)
            reading.set()
            await go_on.wait()
            return read

        cache = ReadCache(load, 10)
        first = asyncio.ensure_future(cache.get("key"))
        await reading.wait()
        stored["key"] = "new"
        forget(cache)
        go_on.set()
        assert await first == "old"
        assert await cache.get("key") == "new"


async def test_the_least_recently_used_goes_first():
    async def load(keys):
        return {key: key for key in keys}

    cache = ReadCache(load, 2)
    for key in (1, 2, 1, 3):
        await cache.get(key)
    assert len(cache) == 2
    assert cache.peek(1) == 1
    assert cache.peek(2) is None

"""A bounded cache in front of the database that never keeps what became stale while it was being read."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection, Hashable, Mapping
from typing import Any, Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

_MISSING: Any = object()

#: Reads what is asked for; a key that does not exist is absent from the answer.
Loader = Callable[[Collection[K]], Awaitable[Mapping[K, V]]]


class ReadCache(Generic[K, V]):
    """Least recently used entries go first; absence is cached too."""

    def __init__(self, load: Loader[K, V], size: int) -> None:
        self._load = load
        self._size = size
        self._entries: OrderedDict[K, V | None] = OrderedDict()
        self._epoch = 0
        self._forgotten: dict[K, int] = {}
        self._cleared = 0
        self._loading = 0

    def __len__(self) -> int:
        return len(self._entries)

    async def get(self, key: K) -> V | None:
        """Give the value of one key, or None when there is none."""
        value = self._entries.get(key, _MISSING)
        if value is not _MISSING:
            self._entries.move_to_end(key)
            return value
        return (await self.get_many((key,))).get(key)

    async def get_many(self, keys: Collection[K]) -> dict[K, V]:
        """Give the values of those keys that exist, with at most one read for all that are missing here."""
        found: dict[K, V] = {}
        missing: dict[K, None] = {}
        entries = self._entries
        for key in keys:
            value = entries.get(key, _MISSING)
            if value is _MISSING:
                missing[key] = None
                continue
            entries.move_to_end(key)
            if value is not None:
                found[key] = value
        if missing:
            found.update(await self._read(list(missing)))
        return found

    def peek(self, key: K) -> V | None:
        """Give what is cached, without reading."""
        return self._entries.get(key)

    def forget(self, key: K) -> None:
        """Drop an entry; a read that is under way will not bring the old value back."""
        self._entries.pop(key, None)
        if self._loading:
            self._epoch += 1
            self._forgotten[key] = self._epoch

    def clear(self) -> None:
        """Drop everything, for instance after the bus was out of reach."""
        self._entries.clear()
        if self._loading:
            self._epoch += 1
            self._cleared = self._epoch

    async def _read(self, missing: list[K]) -> Mapping[K, V]:
        started = self._epoch
        self._loading += 1
        try:
            read = await self._load(missing)
            self._keep(missing, read, started)
        finally:
            self._loading -= 1
            if not self._loading:
                self._forgotten.clear()
        return read

    def _keep(self, keys: list[K], read: Mapping[K, V], started: int) -> None:
        for key in keys:
            if max(self._forgotten.get(key, 0), self._cleared) <= started:
                self._entries[key] = read.get(key)
        while len(self._entries) > self._size:
            self._entries.popitem(last=False)

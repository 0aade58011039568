"""A duty's pool that fails at once where a task asks for a second connection while it is in a transaction.

With as many such tasks as a pool has connections each would wait for another for ever, and no test with fewer of
them would show it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from parley.storage.database import Database
from parley.storage.roles import Duty
from parley.storage.target import Target


class WatchedDatabase(Database):
    """Knows which tasks are in a transaction of it."""

    def __init__(self, target: Target, duty: Duty, *, connections: int | None = None) -> None:
        super().__init__(target, duty, connections=connections)
        self._inside: set[asyncio.Task[object] | None] = set()

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[asyncpg.Connection]:
        inside = asyncio.current_task() in self._inside
        assert not inside, "a second connection is asked for inside a transaction: hand the transaction's on"
        async with super().connection() as conn:
            yield conn

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[asyncpg.Connection]:
        async with super().transaction() as conn:
            self._inside.add(asyncio.current_task())
            try:
                yield conn
            finally:
                self._inside.discard(asyncio.current_task())

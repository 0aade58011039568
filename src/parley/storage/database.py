"""One duty's door to the database: a small pool, opened when first used, with a retry for what may be retried."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any, ClassVar, Final, Protocol, TypeVar, cast

import asyncpg

from parley.storage.errors import DatabaseUnavailable
from parley.storage.roles import PROFILES, Duty
from parley.storage.target import Target

T = TypeVar("T")

IDLE_LIMIT_S: Final = 60.0
COMMAND_LIMIT_S: Final = 30.0
RETRY_PAUSES_S: Final = (0.01, 0.05, 0.2, 0.5, 1.0)

RETRIED_STATES: Final = frozenset({"40001", "40P01"})
"""serialization_failure and deadlock_detected (PostgreSQL, appendix A): nothing was done yet."""

LOST: Final = (
    asyncpg.PostgresConnectionError, asyncpg.InterfaceError, asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError, asyncpg.CrashShutdownError, asyncpg.TooManyConnectionsError, ConnectionError,
    asyncpg.InternalClientError,
)  # fmt: skip
"""The connection broke, or could not be made yet. A write may be committed: only idempotent work is retried."""


class Connection(asyncpg.Connection):
    """Skips the reset after each use: nobody sets session state, and the reset costs a round trip per statement."""

    __slots__ = ()

    def get_reset_query(self) -> str:
        return ""


class Executor(Protocol):
    """What a store function needs: a ``Database`` or one connection of it, inside a transaction or not."""

    async def fetch(self, sql: str, /, *args: Any) -> list[asyncpg.Record]:
        """All rows of a statement."""
        ...

    async def fetchrow(self, sql: str, /, *args: Any) -> asyncpg.Record | None:
        """The first row, or None."""
        ...

    async def fetchval(self, sql: str, /, *args: Any) -> Any:
        """The first column of the first row, or None."""
        ...

    async def execute(self, sql: str, /, *args: Any) -> str:
        """Run a statement; its command tag."""
        ...


class Database:
    """Statements as one duty. Every method takes a connection from the pool for as long as it runs."""

    #: What the pools are made of; a benchmark puts one that counts statements in its place.
    connection_class: ClassVar[type[asyncpg.Connection]] = Connection

    def __init__(self, target: Target, duty: Duty, *, connections: int | None = None) -> None:
        self.duty: Duty = duty
        self._target = target
        self._limit = connections or PROFILES[duty].connections
        self._pool: asyncpg.Pool | None = None
        self._opening = asyncio.Lock()

    async def fetch(self, sql: str, *args: object) -> list[asyncpg.Record]:
        """All rows of a statement."""
        async with self.connection() as conn:
            return await conn.fetch(sql, *args)

    async def fetchrow(self, sql: str, *args: object) -> asyncpg.Record | None:
        """The first row, or None."""
        async with self.connection() as conn:
            return await conn.fetchrow(sql, *args)

    async def fetchval(self, sql: str, *args: object) -> Any:
        """The first column of the first row, or None."""
        async with self.connection() as conn:
            return await conn.fetchval(sql, *args)

    async def execute(self, sql: str, *args: object) -> str:
        """Run a statement; its command tag, for example ``UPDATE 1``."""
        async with self.connection() as conn:
            return str(await conn.execute(sql, *args))

    async def executemany(self, sql: str, rows: Iterable[Sequence[object]]) -> None:
        """Run a statement once per row, all or nothing."""
        async with self.connection() as conn:
            await conn.executemany(sql, rows)

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[asyncpg.Connection]:
        """A connection outside any transaction: each statement commits by itself."""
        pool = self._pool or await self._open()
        async with pool.acquire() as conn:
            try:
                yield cast("asyncpg.Connection", conn)
            except asyncpg.InternalClientError:  # it was cut off in the middle of an answer: nobody uses it again
                conn.terminate()
                raise

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[asyncpg.Connection]:
        """A connection inside a transaction that commits when the block ends and rolls back when it raises."""
        async with self.connection() as conn, conn.transaction():
            yield conn

    async def close(self) -> None:
        """Close the pool, ending what still runs after five seconds."""
        pool, self._pool = self._pool, None
        if pool is None:
            return
        try:
            await asyncio.wait_for(pool.close(), 5.0)
        except TimeoutError:
            pool.terminate()

    async def _open(self) -> asyncpg.Pool:
        async with self._opening:
            if self._pool is None:
                self._pool = await asyncpg.create_pool(
                    **self._target.arguments(self.duty),
                    min_size=0,
                    max_size=self._limit,
                    max_inactive_connection_lifetime=IDLE_LIMIT_S,
                    command_timeout=COMMAND_LIMIT_S,
                    connection_class=self.connection_class,
                    server_settings={"application_name": f"parley {self.duty}"},
                    init=prepare_connection,
                )
            return self._pool


async def prepare_connection(conn: asyncpg.Connection) -> None:
    """Teach a fresh connection our JSON, and Citus (where present) to answer look-ups of types quickly."""
    await conn.set_type_codec("jsonb", schema="pg_catalog", encoder=encode_json, decoder=json.loads)
    if await conn.fetchval("SELECT count(*) FROM pg_catalog.pg_settings WHERE name LIKE 'citus.%'"):
        await conn.execute("SET citus.override_table_visibility = off")


def encode_json(value: object) -> str:
    """JSON as we store it: no spaces, real characters instead of escapes."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def retriable(error: BaseException) -> bool:
    """Whether doing idempotent work again may help: judged by SQLSTATE and by a lost connection."""
    if isinstance(error, asyncpg.PostgresError) and error.sqlstate in RETRIED_STATES:
        return True
    wrong_argument = isinstance(error, ValueError)  # asyncpg derives that from InterfaceError too
    return isinstance(error, LOST) and not wrong_argument


async def retrying(work: Callable[[], Awaitable[T]]) -> T:
    """Run idempotent ``work`` and run it again after conflicts and lost connections.

    Raises DatabaseUnavailable when it still fails after about two seconds; other errors at once.
    """
    for pause in RETRY_PAUSES_S:
        try:
            return await work()
        except Exception as error:
            if not retriable(error):
                raise
        await asyncio.sleep(pause)
    try:
        return await work()
    except Exception as error:
        if not retriable(error):
            raise
        raise DatabaseUnavailable("the database does not answer") from error

"""Runs the numbered SQL files of ``migrations/`` forward, each once, and refuses when an old one was changed.

A file runs in one transaction as the owner. A file whose first line is ``-- run as: audit`` runs as that duty's
role, which then owns what the file makes.
"""

import asyncio
import hashlib
import re
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from importlib.resources import files
from itertools import pairwise
from typing import Any

import asyncpg

from parley.storage.database import LOST, prepare_connection, retrying
from parley.storage.errors import MigrationError
from parley.storage.roles import DUTIES, Duty, role_name
from parley.storage.target import Target

_NAME = re.compile(r"^(\d{4})_([a-z0-9_]+)\.sql$")
_RUN_AS = re.compile(r"\A-- run as: ([a-z]+)\n")

WAIT_S = 120.0
_LOOK_AGAIN_S = 0.2

_BOOKS = """
CREATE SCHEMA IF NOT EXISTS storage;
CREATE TABLE IF NOT EXISTS storage.migrations (
    number integer PRIMARY KEY, name text NOT NULL, checksum text NOT NULL, applied_at timestamptz NOT NULL
);
CREATE TABLE IF NOT EXISTS storage.migration_lock (one boolean PRIMARY KEY CHECK (one));
INSERT INTO storage.migration_lock VALUES (true) ON CONFLICT DO NOTHING;
GRANT USAGE ON SCHEMA storage TO parley_audit;
GRANT INSERT ON storage.migrations TO parley_audit;
"""


@dataclass(frozen=True, slots=True)
class Migration:
    """One file: its number, its name, its text, and the duty whose role runs it."""

    number: int
    name: str
    sql: str
    duty: Duty

    @property
    def checksum(self) -> str:
        """SHA-256 of the text, in hexadecimal digits."""
        return hashlib.sha256(self.sql.encode()).hexdigest()


def migrations() -> list[Migration]:
    """All migrations of the package in order. Raises MigrationError when two share a number."""
    found = []
    for entry in files("parley.storage").joinpath("migrations").iterdir():
        if matched := _NAME.match(entry.name):
            sql = entry.read_text(encoding="utf-8")
            found.append(Migration(int(matched[1]), matched[2], sql, _duty(sql)))
    found.sort(key=lambda migration: migration.number)
    for earlier, later in pairwise(found):
        if earlier.number == later.number:
            raise MigrationError(f"two migrations have the number {later.number:04}")
    return found


def _duty(sql: str) -> Duty:
    wanted = _RUN_AS.match(sql)
    for duty in DUTIES:
        if wanted and wanted[1] == duty:
            return duty
    return "owner"


async def migrate(target: Target, wanted: Sequence[Migration] | None = None) -> list[Migration]:
    """Bring the database to the newest state; those that ran now. Several processes may call it at once.

    Raises MigrationError when a file fails or one that ran before has another checksum now.
    """
    every = migrations() if wanted is None else wanted
    async with AsyncExitStack() as connections:
        owner = await _connect(target, "owner", connections)
        await retrying(lambda: _open_books(owner))
        async with owner.transaction():
            await owner.execute("SELECT FROM storage.migration_lock FOR UPDATE")
            pending = _pending(every, await owner.fetch("SELECT number, checksum FROM storage.migrations"))
            running = {
                duty: await _connect(target, duty, connections)
                for duty in dict.fromkeys(migration.duty for migration in pending)
            }
            for migration in pending:
                await _apply(running[migration.duty], migration)
            return pending


async def _open_books(owner: Any) -> None:
    try:
        await owner.execute(_BOOKS)
    except (asyncpg.UniqueViolationError, asyncpg.InternalServerError):  # another process made them just now
        await owner.execute(_BOOKS)


async def _connect(target: Target, duty: Duty, connections: AsyncExitStack) -> Any:
    conn = await asyncpg.connect(**target.arguments(duty))
    connections.push_async_callback(conn.close)
    await prepare_connection(conn)
    return conn


async def migrated(target: Target, duty: Duty, limit_s: float = WAIT_S) -> None:
    """Wait until the database is there and has every migration: for a process that may not run them itself.

    Raises MigrationError when that takes longer than ``limit_s``.
    """
    newest, deadline = max(migration.number for migration in migrations()), time.monotonic() + limit_s
    while True:
        try:
            reached = await _reached(target, duty)
            if reached >= newest:
                return
            missing = f"it has migration {reached:04} and not {newest:04}"
        except asyncpg.InvalidAuthorizationSpecificationError:
            raise MigrationError(f"the database does not let this user log in as {role_name(duty)}") from None
        except (*LOST, OSError, asyncpg.PostgresError) as error:
            missing = type(error).__name__
        if time.monotonic() > deadline:
            raise MigrationError(f"the database was not ready within {limit_s:.0f} s: {missing}")
        await asyncio.sleep(_LOOK_AGAIN_S)


async def _reached(target: Target, duty: Duty) -> int:
    conn = await asyncpg.connect(**target.arguments(duty))
    try:
        return int(await conn.fetchval("SELECT max(number) FROM storage.migrations") or 0)
    finally:
        await conn.close()


def _pending(every: Sequence[Migration], applied: Sequence[Any]) -> list[Migration]:
    known = {row["number"]: row["checksum"] for row in applied}
    for migration in every:
        if known.get(migration.number, migration.checksum) != migration.checksum:
            raise MigrationError(f"migration {migration.number:04}_{migration.name} was changed after it ran")
    return [migration for migration in every if migration.number not in known]


async def _apply(conn: Any, migration: Migration) -> None:
    """Run one file and note it, in one transaction."""
    try:
        async with conn.transaction():
            await conn.execute(migration.sql)
            await conn.execute(
                "INSERT INTO storage.migrations VALUES ($1, $2, $3, now())",
                migration.number,
                migration.name,
                migration.checksum,
            )
    except asyncpg.PostgresError as refused:
        raise MigrationError(f"migration {migration.number:04}_{migration.name} failed: {refused}") from refused

"""The internal audit trail: who decided, looked up or tried what, when; chained by hash and append-only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from parley.storage.database import Database, Executor

JSON: TypeAlias = "Mapping[str, JSON] | Sequence[JSON] | str | int | float | bool | None"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the trail. ``duty`` is the database role that wrote it, as the database saw it."""

    seq: int
    at: datetime
    duty: str
    actor: str
    action: str
    subject: str
    detail: Mapping[str, Any]
    hash: bytes


@dataclass(frozen=True, slots=True)
class Head:
    """The newest place of the trail and its hash (32 bytes), which commits to everything before it."""

    seq: int
    hash: bytes


async def record(
    conn: Executor, now: datetime, actor: str, action: str, subject: str,
    detail: Mapping[str, JSON] | None = None,
) -> int:  # fmt: skip
    """Append to the trail in the caller's transaction; the place of the entry.

    ``actor`` is ``staff:NAME``, ``officer:ID``, ``custodian:NAME`` or ``system``. Call it last: other writers
    of the trail wait until the transaction ends. Never put numbers, addresses or texts into ``detail``.
    """
    place = await conn.fetchval(
        "SELECT audit.append($1, $2, $3, $4, $5)", now, actor, action, subject, dict(detail or {})
    )
    return int(place)


async def head(database: Database) -> Head:
    """The newest place and hash."""
    row = await database.fetchrow("SELECT seq, hash FROM audit.head WHERE one")
    assert row is not None, "the migration made the head"
    return Head(row["seq"], row["hash"])


async def search(
    database: Database, *, actor: str | None = None, action: str | None = None, subject: str | None = None,
    since: datetime | None = None, until: datetime | None = None, before: int | None = None, limit: int = 100,
    without: str | None = None,
) -> list[Entry]:  # fmt: skip
    """Entries that match everything given, newest first; ``before`` is the place to page on from.

    ``without`` leaves out one action, which is everywhere and tells nothing where it is left out.
    """
    rows = await database.fetch(
        """
        SELECT seq, at, duty, actor, action, subject, detail, hash FROM audit.entries
        WHERE ($1::text IS NULL OR actor = $1) AND ($2::text IS NULL OR action = $2)
          AND ($3::text IS NULL OR subject = $3) AND ($4::timestamptz IS NULL OR at >= $4)
          AND ($5::timestamptz IS NULL OR at < $5) AND ($6::bigint IS NULL OR seq < $6)
          AND action IS DISTINCT FROM $8
        ORDER BY seq DESC LIMIT $7
        """,
        actor, action, subject, since, until, before, limit, without,
    )  # fmt: skip
    return [Entry(**dict(row)) for row in rows]


async def first_breach(database: Database, since: int = 1) -> int | None:
    """The first place from ``since`` on where the chain does not hold, or None when all of it does."""
    place: int | None = await database.fetchval("SELECT audit.first_breach($1)", since)
    return place

"""The quarterly opening: publishes what the quarter's leaves committed to, all but a fixed number of them."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import Sequence
from datetime import datetime

from parley.core.clock import Clock
from parley.legal.translog import store
from parley.legal.translog.errors import QuarterNotOpened
from parley.legal.translog.model import Log, Sealed
from parley.legal.translog.publication import LogPart, Opened, Publication
from parley.legal.translog.rules import Quarter, choose_closed, choose_late, quarters_due
from parley.storage.database import Database, Executor


class Quarterly:
    """Publishes openings when a quarter has ended; `closed` is the least number of leaves that stay closed."""

    def __init__(self, database: Database, clock: Clock, *, closed: int = 64) -> None:
        self._database = database
        self._clock = clock
        self._closed = closed

    async def publish_due(self) -> list[Quarter]:
        """Open every quarter that has ended and was not opened yet; while leaves wait for the signature, none."""
        logs = await store.all_logs(self._database)
        if not logs or await store.unsigned(self._database, logs[-1].log_id):
            return []
        opened = await self.opened()
        due = quarters_due(Quarter.of(logs[0].created_at), opened, self._clock.now())
        for quarter in due:
            await self._publish(quarter, logs)
        return due

    async def opened(self) -> list[Quarter]:
        """The quarters whose openings are public, oldest first."""
        rows = await self._database.fetch("SELECT quarter FROM translog.publications ORDER BY quarter")
        return [Quarter.parse(row["quarter"]) for row in rows]

    async def document(self, quarter: Quarter) -> bytes:
        """The published file of a quarter: JSON compressed with gzip.

        Raises:
            QuarterNotOpened: the quarter has not ended, or nothing was logged then.
        """
        document: bytes | None = await self._database.fetchval(
            "SELECT document FROM translog.publications WHERE quarter = $1", str(quarter)
        )
        if document is None:
            raise QuarterNotOpened(f"the openings of {quarter} are not published")
        return document

    async def publication(self, quarter: Quarter) -> Publication:
        """The same, read."""
        return await asyncio.to_thread(_read, await self.document(quarter))

    async def until(self, quarter: Quarter) -> list[Publication]:
        """All publications up to and including a quarter, oldest first: what its report is computed from."""
        await self.document(quarter)
        return [await self.publication(item) for item in await self.opened() if item <= quarter]

    async def _publish(self, quarter: Quarter, logs: Sequence[Log]) -> None:
        now = self._clock.now()
        async with self._database.transaction() as conn:
            parts = [part for log in logs if (part := await self._open_part(conn, quarter, log, now))]
            publication = Publication(str(quarter), now, tuple(parts))
            await conn.execute(
                "INSERT INTO translog.publications (quarter, document, opened_at) VALUES ($1, $2, $3)",
                str(quarter),
                await asyncio.to_thread(_pack, publication),
                now,
            )

    async def _open_part(self, conn: Executor, quarter: Quarter, log: Log, now: datetime) -> LogPart | None:
        note = await store.newest_checkpoint(conn, log.log_id)
        size = 0 if note is None else store.size_of(note)
        sealed = [item for item in await _sealed_until(conn, log.log_id, quarter) if item.index < size]
        fresh = [item for item in sealed if item.quarter == str(quarter)]
        earlier = [item for item in sealed if item.quarter != str(quarter)]
        span = await _span(conn, log.log_id, quarter, size)
        if not sealed and span is None:
            return None
        closed = choose_closed(fresh, self._closed, now) if fresh else frozenset()
        late = choose_late(earlier, quarter, now)
        opened = [item for item in fresh if item.index not in closed]
        opened_late = [item for item in earlier if item.index in late]
        await _mark(conn, log.log_id, quarter, [*opened, *opened_late])
        first, last = span or (None, None)
        # Leaves that were lost with their log stay closed for ever, and are counted as what is closed.
        closed_count = 0 if span is None else span[1] - span[0] + 1 - len(opened)
        return LogPart(
            log.origin, first, last, closed_count, str(note), tuple(map(_opened, opened)),
            tuple(map(_opened, opened_late)),
        )  # fmt: skip


def _pack(publication: Publication) -> bytes:
    return gzip.compress(json.dumps(publication.to_json(), separators=(",", ":")).encode(), mtime=0)


def _read(document: bytes) -> Publication:
    return Publication.parse(gzip.decompress(document))


async def _sealed_until(conn: Executor, log_id: int, quarter: Quarter) -> list[Sealed]:
    rows = await conn.fetch(
        """
        SELECT l.leaf_index, b.hour, l.salt, l.opening, greatest(e.held_until, g.until) AS held_until
        FROM translog.leaves l JOIN translog.batches b USING (log_id, batch)
        LEFT JOIN translog.entries e USING (entry_id)
        LEFT JOIN LATERAL (
            SELECT until FROM translog.gags WHERE order_ref = e.order_ref ORDER BY gag_id DESC LIMIT 1
        ) g ON true
        WHERE l.log_id = $1 AND b.hour < $2
          AND NOT EXISTS (SELECT FROM translog.opened o WHERE o.log_id = l.log_id AND o.leaf_index = l.leaf_index)
        ORDER BY l.leaf_index
        """,
        log_id,
        quarter.end,
    )
    return [
        Sealed(
            row["leaf_index"],
            str(Quarter.of(row["hour"])),
            row["salt"],
            store.read_opening(row["opening"]),
            row["held_until"],
        )
        for row in rows
    ]


async def _mark(conn: Executor, log_id: int, quarter: Quarter, leaves: Sequence[Sealed]) -> None:
    await conn.execute(
        "INSERT INTO translog.opened (log_id, leaf_index, quarter)"
        " SELECT $1, i, $2 FROM unnest($3::bigint[]) AS fresh (i)",
        log_id,
        str(quarter),
        [item.index for item in leaves],
    )


async def _span(conn: Executor, log_id: int, quarter: Quarter, size: int) -> tuple[int, int] | None:
    """The first and last leaf of a quarter among the first `size`, or None where it has none."""
    row = await conn.fetchrow(
        "SELECT min(first_index) AS first, max(first_index + leaves) - 1 AS last FROM translog.batches"
        " WHERE log_id = $1 AND hour >= $2 AND hour < $3",
        log_id,
        quarter.start,
        quarter.end,
    )
    if row is None or row["first"] is None or row["first"] >= size:
        return None
    return row["first"], min(row["last"], size - 1)


def _opened(item: Sealed) -> Opened:
    return Opened(item.index, item.salt, item.opening)

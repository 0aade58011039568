"""The log's SQL. Nothing here changes or deletes a row: the duty's role could not."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

import asyncpg

from parley.legal.translog.checkpoints import Checkpoint
from parley.legal.translog.model import Batch, Log, Placed, Waiting
from parley.legal.translog.notes import Note
from parley.legal.translog.openings import Leaf, Opening, Stage
from parley.legal.translog.tiles import HEIGHT, WIDTH, Tile, complete_hash
from parley.storage.database import Executor


async def current_log(conn: Executor) -> Log | None:
    """The log that is written to now."""
    row = await conn.fetchrow("SELECT * FROM translog.logs ORDER BY log_id DESC LIMIT 1")
    return None if row is None else Log(**dict(row))


async def all_logs(conn: Executor) -> list[Log]:
    """Every log there was, oldest first."""
    return [Log(**dict(row)) for row in await conn.fetch("SELECT * FROM translog.logs ORDER BY log_id")]


async def add_log(conn: Executor, log: Log) -> None:
    """Begin a log."""
    await conn.execute(
        "INSERT INTO translog.logs (log_id, origin, vkey, reason, created_at) VALUES ($1, $2, $3, $4, $5)",
        log.log_id,
        log.origin,
        log.vkey,
        log.reason,
        log.created_at,
    )


async def log_numbered(conn: Executor, log_id: int) -> Log | None:
    """A log by its number."""
    row = await conn.fetchrow("SELECT * FROM translog.logs WHERE log_id = $1", log_id)
    return None if row is None else Log(**dict(row))


async def add_announcement(conn: Executor, log_id: int, document: str, entry_id: str) -> None:
    """Keep what a new log says of the one before it, and the entry that commits to it."""
    await conn.execute(
        "INSERT INTO translog.announcements (log_id, document, entry_id) VALUES ($1, $2, $3)",
        log_id,
        document,
        entry_id,
    )


async def announcements(conn: Executor) -> dict[int, tuple[str, tuple[int, Placed] | None]]:
    """Of each log that followed another: its announcement, and where the entry stands that commits to it."""
    rows = await conn.fetch("SELECT * FROM translog.announced")
    return {row["of_log"]: (row["document"], _placed(row) if row["leaf"] else None) for row in rows}


async def losses(conn: Executor, log_id: int, first: int, size: int) -> tuple[int, int]:
    """How many of the leaves from `first` up to `size`, and how many of their hashes, are not there any more."""
    row = await conn.fetchrow(
        "SELECT (SELECT count(*) FROM translog.leaves"
        "  WHERE log_id = $1 AND leaf_index >= $2 AND leaf_index < $3) AS leaves,"
        " (SELECT count(*) FROM translog.hashes"
        "  WHERE log_id = $1 AND level = 0 AND position >= $2 AND position < $3) AS hashes",
        log_id,
        first,
        size,
    )
    assert row is not None
    return size - first - row["leaves"], size - first - row["hashes"]


async def add_entry(
    conn: Executor, entry_id: str, opening: Opening, salt: bytes, *,
    emergency: bool, held_until: datetime | None, now: datetime,
) -> None:  # fmt: skip
    """Hand in an entry; the same id a second time changes nothing."""
    await conn.execute(
        "INSERT INTO translog.entries (entry_id, opening, order_ref, salt, emergency, held_until, submitted_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
        entry_id,
        opening.canonical().decode(),
        opening.order_ref,
        salt,
        emergency,
        held_until,
        now,
    )


async def newest_of(conn: Executor, stage: Stage, subject: str) -> Opening | None:
    """The newest entry of a stage about a subject, published or waiting."""
    row = await conn.fetchrow(
        "SELECT opening FROM translog.entries"
        " WHERE opening::jsonb ->> 'stage' = $1 AND opening::jsonb ->> 'subject' = $2"
        " ORDER BY submitted_at DESC LIMIT 1",
        str(stage),
        subject,
    )
    return None if row is None else read_opening(row["opening"])


async def add_gag(conn: Executor, order_ref: str, until: datetime, now: datetime) -> None:
    """Record until when an order's entries stay closed; the newest record holds."""
    await conn.execute(
        "INSERT INTO translog.gags (order_ref, until, recorded_at) VALUES ($1, $2, $3)", order_ref, until, now
    )


async def waiting(conn: Executor) -> list[Waiting]:
    """Entries that no batch has taken."""
    rows = await conn.fetch(
        "SELECT e.entry_id, e.opening, e.salt, e.emergency, e.submitted_at FROM translog.entries e"
        " WHERE NOT EXISTS (SELECT FROM translog.leaves l WHERE l.entry_id = e.entry_id)"
    )
    return [
        Waiting(row["entry_id"], read_opening(row["opening"]), row["salt"], row["emergency"], row["submitted_at"])
        for row in rows
    ]


async def last_batch(conn: Executor, log_id: int) -> Batch | None:
    """The newest batch of a log."""
    row = await conn.fetchrow(
        "SELECT batch AS number, hour, first_index, leaves FROM translog.batches"
        " WHERE log_id = $1 ORDER BY batch DESC LIMIT 1",
        log_id,
    )
    return None if row is None else Batch(**dict(row))


async def add_batch(conn: Executor, log_id: int, batch: Batch, leaves: Sequence[Placed]) -> None:
    """Write a batch, its leaves and every hash that they complete. Runs in the caller's transaction."""
    await conn.execute(
        "INSERT INTO translog.batches (log_id, batch, hour, first_index, leaves) VALUES ($1, $2, $3, $4, $5)",
        log_id,
        batch.number,
        batch.hour,
        batch.first_index,
        batch.leaves,
    )
    await conn.execute(
        "INSERT INTO translog.leaves (log_id, leaf_index, batch, leaf, salt, opening, entry_id)"
        " SELECT $1, * FROM unnest($2::bigint[], $3::integer[], $4::bytea[], $5::bytea[], $6::text[], $7::text[])",
        log_id,
        [item.index for item in leaves],
        [item.batch for item in leaves],
        [item.leaf for item in leaves],
        [item.salt for item in leaves],
        [item.opening.canonical().decode() for item in leaves],
        [item.entry_id for item in leaves],
    )
    await _add_hashes(conn, log_id, batch.first_index, [Leaf.decode(item.leaf).hash for item in leaves])


async def leaf_count(conn: Executor, log_id: int) -> int:
    """How many leaves are written, signed or not."""
    batch = await last_batch(conn, log_id)
    return 0 if batch is None else batch.first_index + batch.leaves


async def unsigned(conn: Executor, log_id: int) -> list[str]:
    """The ids of entries, "" for padding, in leaves that no checkpoint of this log covers."""
    rows = await conn.fetch(
        "SELECT coalesce(entry_id, '') AS entry_id FROM translog.leaves WHERE log_id = $1 AND leaf_index >="
        " (SELECT coalesce(max(size), 0) FROM translog.checkpoints WHERE log_id = $1)",
        log_id,
    )
    return [row["entry_id"] for row in rows]


async def add_again(conn: Executor, entry_id: str, again: str) -> None:
    """Hand in anew, under another id and with the same salt, an entry whose leaf never became public."""
    await conn.execute(
        "INSERT INTO translog.entries (entry_id, opening, order_ref, salt, emergency, held_until, submitted_at)"
        " SELECT $2, opening, order_ref, salt, emergency, held_until, submitted_at"
        " FROM translog.entries WHERE entry_id = $1 ON CONFLICT DO NOTHING",
        entry_id,
        again,
    )


async def tile_hashes(conn: Executor, log_id: int, tile: Tile) -> bytes:
    """A tile of hashes, as far as it is written."""
    rows = await conn.fetch(
        "SELECT hash FROM translog.hashes WHERE log_id = $1 AND level = $2 AND position >= $3 AND position < $4"
        " ORDER BY position",
        log_id,
        tile.level,
        tile.start,
        tile.start + tile.width,
    )
    return b"".join(row["hash"] for row in rows)


async def bundle_leaves(conn: Executor, log_id: int, tile: Tile) -> list[bytes]:
    """The leaves of an entry bundle, as far as they are written."""
    rows = await conn.fetch(
        "SELECT leaf FROM translog.leaves WHERE log_id = $1 AND leaf_index >= $2 AND leaf_index < $3"
        " ORDER BY leaf_index",
        log_id,
        tile.start,
        tile.start + tile.width,
    )
    return [row["leaf"] for row in rows]


async def placed(conn: Executor, entry_id: str) -> tuple[int, Placed] | None:
    """Where an entry stands: the log and the leaf, or None while it waits."""
    row = await conn.fetchrow(
        "SELECT log_id, leaf_index, batch, leaf, salt, opening, entry_id FROM translog.leaves WHERE entry_id = $1",
        entry_id,
    )
    return None if row is None else _placed(row)


async def entry_exists(conn: Executor, entry_id: str) -> bool:
    """Whether an entry was handed in."""
    return bool(await conn.fetchval("SELECT true FROM translog.entries WHERE entry_id = $1", entry_id))


async def add_checkpoint(conn: Executor, log_id: int, size: int, note: Note, now: datetime) -> None:
    """Publish a signed checkpoint; the same one a second time changes nothing."""
    await conn.execute(
        "INSERT INTO translog.checkpoints (log_id, size, note, signed_at) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT DO NOTHING",
        log_id,
        size,
        str(note),
        now,
    )


async def newest_checkpoint(conn: Executor, log_id: int) -> Note | None:
    """The newest published checkpoint, without cosignatures."""
    text = await conn.fetchval(
        "SELECT note FROM translog.checkpoints WHERE log_id = $1 ORDER BY size DESC LIMIT 1", log_id
    )
    return None if text is None else Note.parse(text)


async def checkpoint_at(conn: Executor, log_id: int, size: int) -> Note | None:
    """The checkpoint of exactly this size, without cosignatures."""
    text = await conn.fetchval(
        "SELECT note FROM translog.checkpoints WHERE log_id = $1 AND size = $2", log_id, size
    )
    return None if text is None else Note.parse(text)


async def best_size_over(conn: Executor, log_id: int, index: int) -> int | None:
    """The size of the checkpoint over a leaf that most witnesses cosigned, among those the newest."""
    size: int | None = await conn.fetchval(
        "SELECT c.size FROM translog.checkpoints c LEFT JOIN translog.cosignatures s USING (log_id, size)"
        " WHERE c.log_id = $1 AND c.size > $2 GROUP BY c.size ORDER BY count(s.vkey) DESC, c.size DESC LIMIT 1",
        log_id,
        index,
    )
    return size


async def add_witness_address(conn: Executor, vkey: str, url: str, by: str, now: datetime) -> None:
    """Record where a witness is asked for cosignatures; the newest record holds."""
    await conn.execute(
        "INSERT INTO translog.witness_addresses (vkey, url, set_by, set_at) VALUES ($1, $2, $3, $4)",
        vkey,
        url,
        by,
        now,
    )


async def asked_witnesses(conn: Executor) -> list[tuple[str, str]]:
    """The key and the address of every registered witness that the server asks."""
    rows = await conn.fetch(
        "SELECT DISTINCT ON (vkey) vkey, url FROM translog.witness_addresses a"
        " WHERE NOT EXISTS (SELECT FROM translog.witness_removals r WHERE r.vkey = a.vkey)"
        " ORDER BY vkey, address_id DESC"
    )
    return [(row["vkey"], row["url"]) for row in rows]


async def cosigned_size(conn: Executor, log_id: int, vkey: str) -> int:
    """The largest size of this log that a witness cosigned, or 0."""
    size: int = await conn.fetchval(
        "SELECT coalesce(max(size), 0) FROM translog.cosignatures WHERE log_id = $1 AND vkey = $2", log_id, vkey
    )
    return size


def size_of(note: Note) -> int:
    """The size that a stored checkpoint states."""
    return Checkpoint.parse(note.text).size


def read_opening(text: str) -> Opening:
    """Read an opening that we stored."""
    return Opening.from_json(json.loads(text))


def _placed(row: asyncpg.Record) -> tuple[int, Placed]:
    opening = read_opening(row["opening"])
    leaf = Placed(row["leaf_index"], row["batch"], row["leaf"], row["salt"], opening, row["entry_id"])
    return row["log_id"], leaf


async def _add_hashes(conn: Executor, log_id: int, start: int, hashes: Sequence[bytes]) -> None:
    level, first, row = 0, start, list(hashes)
    while row:
        await conn.execute(
            "INSERT INTO translog.hashes (log_id, level, position, hash)"
            " SELECT $1, $2, p, h FROM unnest($3::bigint[], $4::bytea[]) AS fresh (p, h)",
            log_id,
            level,
            list(range(first, first + len(row))),
            row,
        )
        full = range(first // WIDTH, (first + len(row)) // WIDTH)
        row = [await _tile_root(conn, log_id, Tile(level, number)) for number in full]
        level, first = level + 1, full.start


async def _tile_root(conn: Executor, log_id: int, tile: Tile) -> bytes:
    data = await tile_hashes(conn, log_id, tile)
    width = len(data) >> HEIGHT
    return complete_hash([data[i : i + width] for i in range(0, len(data), width)])

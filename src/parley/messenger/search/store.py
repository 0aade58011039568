"""SQL of search: listings, what the index is fed from, and how far it has read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from asyncpg import Record

from parley.core.ids import BoxId
from parley.core.peers import Peer, PeerKind
from parley.messenger.search.model import Entity, ListingState
from parley.storage.database import Executor


async def exact_username(conn: Executor, name: str) -> Peer | None:
    """Give the holder of a username (folded to lower case)."""
    row = await conn.fetchrow("SELECT owner_kind, owner_id FROM messenger.usernames WHERE name = $1", name)
    return None if row is None else Peer(PeerKind(row["owner_kind"]), row["owner_id"])


async def withheld(conn: Executor, peers: Iterable[Peer]) -> set[Peer]:
    """Give those of `peers` that search must not show."""
    rows = await conn.fetch(
        "SELECT entity_kind, entity_id FROM messenger.listings"
        " WHERE entity_id = ANY($1::bigint[]) AND state <> 'eligible'",
        [peer.id for peer in peers],
    )
    return {Peer(PeerKind(row["entity_kind"]), row["entity_id"]) for row in rows}


async def reviewed(conn: Executor, peers: Iterable[Peer]) -> set[Peer]:
    """Give those of `peers` that a person has looked at and listed."""
    rows = await conn.fetch(
        "SELECT entity_kind, entity_id FROM messenger.listings"
        " WHERE entity_id = ANY($1::bigint[]) AND state = 'eligible'",
        [peer.id for peer in peers],
    )
    return {Peer(PeerKind(row["entity_kind"]), row["entity_id"]) for row in rows}


async def verdict_of(conn: Executor, term: str) -> str:
    """Give what the desk says about a folded search term."""
    found: str | None = await conn.fetchval("SELECT verdict FROM messenger.search_terms WHERE term = $1", term)
    return found or "open"


async def set_verdict(conn: Executor, term: str, verdict: str) -> None:
    """Keep what the desk says about a folded search term."""
    await conn.execute(
        "INSERT INTO messenger.search_terms (term, verdict) VALUES ($1, $2)"
        " ON CONFLICT (term) DO UPDATE SET verdict = excluded.verdict",
        term,
        verdict,
    )


async def listing(conn: Executor, peer: Peer) -> tuple[ListingState, str]:
    """Give an entity's listing and its reason code."""
    row = await conn.fetchrow(
        "SELECT state, reason FROM messenger.listings WHERE entity_id = $1 AND entity_kind = $2",
        peer.id,
        peer.kind.value,
    )
    return (ListingState.ELIGIBLE, "") if row is None else (ListingState(row["state"]), row["reason"])


async def set_listing(conn: Executor, peer: Peer, state: ListingState, reason: str, at: datetime) -> None:
    """Change an entity's listing."""
    await conn.execute(
        "INSERT INTO messenger.listings (entity_id, entity_kind, state, reason, changed_at)"
        " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (entity_id, entity_kind)"
        " DO UPDATE SET state = excluded.state, reason = excluded.reason, changed_at = excluded.changed_at",
        peer.id,
        peer.kind.value,
        state.value,
        reason,
        at,
    )


async def users(conn: Executor, accounts: Sequence[int]) -> list[Entity]:
    """Read those of the accounts that are public: they have a username and were not deleted."""
    rows = await conn.fetch(
        "SELECT account_id, first_name, last_name, username FROM messenger.accounts"
        " WHERE account_id = ANY($1::bigint[]) AND username IS NOT NULL AND deleted_at IS NULL",
        list(accounts),
    )
    return [_user(row) for row in rows]


async def channels(conn: Executor, boxes: Sequence[int]) -> list[Entity]:
    """Read those of the channels (named by their boxes) that are public and reachable."""
    rows = await conn.fetch(
        "SELECT box_id, title, username, members FROM messenger.channels"
        " WHERE box_id = ANY($1::bigint[]) AND username IS NOT NULL AND deleted_at IS NULL"
        " AND standing <> 'suspended'",
        list(boxes),
    )
    return [_channel(row) for row in rows]


async def public_names(conn: Executor, after: str, limit: int) -> list[tuple[str, Peer]]:
    """Page through all usernames in order: a background scan that feeds a new index."""
    rows = await conn.fetch(
        "SELECT name, owner_kind, owner_id FROM messenger.usernames WHERE name > $1 ORDER BY name LIMIT $2",
        after,
        limit,
    )
    return [(row["name"], Peer(PeerKind(row["owner_kind"]), row["owner_id"])) for row in rows]


async def boxes_behind(conn: Executor, limit: int) -> list[BoxId]:
    """Name channels whose posts the index has not read to the end: a background scan at start."""
    rows = await conn.fetch(
        "SELECT b.box_id FROM messenger.channels c"
        " JOIN messenger.boxes b ON b.box_id = c.box_id"
        " LEFT JOIN messenger.search_progress p ON p.box_id = c.box_id"
        " WHERE c.username IS NOT NULL AND b.pts > coalesce(p.pts, 0) LIMIT $1",
        limit,
    )
    return [BoxId(row["box_id"]) for row in rows]


async def progress(conn: Executor, box: BoxId) -> int:
    """Say up to which `pts` the index has read a channel's box."""
    found: int | None = await conn.fetchval("SELECT pts FROM messenger.search_progress WHERE box_id = $1", box)
    return found or 0


async def set_progress(conn: Executor, box: BoxId, pts: int) -> None:
    """Remember how far the index has read; written after the index has committed."""
    await conn.execute(
        "INSERT INTO messenger.search_progress (box_id, pts) VALUES ($1, $2)"
        " ON CONFLICT (box_id) DO UPDATE SET pts = excluded.pts",
        box,
        pts,
    )


async def forget_progress(conn: Executor) -> None:
    """Read every channel again: the index is new. A background action over all rows."""
    await conn.execute("DELETE FROM messenger.search_progress")


def _user(row: Record) -> Entity:
    title = f"{row['first_name']} {row['last_name']}".strip()
    return Entity(Peer(PeerKind.USER, row["account_id"]), title, row["username"])


def _channel(row: Record) -> Entity:
    return Entity(
        Peer(PeerKind.CHANNEL, -row["box_id"]),
        row["title"],
        row["username"],
        row["members"],
    )

"""SQL of address books and block lists."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from parley.core.ids import AccountId
from parley.core.peers import Peer, PeerKind
from parley.messenger.contacts.model import Blocked, Contact
from parley.messenger.sql import Executor

Book = dict[AccountId, Contact]


async def books(db: Executor, owners: Collection[AccountId]) -> dict[AccountId, Book]:
    """Read whole address books; an owner without contacts has an empty one."""
    rows = await db.fetch(
        "SELECT account_id, contact_id, first_name, last_name, note, knows_phone, added_at"
        " FROM messenger.contacts WHERE account_id = ANY($1::bigint[])",
        list(owners),
    )
    read: dict[AccountId, Book] = {owner: {} for owner in owners}
    for row in rows:
        contact = AccountId(row["contact_id"])
        read[AccountId(row["account_id"])][contact] = Contact(
            contact, row["first_name"], row["last_name"], row["note"], row["knows_phone"], row["added_at"]
        )
    return read


async def write(db: Executor, owner: AccountId, contacts: Sequence[Contact]) -> None:
    """Add or rename contacts, each at most once; having known a number once is not forgotten."""
    await db.execute(
        "INSERT INTO messenger.contacts"
        " (account_id, contact_id, first_name, last_name, note, knows_phone, added_at)"
        " SELECT $1, c.contact_id, c.first_name, c.last_name, c.note, c.knows_phone, c.added_at"
        " FROM unnest($2::bigint[], $3::text[], $4::text[], $5::text[], $6::boolean[], $7::timestamptz[])"
        " AS c (contact_id, first_name, last_name, note, knows_phone, added_at)"
        " ON CONFLICT (account_id, contact_id) DO UPDATE SET first_name = excluded.first_name,"
        " last_name = excluded.last_name, note = excluded.note,"
        " knows_phone = messenger.contacts.knows_phone OR excluded.knows_phone",
        owner,
        [c.contact_id for c in contacts],
        [c.first_name for c in contacts],
        [c.last_name for c in contacts],
        [c.note for c in contacts],
        [c.knows_phone for c in contacts],
        [c.added_at for c in contacts],
    )


async def delete(db: Executor, owner: AccountId, people: Collection[AccountId]) -> list[AccountId]:
    """Remove contacts; gives those that were there."""
    rows = await db.fetch(
        "DELETE FROM messenger.contacts WHERE account_id = $1 AND contact_id = ANY($2::bigint[])"
        " RETURNING contact_id",
        owner,
        list(people),
    )
    return [AccountId(row["contact_id"]) for row in rows]


async def block(db: Executor, owner: AccountId, peer: Peer, at: datetime) -> bool:
    """Block a peer; False when it was blocked before."""
    done = await db.fetchval(
        "INSERT INTO messenger.blocks (account_id, peer_kind, peer_id, blocked_at) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT (account_id, peer_kind, peer_id) DO NOTHING RETURNING peer_id",
        owner,
        peer.kind.value,
        peer.id,
        at,
    )
    return done is not None


async def unblock(db: Executor, owner: AccountId, peer: Peer) -> bool:
    """Stop blocking a peer; False when it was not blocked."""
    done = await db.fetchval(
        "DELETE FROM messenger.blocks WHERE account_id = $1 AND peer_kind = $2 AND peer_id = $3 RETURNING peer_id",
        owner,
        peer.kind.value,
        peer.id,
    )
    return done is not None


async def block_lists(db: Executor, owners: Collection[AccountId]) -> dict[AccountId, dict[Peer, Blocked]]:
    """Read whole block lists, the newest entry first; an owner without any has an empty one."""
    rows = await db.fetch(
        "SELECT account_id, peer_kind, peer_id, blocked_at FROM messenger.blocks"
        " WHERE account_id = ANY($1::bigint[]) ORDER BY blocked_at DESC",
        list(owners),
    )
    read: dict[AccountId, dict[Peer, Blocked]] = {owner: {} for owner in owners}
    for row in rows:
        peer = Peer(PeerKind(row["peer_kind"]), row["peer_id"])
        read[AccountId(row["account_id"])][peer] = Blocked(peer, row["blocked_at"])
    return read


async def clear(db: Executor, owner: AccountId) -> None:
    """Remove an owner's address book and block list."""
    await db.execute("DELETE FROM messenger.contacts WHERE account_id = $1", owner)
    await db.execute("DELETE FROM messenger.blocks WHERE account_id = $1", owner)

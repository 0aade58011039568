"""SQL of a channel's members."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from parley.core.ids import AccountId, ChannelId, box_of_channel
from parley.messenger.channels.model import ChannelCounts, Membership, Restriction, Right, Role
from parley.messenger.sql import Executor

Place = tuple[ChannelId, AccountId]
_COLUMNS = "box_id, account_id, role, joined_at, inviter_id, rank, rights, banned, banned_until, by_id"
_INSIDE = [Role.CREATOR.value, Role.ADMIN.value, Role.MEMBER.value]


def _membership(row: Any) -> Membership:
    return Membership(
        channel_id=ChannelId(-row["box_id"]),
        account_id=AccountId(row["account_id"]),
        role=Role(row["role"]),
        joined_at=row["joined_at"],
        inviter_id=None if row["inviter_id"] is None else AccountId(row["inviter_id"]),
        rank=row["rank"],
        rights=frozenset(Right(name) for name in row["rights"]),
        restrictions=frozenset(Restriction(name) for name in row["banned"]),
        restricted_until=row["banned_until"],
        by_id=None if row["by_id"] is None else AccountId(row["by_id"]),
    )


async def places(db: Executor, wanted: Collection[Place]) -> dict[Place, Membership]:
    """Read places in channels; who has never been there has none."""
    rows = await db.fetch(
        "SELECT m.box_id, m.account_id, m.role, m.joined_at, m.inviter_id, m.rank, m.rights, m.banned,"
        " m.banned_until, m.by_id FROM unnest($1::bigint[], $2::bigint[]) AS w (box_id, account_id)"
        " JOIN messenger.channel_members m ON m.box_id = w.box_id AND m.account_id = w.account_id",
        [box_of_channel(channel) for channel, _ in wanted],
        [account for _, account in wanted],
    )
    read = [_membership(row) for row in rows]
    return {(place.channel_id, place.account_id): place for place in read}


async def place(db: Executor, channel: ChannelId, account: AccountId) -> Membership | None:
    """Read one place."""
    row = await db.fetchrow(
        f"SELECT {_COLUMNS} FROM messenger.channel_members WHERE box_id = $1 AND account_id = $2",
        box_of_channel(channel),
        account,
    )
    return None if row is None else _membership(row)


async def write(db: Executor, place: Membership) -> None:
    """Write a place."""
    await db.execute(
        "INSERT INTO messenger.channel_members (box_id, account_id, role, joined_at, inviter_id, rank, rights,"
        " banned, banned_until, by_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
        " ON CONFLICT (box_id, account_id) DO UPDATE SET role = $3, joined_at = $4, inviter_id = $5, rank = $6,"
        " rights = $7, banned = $8, banned_until = $9, by_id = $10",
        box_of_channel(place.channel_id),
        place.account_id,
        place.role.value,
        place.joined_at,
        place.inviter_id,
        place.rank,
        sorted(right.value for right in place.rights),
        sorted(restriction.value for restriction in place.restrictions),
        place.restricted_until,
        place.by_id,
    )


async def page(
    db: Executor, channel: ChannelId, roles: Collection[Role], offset: int, limit: int
) -> list[Membership]:
    """Read members of some roles, the newest first."""
    rows = await db.fetch(
        f"SELECT {_COLUMNS} FROM messenger.channel_members WHERE box_id = $1 AND role = ANY($2::text[])"
        " ORDER BY joined_at DESC, account_id OFFSET $3 LIMIT $4",
        box_of_channel(channel),
        [role.value for role in roles],
        offset,
        limit,
    )
    return [_membership(row) for row in rows]


async def restricted(db: Executor, channel: ChannelId, offset: int, limit: int) -> list[Membership]:
    """Read those members who are restricted but not banned."""
    rows = await db.fetch(
        f"SELECT {_COLUMNS} FROM messenger.channel_members WHERE box_id = $1 AND role = 'member'"
        " AND banned <> '{}' ORDER BY joined_at DESC, account_id OFFSET $2 LIMIT $3",
        box_of_channel(channel),
        offset,
        limit,
    )
    return [_membership(row) for row in rows]


async def counts(db: Executor, channel: ChannelId) -> ChannelCounts:
    """Count administrators, banned and restricted people."""
    row = await db.fetchrow(
        "SELECT count(*) FILTER (WHERE role IN ('creator', 'admin')) AS admins,"
        " count(*) FILTER (WHERE role = 'banned') AS kicked,"
        " count(*) FILTER (WHERE role = 'member' AND banned <> '{}') AS banned"
        " FROM messenger.channel_members WHERE box_id = $1"
        " AND (role IN ('creator', 'admin', 'banned') OR banned <> '{}')",
        box_of_channel(channel),
    )
    assert row is not None, "an aggregate has a row"
    return ChannelCounts(row["admins"], row["kicked"], row["banned"])


async def member_ids(db: Executor, channel: ChannelId) -> list[AccountId]:
    """Name all members of a channel."""
    rows = await db.fetch(
        "SELECT account_id FROM messenger.channel_members WHERE box_id = $1 AND role = ANY($2::text[])",
        box_of_channel(channel),
        _INSIDE,
    )
    return [AccountId(row["account_id"]) for row in rows]

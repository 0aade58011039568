"""SQL of channels: the channel's own row, invite links and what an account belongs to."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from parley.core.ids import AccountId, ChannelId, box_of_channel
from parley.messenger.channels.model import Channel, ChannelKind, Invite, InviteTerms, Restriction, Standing
from parley.messenger.sql import Executor


def _boxes(ids: Collection[ChannelId]) -> list[int]:
    return [box_of_channel(channel) for channel in ids]


def _channel(row: Any) -> Channel:
    return Channel(
        channel_id=ChannelId(-row["box_id"]),
        kind=ChannelKind(row["kind"]),
        title=row["title"],
        about=row["about"],
        username=row["username"],
        creator_id=AccountId(row["creator_id"]),
        created_at=row["created_at"],
        members=row["members"],
        standing=Standing(row["standing"]),
        signatures=row["signatures"],
        deleted=row["deleted_at"] is not None,
        version=row["version"],
        default_restrictions=frozenset(Restriction(name) for name in row["default_banned"]),
    )


async def channels(db: Executor, ids: Collection[ChannelId]) -> dict[ChannelId, Channel]:
    """Read the channels that exist among `ids`; deleted ones are included."""
    rows = await db.fetch(
        "SELECT box_id, kind, title, about, username, creator_id, created_at, members, standing, signatures,"
        " default_banned, deleted_at, version FROM messenger.channels WHERE box_id = ANY($1::bigint[])",
        _boxes(ids),
    )
    return {ChannelId(-row["box_id"]): _channel(row) for row in rows}


async def lock(db: Executor, channel: ChannelId) -> None:
    """Hold a channel's row until the transaction ends."""
    await db.execute("SELECT FROM messenger.channels WHERE box_id = $1 FOR UPDATE", box_of_channel(channel))


async def insert(db: Executor, channel: Channel) -> bool:
    """Write a new channel; False when its id is taken."""
    done = await db.fetchval(
        "INSERT INTO messenger.channels (box_id, kind, title, about, creator_id, created_at)"
        " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (box_id) DO NOTHING RETURNING box_id",
        box_of_channel(channel.channel_id),
        channel.kind.value,
        channel.title,
        channel.about,
        channel.creator_id,
        channel.created_at,
    )
    return done is not None


async def set_texts(db: Executor, channel: ChannelId, title: str, about: str) -> None:
    """Write title and description."""
    await db.execute(
        "UPDATE messenger.channels SET title = $2, about = $3 WHERE box_id = $1",
        box_of_channel(channel),
        title,
        about,
    )


async def set_username(db: Executor, channel: ChannelId, username: str | None) -> None:
    """Write the username as the channel's row shows it; it decides who may view, so the version grows."""
    await db.execute(
        "UPDATE messenger.channels SET username = $2, version = version + 1 WHERE box_id = $1",
        box_of_channel(channel),
        username,
    )


async def set_signatures(db: Executor, channel: ChannelId, signatures: bool) -> None:
    """Write whether posts carry their author's name."""
    await db.execute(
        "UPDATE messenger.channels SET signatures = $2 WHERE box_id = $1", box_of_channel(channel), signatures
    )


async def set_standing(db: Executor, channel: ChannelId, standing: Standing) -> bool:
    """Write the standing; False when it was so already."""
    done = await db.fetchval(
        "UPDATE messenger.channels SET standing = $2, version = version + 1"
        " WHERE box_id = $1 AND standing <> $2 RETURNING box_id",
        box_of_channel(channel),
        standing.value,
    )
    return done is not None


async def set_default_restrictions(db: Executor, channel: ChannelId, restrictions: Collection[Restriction]) -> None:
    """Write what members may not do."""
    await db.execute(
        "UPDATE messenger.channels SET default_banned = $2, version = version + 1 WHERE box_id = $1",
        box_of_channel(channel),
        sorted(restriction.value for restriction in restrictions),
    )


async def mark_deleted(db: Executor, channel: ChannelId, at: datetime) -> bool:
    """Delete a channel; False when it was deleted before."""
    done = await db.fetchval(
        "UPDATE messenger.channels SET deleted_at = $2, username = NULL, version = version + 1"
        " WHERE box_id = $1 AND deleted_at IS NULL RETURNING box_id",
        box_of_channel(channel),
        at,
    )
    return done is not None


async def count_members(db: Executor, channel: ChannelId, difference: int) -> None:
    """Change the number of members."""
    await db.execute(
        "UPDATE messenger.channels SET members = members + $2 WHERE box_id = $1",
        box_of_channel(channel),
        difference,
    )


async def raise_version(db: Executor, channel: ChannelId) -> None:
    """Make rights that were checked before stale."""
    await db.execute(
        "UPDATE messenger.channels SET version = version + 1 WHERE box_id = $1", box_of_channel(channel)
    )


async def channels_of(db: Executor, accounts: Collection[AccountId]) -> dict[AccountId, tuple[ChannelId, ...]]:
    """Read what accounts belong to, the newest first; an account without channels has an empty entry."""
    rows = await db.fetch(
        "SELECT account_id, box_id FROM messenger.account_channels WHERE account_id = ANY($1::bigint[])"
        " ORDER BY joined_at DESC, box_id",
        list(accounts),
    )
    read: dict[AccountId, list[ChannelId]] = {account: [] for account in accounts}
    for row in rows:
        read[AccountId(row["account_id"])].append(ChannelId(-row["box_id"]))
    return {account: tuple(found) for account, found in read.items()}


async def add_to_account(db: Executor, account: AccountId, channel: ChannelId, at: datetime) -> None:
    """List a channel as one of the account's."""
    await db.execute(
        "INSERT INTO messenger.account_channels (account_id, box_id, joined_at) VALUES ($1, $2, $3)"
        " ON CONFLICT (account_id, box_id) DO UPDATE SET joined_at = $3",
        account,
        box_of_channel(channel),
        at,
    )


async def remove_from_account(db: Executor, account: AccountId, channel: ChannelId) -> None:
    """Take a channel off the account's list."""
    await db.execute(
        "DELETE FROM messenger.account_channels WHERE account_id = $1 AND box_id = $2",
        account,
        box_of_channel(channel),
    )


async def invite(db: Executor, invite_hash: str) -> Invite | None:
    """Find an invite link by its hash."""
    row = await db.fetchrow("SELECT * FROM messenger.channel_invites WHERE hash = $1", invite_hash)
    if row is None:
        return None
    return Invite(
        hash=row["hash"],
        channel_id=ChannelId(-row["box_id"]),
        account_id=AccountId(row["account_id"]),
        created_at=row["created_at"],
        revoked=row["revoked"],
        permanent=row["permanent"],
        terms=InviteTerms(row["expires_at"], row["usage_limit"], row["title"]),
        uses=row["uses"],
    )


async def invite_of(db: Executor, channel: ChannelId, account: AccountId) -> str | None:
    """Find the hash of an administrator's own link."""
    found: str | None = await db.fetchval(
        "SELECT hash FROM messenger.channel_invites_of WHERE box_id = $1 AND account_id = $2",
        box_of_channel(channel),
        account,
    )
    return found


async def add_invite(db: Executor, link: Invite) -> None:
    """Write a new link."""
    await db.execute(
        "INSERT INTO messenger.channel_invites"
        " (hash, box_id, account_id, created_at, permanent, title, expires_at, usage_limit)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        link.hash,
        box_of_channel(link.channel_id),
        link.account_id,
        link.created_at,
        link.permanent,
        link.terms.title,
        link.terms.expires_at,
        link.terms.usage_limit,
    )


async def use_invite(db: Executor, invite_hash: str) -> bool:
    """Count somebody who joins by a link; False when as many have as may."""
    done = await db.fetchval(
        "UPDATE messenger.channel_invites SET uses = uses + 1"
        " WHERE hash = $1 AND NOT revoked AND (usage_limit IS NULL OR uses < usage_limit) RETURNING hash",
        invite_hash,
    )
    return done is not None


async def write_invite(db: Executor, link: Invite, replaces: str | None) -> None:
    """Write an administrator's new own link; the one that it replaces stops working."""
    if replaces is not None:
        await db.execute("UPDATE messenger.channel_invites SET revoked = true WHERE hash = $1", replaces)
    await add_invite(db, link)
    await db.execute(
        "INSERT INTO messenger.channel_invites_of (box_id, account_id, hash) VALUES ($1, $2, $3)"
        " ON CONFLICT (box_id, account_id) DO UPDATE SET hash = $3",
        box_of_channel(link.channel_id),
        link.account_id,
        link.hash,
    )

"""What happened to channels, after it was committed. Caches, search and sessions of every process listen."""

from __future__ import annotations

from dataclasses import dataclass

from parley.core.ids import AccountId, ChannelId


@dataclass(frozen=True, slots=True)
class ChannelCreated:
    """A channel exists."""

    channel_id: ChannelId
    creator_id: AccountId


@dataclass(frozen=True, slots=True)
class ChannelChanged:
    """Title, description, username, rights, standing or the number of members changed."""

    channel_id: ChannelId


@dataclass(frozen=True, slots=True)
class ChannelDeleted:
    """Its creator deleted a channel."""

    channel_id: ChannelId


@dataclass(frozen=True, slots=True)
class MembershipChanged:
    """Somebody's place in a channel changed; `inside` tells whether they are a member now."""

    channel_id: ChannelId
    account_id: AccountId
    inside: bool

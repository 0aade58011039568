"""What messages need from elsewhere: may this be written, who blocked whom, rights in channels, who hears of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from parley.core.ids import AccountId, ChannelId, MessageId
from parley.core.peers import Peer
from parley.messenger.messages.model import BoxEvent, Message, NewMessage


class Authors(Protocol):
    """What may be said of people in messages; from caches."""

    async def hidden_name(self, author: AccountId, forwarder: AccountId) -> str | None:
        """The name that stands in a forward in place of a link to its author; None where the link may stand."""
        ...

    async def named(self, usernames: Collection[str]) -> set[AccountId]:
        """The people who hold these usernames."""
        ...


class SendGate(Protocol):
    """May this account write this now? Safety answers from memory."""

    async def check(self, sender: AccountId, peer: Peer, message: NewMessage) -> None:
        """Let it pass.

        Raises:
            MessengerError: it may not be sent (limited account, read-only, flood).
        """
        ...


class Blocks(Protocol):
    """Who does not want to hear from whom."""

    async def has_blocked(self, owner: AccountId, person: AccountId) -> bool:
        """Tell whether `owner` has blocked `person`; from a cache."""
        ...


@dataclass(frozen=True, slots=True)
class PostRight:
    """What a checked right to post means: `version` is the channel's at the time of the check.

    `as_channel` posts in the channel's own name, with `signature` below it when that is not empty; `counts_views`
    starts a view counter.
    """

    version: int | None
    as_channel: bool
    signature: str = ""
    counts_views: bool = False


class ChannelRights(Protocol):
    """What an account may do in a channel; from caches. Every method raises `CHANNEL_PRIVATE` for a stranger."""

    async def posting(self, channel: ChannelId, account: AccountId, *, fresh: bool = False) -> PostRight:
        """The right to post; `fresh` reads it anew because the cached one was out of date.

        Raises:
            MessengerError: `CHAT_WRITE_FORBIDDEN`, `CHANNEL_PRIVATE` and their like.
        """
        ...

    async def check_reading(self, channel: ChannelId, account: AccountId) -> None:
        """Let `account` see the channel's posts, or raise."""
        ...

    async def members_among(self, channel: ChannelId, accounts: Sequence[AccountId]) -> list[AccountId]:
        """Those of the accounts that belong to the channel."""
        ...

    async def check_editing(self, channel: ChannelId, account: AccountId, message: Message) -> None:
        """Let `account` edit this post, or raise `MESSAGE_AUTHOR_REQUIRED` or `CHAT_ADMIN_REQUIRED`."""
        ...

    async def check_deleting(self, channel: ChannelId, account: AccountId, messages: Sequence[Message]) -> None:
        """Let `account` delete these posts, or raise `MESSAGE_DELETE_FORBIDDEN`."""
        ...

    async def check_pinning(self, channel: ChannelId, account: AccountId) -> None:
        """Let `account` pin, or raise `CHAT_ADMIN_REQUIRED`."""
        ...


class EventSink(Protocol):
    """Where committed events go on their way to sessions; never waits."""

    def publish(self, events: Sequence[BoxEvent], *, origin: int | None = None) -> None:
        """Tell the events of one box, in order. The session `origin` hears of them by its answer instead."""
        ...


class Events(Protocol):
    """Where facts about an account's list of chats are told, to every process."""

    async def publish(self, event: object) -> None:
        """Tell one event of `events.py`."""
        ...


class PostListener(Protocol):
    """Who wants to hear of posts in channels after they were committed: search and safety."""

    def posted(self, messages: Sequence[Message]) -> None:
        """New or edited posts of channels."""
        ...

    def removed(self, channel: ChannelId, ids: Sequence[MessageId]) -> None:
        """Posts that are gone."""
        ...

"""What channels need from beside and above them; `app` fills these."""

from __future__ import annotations

from typing import Protocol

from parley.core.ids import AccountId, ChannelId
from parley.messenger.channels.model import Channel
from parley.messenger.messages.model import BoxEvent, ServiceAction


class Events(Protocol):
    """Where committed facts are told."""

    async def publish(self, event: object) -> None:
        """Tell one event of a room's `events.py`."""
        ...


class ChannelBox(Protocol):
    """A channel's posts and the dialogs of its members, which the messages feature keeps. All calls may repeat."""

    async def announce(
        self, channel: Channel, author: AccountId, action: ServiceAction, random_id: int
    ) -> BoxEvent:
        """Post a service message; the same `random_id` of an author gives the event of the first call."""
        ...

    async def joined(self, account: AccountId, channel: ChannelId) -> None:
        """Show the channel in the account's list of chats."""
        ...

    async def left(self, account: AccountId, channel: ChannelId) -> None:
        """Take the channel off the account's list of chats."""
        ...

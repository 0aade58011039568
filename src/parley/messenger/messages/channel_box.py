"""What channels ask of messages: service posts, and the dialogs of members who come and go."""

from __future__ import annotations

from parley.core.ids import AccountId, ChannelId, box_of_account, box_of_channel
from parley.messenger.channels.model import Channel
from parley.messenger.messages import dialog_store, mention_store
from parley.messenger.messages.model import BoxEvent, NewMessage, ServiceAction
from parley.messenger.messages.service import Messages
from parley.storage.database import Database


class ChannelPosts:
    """Fills the channels' port `ChannelBox`."""

    def __init__(self, database: Database, messages: Messages) -> None:
        self._database = database
        self._messages = messages

    async def announce(
        self, channel: Channel, author: AccountId, action: ServiceAction, random_id: int
    ) -> BoxEvent:
        """Post a service message; the same `random_id` of an author gives the event of the first call."""
        message = NewMessage(text="", random_id=random_id, action=action)
        return (await self._messages.sending.service_post(author, channel.channel_id, message)).event

    async def joined(self, account: AccountId, channel: ChannelId) -> None:
        """A new member starts with everything read."""
        await self._messages.dialogs.joined(account, channel)

    async def left(self, account: AccountId, channel: ChannelId) -> None:
        """Forget marks, mentions and draft."""
        await dialog_store.remove(self._database, box_of_account(account), box_of_channel(channel))
        await mention_store.read(self._database, box_of_account(account), box_of_channel(channel), None)

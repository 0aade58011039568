"""The rights in channels as the messages ask for them, answered from the channels' directory and rules."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from parley.core.ids import AccountId, ChannelId
from parley.messenger.channels import rules
from parley.messenger.channels.directory import Directory
from parley.messenger.channels.model import Channel, ChannelKind, Membership, Restriction, Right
from parley.messenger.errors import BadRequest, Forbidden
from parley.messenger.messages.model import Message
from parley.messenger.messages.ports import PostRight

NameOf = Callable[[AccountId], Awaitable[str]]


class DirectoryRights:
    """Fills the port `ChannelRights`. `name_of` gives the name that signs a post where signatures are on."""

    def __init__(self, directory: Directory, name_of: NameOf) -> None:
        self._directory = directory
        self._name_of = name_of

    async def posting(self, channel: ChannelId, account: AccountId, *, fresh: bool = False) -> PostRight:
        """See ChannelRights."""
        if fresh:
            self._directory.forget(channel)
            self._directory.forget_place(channel, account)
        found, place = await self._directory.visible(account, channel)
        rules.check_post(found, place)
        if found.kind is not ChannelKind.BROADCAST:
            return PostRight(found.version, as_channel=False)
        signature = await self._name_of(account) if found.signatures else ""
        return PostRight(found.version, as_channel=True, signature=signature, counts_views=True)

    async def check_reading(self, channel: ChannelId, account: AccountId) -> None:
        """See ChannelRights."""
        await self._directory.visible(account, channel)

    async def members_among(self, channel: ChannelId, accounts: Sequence[AccountId]) -> list[AccountId]:
        """See ChannelRights."""
        return await self._directory.members_among(channel, accounts)

    async def check_editing(self, channel: ChannelId, account: AccountId, message: Message) -> None:
        """See ChannelRights."""
        found, place = await self._directory.visible(account, channel)
        if message.action is not None:
            raise BadRequest("MESSAGE_ID_INVALID")
        if message.author_id == account:
            rules.check_post(found, place)
        elif found.kind is not ChannelKind.BROADCAST or not rules.has_right(place, Right.EDIT_MESSAGES):
            raise Forbidden("MESSAGE_AUTHOR_REQUIRED")

    async def check_deleting(self, channel: ChannelId, account: AccountId, messages: Sequence[Message]) -> None:
        """See ChannelRights."""
        found, place = await self._directory.visible(account, channel)
        if not all(message.author_id == account and _may_delete_own(found, place) for message in messages):
            rules.check_delete_of_others(found, place)

    async def check_pinning(self, channel: ChannelId, account: AccountId) -> None:
        """See ChannelRights."""
        found, place = await self._directory.visible(account, channel)
        right = Right.EDIT_MESSAGES if found.kind is ChannelKind.BROADCAST else Right.PIN_MESSAGES
        if not rules.may_change(found, place, right, Restriction.PIN_MESSAGES):
            raise BadRequest("CHAT_ADMIN_REQUIRED")


def _may_delete_own(channel: Channel, place: Membership | None) -> bool:
    """In a broadcast channel one's own posts go with the right to post; a former administrator has none."""
    if channel.kind is ChannelKind.BROADCAST:
        return rules.has_right(place, Right.POST_MESSAGES)
    return rules.is_member(place)

"""What a link to a username shows to whoever follows it: public and listed things, and of everything else nothing.

A person, a private, hidden, suspended or deleted channel and a name that nobody has are one and the same answer.
"""

from __future__ import annotations

from parley.core.ids import AccountId, ChannelId
from parley.core.peers import Peer, PeerKind
from parley.messenger.accounts.service import Accounts
from parley.messenger.channels import rules as channel_rules
from parley.messenger.channels.directory import Directory
from parley.messenger.channels.model import ChannelKind
from parley.messenger.search.model import Face, FaceKind
from parley.messenger.search.service import SearchService


class Faces:
    """Looks names up for people who have not signed in."""

    def __init__(self, accounts: Accounts, directory: Directory, search: SearchService) -> None:
        self._accounts = accounts
        self._directory = directory
        self._search = search

    async def of(self, name: str) -> Face | None:
        """Give the public face of a username; None for a person, what is not listed, and what does not exist."""
        holder = await self._accounts.by_username(name)
        if holder is None or not await self._search.listed([holder]):
            return None
        return await self._bot(holder) if holder.kind is PeerKind.USER else await self._channel(holder)

    async def _bot(self, holder: Peer) -> Face | None:
        account = await self._accounts.find(AccountId(holder.id))
        if account is None or account.deleted or not account.is_bot or account.username is None:
            return None
        return Face(account.username, account.first_name, account.about, FaceKind.BOT)

    async def _channel(self, holder: Peer) -> Face | None:
        channel = await self._directory.find(ChannelId(holder.id))
        if channel is None or channel.username is None or not channel_rules.can_view(channel, None):
            return None
        kind = FaceKind.CHANNEL if channel.kind is ChannelKind.BROADCAST else FaceKind.GROUP
        return Face(channel.username, channel.title, channel.about, kind, channel.members)

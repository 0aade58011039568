"""Who stands at the other end of a dialog: a user, a basic group or a channel."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from parley.core.ids import AccountId, BoxId, ChannelId, box_of_account, box_of_channel


class PeerKind(StrEnum):
    """The three kinds of peer that Telegram's API knows."""

    USER = "user"
    CHAT = "chat"
    CHANNEL = "channel"


@dataclass(frozen=True, slots=True)
class Peer:
    """A dialog's other end, without the access hash that a client must show for it."""

    kind: PeerKind
    id: int

    @staticmethod
    def user(account: AccountId) -> Peer:
        """Name a user."""
        return _user(account)

    @staticmethod
    def channel(channel: ChannelId) -> Peer:
        """Name a channel or supergroup."""
        return _channel(channel)

    @property
    def box(self) -> BoxId:
        """The box of this peer itself: the user's own or the channel's."""
        if self.kind is PeerKind.CHANNEL:
            return box_of_channel(ChannelId(self.id))
        return box_of_account(AccountId(self.id))


# A message names its peers half a dozen times on its way; making a frozen value each time would cost more.
@lru_cache(maxsize=8192)
def _user(account: AccountId) -> Peer:
    return Peer(PeerKind.USER, account)


@lru_cache(maxsize=8192)
def _channel(channel: ChannelId) -> Peer:
    return Peer(PeerKind.CHANNEL, channel)

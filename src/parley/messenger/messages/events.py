"""What an account did to its list of chats, after it was committed; its other sessions follow.

`origin` names the session that did it, which needs no telling.
"""

from __future__ import annotations

from dataclasses import dataclass

from parley.core.ids import AccountId, ChannelId, MessageId
from parley.core.peers import Peer
from parley.messenger.messages.model import Draft


@dataclass(frozen=True, slots=True)
class DraftChanged:
    """A draft was kept; or dropped, or it became a message: then it is None."""

    account_id: AccountId
    peer: Peer
    draft: Draft | None
    origin: int | None = None


@dataclass(frozen=True, slots=True)
class DialogPinned:
    """A chat was pinned on top of the list, or unpinned."""

    account_id: AccountId
    peer: Peer
    pinned: bool
    origin: int | None = None


@dataclass(frozen=True, slots=True)
class PinnedReordered:
    """Exactly these chats are pinned now, in this order."""

    account_id: AccountId
    peers: tuple[Peer, ...]
    origin: int | None = None


@dataclass(frozen=True, slots=True)
class UnreadMarked:
    """A chat got the mark that a person puts on it to come back to it, or lost it."""

    account_id: AccountId
    peer: Peer
    unread: bool
    origin: int | None = None


@dataclass(frozen=True, slots=True)
class BarHidden:
    """The buttons above a stranger's chat were put away."""

    account_id: AccountId
    peer: Peer
    origin: int | None = None


@dataclass(frozen=True, slots=True)
class MentionsRead:
    """The account has looked at messages of a group that mention it."""

    account_id: AccountId
    channel_id: ChannelId
    message_ids: tuple[MessageId, ...]
    origin: int | None = None

"""Peers on the wire: `peerUser` and friends, and the marked inputs that clients send."""

from __future__ import annotations

from parley.core.peers import Peer, PeerKind
from parley.tl import types


def peer(value: Peer) -> types.TypePeer:
    """Give Telegram's object for a peer."""
    if value.kind is PeerKind.USER:
        return types.PeerUser(user_id=value.id)
    if value.kind is PeerKind.CHAT:
        return types.PeerChat(chat_id=value.id)
    return types.PeerChannel(channel_id=value.id)

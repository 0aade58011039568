"""Box events as Telegram's updates: what a client hears of at once and what it catches up on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from parley.core.ids import AccountId, channel_of_box
from parley.core.peers import Peer, PeerKind
from parley.messenger.messages.model import BoxEvent, EventKind, Message
from parley.rpc.convert import messages as convert_messages
from parley.rpc.convert.peers import peer
from parley.tl import types


def update(event: BoxEvent, viewer: AccountId | None, media: Any = None) -> Any:
    """Convert one event of an account's or a channel's box, with its `pts`."""
    channel = channel_of_box(event.box_id)
    if channel is not None:
        return _channel_update(event, channel, viewer, media)
    return _account_update(event, viewer, media)


def _channel_update(event: BoxEvent, channel: int, viewer: AccountId | None, media: Any) -> Any:
    place = {"pts": event.pts, "pts_count": event.pts_count}
    match event.kind:
        case EventKind.NEW_MESSAGE:
            return types.UpdateNewChannelMessage(message=_message(event, viewer, media), **place)
        case EventKind.EDIT_MESSAGE:
            return types.UpdateEditChannelMessage(message=_message(event, viewer, media), **place)
        case EventKind.DELETE_MESSAGES:
            return types.UpdateDeleteChannelMessages(channel_id=channel, messages=list(event.message_ids), **place)
        case EventKind.PINNED_MESSAGES:
            return types.UpdatePinnedChannelMessages(
                channel_id=channel, messages=list(event.message_ids), pinned=event.pinned, **place
            )
    raise ValueError(f"{event.kind!r} does not happen in a channel's box")


def _account_update(event: BoxEvent, viewer: AccountId | None, media: Any) -> Any:
    place = {"pts": event.pts, "pts_count": event.pts_count}
    match event.kind:
        case EventKind.NEW_MESSAGE:
            return types.UpdateNewMessage(message=_message(event, viewer, media), **place)
        case EventKind.EDIT_MESSAGE:
            return types.UpdateEditMessage(message=_message(event, viewer, media), **place)
        case EventKind.DELETE_MESSAGES:
            return types.UpdateDeleteMessages(messages=list(event.message_ids), **place)
        case EventKind.PINNED_MESSAGES:
            return types.UpdatePinnedMessages(
                peer=peer(_peer(event)), messages=list(event.message_ids), pinned=event.pinned, **place
            )
        case EventKind.READ_OUTBOX:
            return types.UpdateReadHistoryOutbox(peer=peer(_peer(event)), max_id=event.max_id or 0, **place)
        case EventKind.READ_INBOX:
            return _read_inbox(event)
    raise ValueError(f"{event.kind!r} has no update of its own")


def _read_inbox(event: BoxEvent) -> Any:
    reader = _peer(event)
    if reader.kind is PeerKind.CHANNEL:
        return types.UpdateReadChannelInbox(
            channel_id=reader.id, max_id=event.max_id or 0, still_unread_count=event.still_unread, pts=event.pts
        )
    return types.UpdateReadHistoryInbox(
        peer=peer(reader),
        max_id=event.max_id or 0,
        still_unread_count=event.still_unread,
        pts=event.pts,
        pts_count=event.pts_count,
    )


def _message(event: BoxEvent, viewer: AccountId | None, media: Any) -> Any:
    assert event.message is not None
    is_new = event.kind is EventKind.NEW_MESSAGE
    return convert_messages.message(event.message, viewer, media, mention_unread=is_new)


def _peer(event: BoxEvent) -> Peer:
    assert event.peer is not None
    return event.peer


def mentioned(message: Message) -> set[Peer]:
    """Name every peer that an object of this message refers to, so that the answer can carry them."""
    peers = {message.peer}
    if message.from_id is not None:
        peers.add(Peer.user(message.from_id))
    if message.forward and message.forward.from_peer:
        peers.add(message.forward.from_peer)
    for entity in message.entities:
        if entity.kind == "MentionName":
            peers.add(Peer(PeerKind.USER, int(entity.extra)))
    return peers


def told_of(events: Iterable[BoxEvent]) -> set[Peer]:
    """Name every peer that the updates of these events refer to, with those of their messages."""
    peers: set[Peer] = set()
    for event in events:
        if event.message is not None:
            peers |= mentioned(event.message)
        if event.peer is not None:
            peers.add(event.peer)
    return peers


def all_mentioned(messages: Iterable[Message]) -> set[Peer]:
    """Name every peer that one of these messages refers to."""
    return {each for message in messages for each in mentioned(message)}

"""Messages on the wire, as one viewer sees them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from parley.core.ids import AccountId
from parley.core.peers import Peer, PeerKind
from parley.messenger.messages.model import Action, Forward, Message
from parley.rpc.convert.entities import to_wire
from parley.rpc.convert.peers import peer
from parley.tl import types


def unix(moment: datetime | None) -> int | None:
    """Give Unix seconds, or None for no time."""
    return None if moment is None else int(moment.timestamp())


def message(value: Message, viewer: AccountId | None, media: Any = None, *, mention_unread: bool = False) -> Any:
    """Convert one message; `viewer` None stands for a channel's reader who is not the author.

    `media` is the converted media object when the message has one; `mention_unread` says that the viewer, whom the
    message mentions, has not looked at it.
    """
    if value.action is not None:
        return _service(value, viewer)
    return types.Message(
        id=value.id,
        out=_is_out(value, viewer),
        mentioned=viewer in value.mentions,
        media_unread=mention_unread and viewer in value.mentions,
        peer_id=peer(value.peer),
        from_id=_sender(value),
        date=int(value.date.timestamp()),
        message=value.text,
        entities=to_wire(value.entities),
        reply_to=_reply(value),
        fwd_from=_forward(value.forward),
        media=media,
        edit_date=unix(value.edit_date),
        views=value.views,
        forwards=None if value.views is None else value.forwards or 0,
        post=_is_post(value),
        post_author=value.post_author or None,
        silent=value.silent,
        pinned=value.pinned,
        noforwards=value.no_forwards,
        grouped_id=value.grouped_id,
    )


def empty(message_id: int) -> Any:
    """Stand for a message that is not there, or that the viewer may not see: both look alike."""
    return types.MessageEmpty(id=message_id)


def _service(value: Message, viewer: AccountId | None) -> Any:
    assert value.action is not None
    return types.MessageService(
        id=value.id,
        out=_is_out(value, viewer),
        peer_id=peer(value.peer),
        from_id=_sender(value),
        date=int(value.date.timestamp()),
        reply_to=_reply(value),
        post=_is_post(value),
        silent=value.silent,
        action=_action(value),
    )


def _action(value: Message) -> Any:
    assert value.action is not None
    action = value.action
    if action.action is Action.CHANNEL_CREATE:
        return types.MessageActionChannelCreate(title=action.text)
    if action.action is Action.CHANNEL_EDIT_TITLE:
        return types.MessageActionChatEditTitle(title=action.text)
    if action.action is Action.PIN_MESSAGE:
        return types.MessageActionPinMessage()
    return types.MessageActionContactSignUp()


def _is_post(value: Message) -> bool:
    return value.peer.kind is PeerKind.CHANNEL and value.from_id is None


def _is_out(value: Message, viewer: AccountId | None) -> bool:
    if value.peer.kind is PeerKind.CHANNEL:
        return viewer is not None and viewer in (value.from_id, value.author_id)
    return value.out


def _sender(value: Message) -> Any:
    """`from_id` is left out where the peer says it: a post in the channel's name, a private incoming message."""
    if value.from_id is None or (value.peer.kind is PeerKind.USER and not value.out):
        return None
    return peer(Peer.user(value.from_id))


def _reply(value: Message) -> Any:
    if value.reply_to is None:
        return None
    made = types.MessageReplyHeader(reply_to_msg_id=value.reply_to)
    if value.quote is not None:
        made.quote, made.quote_text, made.quote_offset = True, value.quote.text, value.quote.offset
        made.quote_entities = to_wire(value.quote.entities)
    return made


def _forward(value: Forward | None) -> Any:
    if value is None:
        return None
    return types.MessageFwdHeader(
        from_id=None if value.from_peer is None else peer(value.from_peer),
        from_name=value.from_name or None,
        date=int(value.date.timestamp()),
        channel_post=value.channel_post,
        post_author=value.post_author or None,
    )

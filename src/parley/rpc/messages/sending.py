"""messages.sendMessage, forwardMessages, editMessage, setTyping."""

from __future__ import annotations

from typing import Any

from parley.core.ids import MessageId
from parley.core.peers import Peer, PeerKind
from parley.messenger.errors import BadRequest
from parley.messenger.messages.model import NewMessage, Quote
from parley.messenger.messages.sending import Sent
from parley.rpc import answers
from parley.rpc.channels.senders import check_send_as
from parley.rpc.context import Context
from parley.rpc.convert import entities as convert_entities
from parley.rpc.peers import resolve_peer
from parley.rpc.registry import method
from parley.tl import functions, types


@method("messages.sendMessage")
async def send_message(ctx: Context, request: functions.messages.SendMessage) -> Any:
    """Send a text. Private messages answer with `updateShortSentMessage`, posts with the whole update."""
    _check_wishes(request)
    if request.rich_message is not None:
        raise BadRequest("RICH_MESSAGE_UNSUPPORTED")
    peer = resolve_peer(ctx, request.peer)
    await check_send_as(ctx, peer, request.send_as)
    await _check_person(ctx, peer)
    sent = await ctx.services.messages.sending.send(
        ctx.me, peer, _new(request), clear_draft=request.clear_draft, origin=ctx.session
    )
    if sent.draft_cleared:
        await ctx.services.messages.dialogs.draft_was_sent(ctx.me, peer, origin=ctx.session)
    return await _answer(ctx, sent)


@method("messages.forwardMessages")
async def forward_messages(ctx: Context, request: functions.messages.ForwardMessages) -> Any:
    """Forward messages that the caller can read."""
    _check_wishes(request)
    if request.top_msg_id:
        raise BadRequest("TOPIC_ID_INVALID")
    if request.reply_to is not None:
        raise BadRequest("REPLY_TO_INVALID")
    target = resolve_peer(ctx, request.to_peer)
    await check_send_as(ctx, target, request.send_as)
    await _check_person(ctx, target)
    sent = await ctx.services.messages.sending.forward(
        ctx.me,
        resolve_peer(ctx, request.from_peer),
        request.id,
        request.random_id,
        target,
        silent=request.silent,
        no_forwards=request.noforwards,
        drop_author=request.drop_author,
        origin=ctx.session,
    )
    told = [_message_id(item) for item in sent]
    return await answers.with_events(ctx, told, [item.event for item in sent], [Peer.user(ctx.me), target])


@method("messages.editMessage")
async def edit_message(ctx: Context, request: functions.messages.EditMessage) -> Any:
    """Give a message another text."""
    if request.message is None or request.media is not None:
        raise BadRequest("MEDIA_INVALID" if request.media is not None else "MESSAGE_EMPTY")
    if request.schedule_date:
        raise BadRequest("SCHEDULE_DATE_INVALID")
    peer = resolve_peer(ctx, request.peer)
    text = request.message
    event = await ctx.services.messages.changes.edit(
        ctx.me, peer, request.id, text, convert_entities.from_wire(request.entities, text), origin=ctx.session
    )
    return await answers.with_events(ctx, [], [event], [Peer.user(ctx.me), peer])


@method("messages.setTyping")
async def set_typing(ctx: Context, request: functions.messages.SetTyping) -> bool:
    """Tell the other end that the caller is typing; nothing of it is stored."""
    peer = resolve_peer(ctx, request.peer)
    await ctx.services.typing.typing(ctx.me, peer, request.action)
    return True


@method("messages.getWebPagePreview")
async def get_web_page_preview(ctx: Context, request: functions.messages.GetWebPagePreview) -> Any:
    """This server fetches no page of the web, so there is never a preview."""
    return types.messages.WebPagePreview(media=types.MessageMediaEmpty(), chats=[], users=[])


def _new(request: functions.messages.SendMessage) -> NewMessage:
    return NewMessage(
        text=request.message,
        random_id=request.random_id,
        entities=convert_entities.from_wire(request.entities, request.message),
        reply_to=reply_to(request.reply_to),
        quote=_quote(request.reply_to),
        silent=request.silent,
        no_forwards=request.noforwards,
    )


def reply_to(given: Any) -> MessageId | None:
    """Read which message of the same chat is answered.

    Raises:
        BadRequest: REPLY_TO_INVALID; TOPIC_ID_INVALID, as there are no topics.
    """
    if given is None:
        return None
    if not isinstance(given, types.InputReplyToMessage) or given.reply_to_peer_id is not None:
        raise BadRequest("REPLY_TO_INVALID")
    if given.top_msg_id:
        raise BadRequest("TOPIC_ID_INVALID")
    if given.monoforum_peer_id is not None or given.todo_item_id is not None or given.poll_option is not None:
        raise BadRequest("REPLY_TO_INVALID")
    return MessageId(given.reply_to_msg_id)


def _quote(given: Any) -> Quote | None:
    """Read which part of the answered message is meant."""
    text = getattr(given, "quote_text", None)
    if not text:
        return None
    return Quote(text, convert_entities.from_wire(given.quote_entities, text), given.quote_offset or 0)


def _check_wishes(request: Any) -> None:
    """Refuse what the message would go without: another time, an effect, a shortcut, a suggested post.

    Raises:
        BadRequest: SCHEDULE_DATE_INVALID, EFFECT_ID_INVALID, SHORTCUT_INVALID, SUGGESTED_POST_PEER_INVALID.
    """
    if request.schedule_date:
        raise BadRequest("SCHEDULE_DATE_INVALID")
    if request.effect:
        raise BadRequest("EFFECT_ID_INVALID")
    if request.quick_reply_shortcut is not None:
        raise BadRequest("SHORTCUT_INVALID")
    if request.suggested_post is not None:
        raise BadRequest("SUGGESTED_POST_PEER_INVALID")


async def _check_person(ctx: Context, peer: Peer) -> None:
    """A deleted account takes no messages."""
    if peer.kind is not PeerKind.USER:
        return
    account = await ctx.services.accounts.find(peer.id)  # type: ignore[arg-type]
    if account is None:
        raise BadRequest("PEER_ID_INVALID")
    if account.deleted:
        raise BadRequest("INPUT_USER_DEACTIVATED")


async def _answer(ctx: Context, sent: Sent) -> Any:
    message = sent.message
    if message.peer.kind is PeerKind.CHANNEL:
        return await answers.with_events(ctx, [_message_id(sent)], [sent.event], [message.peer])
    return types.UpdateShortSentMessage(
        out=True,
        id=message.id,
        pts=sent.event.pts,
        pts_count=sent.event.pts_count,
        date=int(message.date.timestamp()),
        entities=convert_entities.to_wire(message.entities),
    )


def _message_id(sent: Sent) -> Any:
    return types.UpdateMessageID(id=sent.message.id, random_id=sent.message.random_id or 0)

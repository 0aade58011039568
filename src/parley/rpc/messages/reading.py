"""messages.getHistory, getMessages, view counters."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from parley.core.ids import ChannelId
from parley.core.peers import Peer, PeerKind
from parley.messenger.errors import BadRequest
from parley.messenger.messages.model import Message, Page
from parley.rpc.context import Context
from parley.rpc.convert import messages as convert_messages
from parley.rpc.convert import updates as convert_updates
from parley.rpc.peers import objects, resolve_channel, resolve_peer
from parley.rpc.registry import method
from parley.tl import functions, types


@method("messages.getHistory")
async def get_history(ctx: Context, request: functions.messages.GetHistory) -> Any:
    """Give a page of a chat, newest first."""
    peer = resolve_peer(ctx, request.peer)
    page = replace(page_of(request), offset_date=request.offset_date)
    found = await ctx.services.messages.reading.history(ctx.me, peer, page)
    look(ctx, peer)
    return await answer(ctx, found.messages, found.count, peer)


@method("messages.getMessages")
async def get_messages(ctx: Context, request: functions.messages.GetMessages) -> Any:
    """Give messages of one's own chats; one that is not there answers as `messageEmpty`."""
    reading = ctx.services.messages.reading
    ids = await _named(request.id, lambda wanted: reading.by_ids(ctx.me, wanted))
    found = {m.id: m for m in await reading.by_ids(ctx.me, ids)}
    return await _by_ids(ctx, ids, found, None)


@method("channels.getMessages")
async def get_posts(ctx: Context, request: functions.channels.GetMessages) -> Any:
    """Give posts of a channel."""
    channel = resolve_channel(ctx, request.channel)
    reading = ctx.services.messages.reading
    ids = await _named(request.id, lambda wanted: reading.posts(ctx.me, channel, wanted))
    found = {m.id: m for m in await reading.posts(ctx.me, channel, ids)}
    return await _by_ids(ctx, ids, found, Peer.channel(channel))


@method("messages.getMessagesViews")
async def get_messages_views(ctx: Context, request: functions.messages.GetMessagesViews) -> Any:
    """Count a look at posts and give their counters."""
    peer = resolve_peer(ctx, request.peer)
    counted: dict[Any, int] = {}
    if peer.kind is PeerKind.CHANNEL:
        await ctx.services.messages.reading.posts(ctx.me, ChannelId(peer.id), request.id[:1])
        counted = await ctx.services.messages.views.look(
            ctx.me, ChannelId(peer.id), request.id, increment=request.increment
        )
    views = [types.MessageViews(views=counted.get(ident, 0)) for ident in request.id[:100]]
    return types.messages.MessageViews(views=views, chats=[], users=[])


@method("messages.getScheduledHistory")
async def get_scheduled_history(ctx: Context, request: functions.messages.GetScheduledHistory) -> Any:
    """Nothing can be scheduled here yet; sendMessage says so."""
    return await answer(ctx, (), 0, resolve_peer(ctx, request.peer))


def page_of(
    request: functions.messages.GetHistory | functions.messages.Search | functions.messages.GetUnreadMentions,
) -> Page:
    """Read which page of a chat is wanted, but for the date, which only histories are asked by."""
    return Page(
        offset_id=request.offset_id,
        add_offset=request.add_offset,
        limit=request.limit,
        max_id=request.max_id,
        min_id=request.min_id,
    )


def look(ctx: Context, peer: Peer) -> None:
    """Note that the session reads a channel, so that it gets its posts at once however large the channel is."""
    if peer.kind is PeerKind.CHANNEL:
        ctx.services.typing.reads(ctx.call.session, ChannelId(peer.id))


async def shown(ctx: Context, messages: Sequence[Message]) -> list[Any]:
    """Convert messages as the caller sees them; only those that mention the caller cost a look-up."""
    unread = await ctx.services.messages.mentions.unread_among(ctx.me, messages)
    return [convert_messages.message(m, ctx.me, mention_unread=(m.box_id, m.id) in unread) for m in messages]


async def answer(ctx: Context, messages: Iterable[Message], count: int, peer: Peer | None) -> Any:
    """Put a page of messages together with everybody whom it mentions."""
    page = list(messages)
    named = await objects(ctx, convert_updates.all_mentioned(page) | ({peer} if peer else set()))
    converted = await shown(ctx, page)
    if peer is not None and peer.kind is PeerKind.CHANNEL:
        pts = await ctx.services.messages.reading.pts(ChannelId(peer.id))
        return types.messages.ChannelMessages(
            pts=pts, count=count, messages=converted, topics=[], chats=named.chats, users=named.users
        )
    if count > len(converted):
        return types.messages.MessagesSlice(
            count=count, messages=converted, topics=[], chats=named.chats, users=named.users
        )
    return types.messages.Messages(messages=converted, topics=[], chats=named.chats, users=named.users)


async def _by_ids(ctx: Context, ids: Sequence[int], found: dict[Any, Message], peer: Peer | None) -> Any:
    """Answer in the order asked for, with a placeholder for what is not there."""
    named = await objects(ctx, convert_updates.all_mentioned(found.values()))
    made = {message.id: message for message in await shown(ctx, list(found.values()))}
    converted = [made.get(ident) or convert_messages.empty(ident) for ident in ids]
    if peer is None:
        return types.messages.Messages(messages=converted, topics=[], chats=named.chats, users=named.users)
    pts = await ctx.services.messages.reading.pts(ChannelId(peer.id))
    return types.messages.ChannelMessages(
        pts=pts, count=len(converted), messages=converted, topics=[], chats=named.chats, users=named.users
    )


async def _named(given: Sequence[Any], read: Callable[[Sequence[int]], Awaitable[list[Message]]]) -> list[int]:
    """Find out which messages are meant: by id, or as the one that another message answers."""
    answering = [item.id for item in given if isinstance(item, types.InputMessageReplyTo)]
    answered = {m.id: m.reply_to for m in await read(answering)} if answering else {}
    return [_input_id(item, answered) for item in given]


def _input_id(item: Any, answered: Mapping[Any, int | None]) -> int:
    if isinstance(item, types.InputMessageID):
        return item.id
    if isinstance(item, types.InputMessageReplyTo):
        return answered.get(item.id) or 0
    raise BadRequest("MESSAGE_ID_INVALID")

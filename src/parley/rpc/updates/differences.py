"""updates.getState, getDifference, getChannelDifference (core.telegram.org/api/updates)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from parley.core.peers import Peer
from parley.messenger.messages.model import BoxEvent, EventKind, Page
from parley.messenger.updates.model import Difference, Reach
from parley.rpc.context import Context
from parley.rpc.convert import dialogs as convert_dialogs
from parley.rpc.convert import updates as convert_updates
from parley.rpc.messages.reading import shown
from parley.rpc.peers import Objects, objects, resolve_channel
from parley.rpc.registry import method
from parley.tl import functions, types

#: How long a client that watches a channel waits before it asks again, in seconds.
_CHANNEL_TIMEOUT = 30


@method("updates.getState")
async def get_state(ctx: Context, request: functions.updates.GetState) -> Any:
    """Say where the caller's box stands."""
    return await _state(ctx)


@method("updates.getDifference")
async def get_difference(ctx: Context, request: functions.updates.GetDifference) -> Any:
    """Give what happened since a `pts`: all of it, a slice, or the advice to begin anew."""
    found = await ctx.services.updates.difference(ctx.me, request.pts, request.pts_limit)
    date = int(found.date.timestamp())
    if found.reach is Reach.EMPTY:
        return types.updates.DifferenceEmpty(date=date, seq=0)
    if found.reach is Reach.TOO_LONG:
        return types.updates.DifferenceTooLong(pts=found.pts)
    named = await _objects(ctx, found.events)
    parts = {
        "new_messages": await _new_messages(ctx, found.events),
        "new_encrypted_messages": [],
        "other_updates": _others(ctx, found.events),
        "chats": named.chats,
        "users": named.users,
    }
    state = await _state(ctx, found.pts)
    if found.reach is Reach.SLICE:
        return types.updates.DifferenceSlice(**parts, intermediate_state=state)
    return types.updates.Difference(**parts, state=state)


@method("updates.getChannelDifference")
async def get_channel_difference(ctx: Context, request: functions.updates.GetChannelDifference) -> Any:
    """Give what happened in a channel since a `pts`."""
    channel = resolve_channel(ctx, request.channel)
    ctx.services.typing.reads(ctx.call.session, channel)
    found = await ctx.services.updates.channel_difference(ctx.me, channel, request.pts, request.limit)
    if found.reach is Reach.EMPTY:
        return types.updates.ChannelDifferenceEmpty(final=True, pts=found.pts, timeout=_CHANNEL_TIMEOUT)
    if found.reach is Reach.TOO_LONG:
        return await _channel_too_long(ctx, Peer.channel(channel), found)
    named = await _objects(ctx, found.events, Peer.channel(channel))
    return types.updates.ChannelDifference(
        final=found.reach is Reach.FINAL,
        pts=found.pts,
        timeout=_CHANNEL_TIMEOUT,
        new_messages=await _new_messages(ctx, found.events),
        other_updates=_others(ctx, found.events),
        chats=named.chats,
        users=named.users,
    )


async def _channel_too_long(ctx: Context, peer: Peer, found: Difference) -> Any:
    page = await ctx.services.messages.reading.history(ctx.me, peer, Page(limit=20))
    dialogs = await ctx.services.messages.dialogs.of_peers(ctx.me, [peer])
    dialog = dialogs.dialogs[0]
    named = await objects(ctx, convert_updates.all_mentioned(page.messages) | {peer})
    return types.updates.ChannelDifferenceTooLong(
        final=True,
        timeout=_CHANNEL_TIMEOUT,
        dialog=convert_dialogs.dialog(
            replace(dialog, pts=found.pts), await ctx.services.preferences.all_notify_settings(ctx.me)
        ),
        messages=await shown(ctx, page.messages),
        chats=named.chats,
        users=named.users,
    )


async def _state(ctx: Context, pts: int | None = None) -> Any:
    state = await ctx.services.updates.state(ctx.me)
    return types.updates.State(
        pts=state.pts if pts is None else pts,
        qts=state.qts,
        date=int(state.date.timestamp()),
        seq=state.seq,
        unread_count=state.unread,
    )


async def _objects(ctx: Context, events: Sequence[BoxEvent], *more: Peer) -> Objects:
    return await objects(ctx, convert_updates.told_of(events).union(more))


async def _new_messages(ctx: Context, events: Sequence[BoxEvent]) -> list[Any]:
    new = [event.message for event in events if event.kind is EventKind.NEW_MESSAGE]
    return await shown(ctx, [message for message in new if message is not None])


def _others(ctx: Context, events: Sequence[BoxEvent]) -> list[Any]:
    return [convert_updates.update(e, ctx.me) for e in events if e.kind is not EventKind.NEW_MESSAGE]

"""Answers of the type `Updates`: what a call changed, with the objects that it mentions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from parley.core.peers import Peer
from parley.messenger.messages.model import BoxEvent
from parley.rpc.context import Context
from parley.rpc.convert import updates as convert_updates
from parley.rpc.peers import objects
from parley.tl import types


async def updates(ctx: Context, told: list[Any], peers: Iterable[Peer]) -> types.Updates:
    """Put updates and the objects of `peers` together for the caller."""
    shown = await objects(ctx, peers)
    return types.Updates(
        updates=told,
        users=shown.users,
        chats=shown.chats,
        date=int(ctx.services.clock.now().timestamp()),
        seq=0,
    )


async def with_events(
    ctx: Context, told: list[Any], events: Iterable[BoxEvent], peers: Iterable[Peer]
) -> types.Updates:
    """As `updates`, followed by events of boxes and everybody whom their messages mention."""
    more = list(events)
    known = convert_updates.told_of(more).union(peers)
    return await updates(ctx, told + [convert_updates.update(event, ctx.me) for event in more], known)

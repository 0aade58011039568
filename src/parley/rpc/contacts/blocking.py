"""Blocking people and channels."""

from __future__ import annotations

from parley.rpc.context import Context
from parley.rpc.convert import peers as convert_peers
from parley.rpc.peers import objects, resolve_peer
from parley.rpc.registry import method
from parley.tl import functions, types

_PAGE = 100


@method("contacts.block")
async def block(ctx: Context, request: functions.contacts.Block) -> bool:
    """Block a peer."""
    await ctx.services.blocks.block(ctx.me, resolve_peer(ctx, request.id), origin=ctx.session)
    return True


@method("contacts.unblock")
async def unblock(ctx: Context, request: functions.contacts.Unblock) -> bool:
    """Stop blocking a peer."""
    await ctx.services.blocks.unblock(ctx.me, resolve_peer(ctx, request.id), origin=ctx.session)
    return True


@method("contacts.getBlocked")
async def get_blocked(
    ctx: Context, request: functions.contacts.GetBlocked
) -> types.contacts.Blocked | types.contacts.BlockedSlice:
    """Give one page of what the caller has blocked, the newest first."""
    all_of_them = list((await ctx.services.blocks.list(ctx.me)).values())
    start, length = max(0, request.offset), min(max(0, request.limit), _PAGE)
    page = all_of_them[start : start + length]
    shown = await objects(ctx, [entry.peer for entry in page])
    rows = [types.PeerBlocked(peer_id=convert_peers.peer(e.peer), date=int(e.blocked_at.timestamp())) for e in page]
    if len(page) == len(all_of_them):
        return types.contacts.Blocked(blocked=rows, chats=shown.chats, users=shown.users)
    return types.contacts.BlockedSlice(count=len(all_of_them), blocked=rows, chats=shown.chats, users=shown.users)

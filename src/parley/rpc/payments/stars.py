"""payments.getStarsStatus: what the ledger says that an account has."""

from __future__ import annotations

from typing import Any

from parley.core.peers import Peer
from parley.messenger.errors import BadRequest
from parley.rpc.context import Context
from parley.rpc.peers import resolve_peer
from parley.rpc.registry import method
from parley.tl import functions, types

_NANOS = 1_000_000_000


@method("payments.getStarsStatus")
async def get_stars_status(ctx: Context, request: functions.payments.GetStarsStatus) -> Any:
    """Give the caller's own balance."""
    if resolve_peer(ctx, request.peer) != Peer.user(ctx.me):
        raise BadRequest("PEER_ID_INVALID")
    stars, nanos = divmod(await ctx.services.balances.balance(ctx.me), _NANOS)
    return types.payments.StarsStatus(
        balance=types.StarsAmount(amount=stars, nanos=nanos), history=[], chats=[], users=[]
    )

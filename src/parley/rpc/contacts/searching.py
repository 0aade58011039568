"""contacts.search: the caller's own contacts and chats first, then everybody and everything that search lists."""

from __future__ import annotations

from collections.abc import Collection

from parley.core.ids import AccountId, ChannelId
from parley.core.peers import Peer, PeerKind
from parley.messenger.accounts.rules import name_matches
from parley.messenger.channels import rules as channel_rules
from parley.messenger.search.errors import QueryEmpty, QueryTooShort
from parley.rpc.context import Context
from parley.rpc.convert import peers as convert_peers
from parley.rpc.peers import objects
from parley.rpc.registry import method
from parley.tl import functions, types

_SHORTEST = 3
_MOST = 50


@method("contacts.search")
async def search(ctx: Context, request: functions.contacts.Search) -> types.contacts.Found:
    """Find people, bots and public channels by name, with typing errors."""
    query = request.q.strip()
    if not query:
        raise QueryEmpty
    if len(query.lstrip("@")) < _SHORTEST:
        raise QueryTooShort
    limit = max(1, min(request.limit, _MOST))
    mine = [*await _own_contacts(ctx, query), *await _own_channels(ctx, query)][:limit]
    found = await _shown(ctx, (await ctx.services.search.people(query, limit)).peers)
    results = [peer for peer in found if _wanted(request, peer) and peer not in mine]
    shown = await objects(ctx, [*mine, *results])
    return types.contacts.Found(
        my_results=[convert_peers.peer(peer) for peer in mine if _wanted(request, peer)],
        results=[convert_peers.peer(peer) for peer in results],
        chats=shown.chats,
        users=shown.users,
    )


def _wanted(request: functions.contacts.Search, peer: Peer) -> bool:
    return peer.kind is PeerKind.CHANNEL or not request.broadcasts


async def _own_contacts(ctx: Context, query: str) -> list[Peer]:
    book = await ctx.services.books.of(ctx.me)
    accounts = await ctx.services.accounts.get_many(book.keys())
    wanted, found = query.lstrip("@").casefold(), []
    for ident, entry in book.items():
        written = f"{entry.first_name} {entry.last_name}".casefold()
        by_name = written.startswith(wanted) or any(word.startswith(wanted) for word in written.split())
        if by_name or (ident in accounts and name_matches(accounts[ident], query)):
            found.append(Peer.user(ident))
    return found


async def _own_channels(ctx: Context, query: str) -> list[Peer]:
    directory = ctx.services.directory
    channels = await directory.get_many(await directory.of_account(ctx.me))
    wanted = query.lstrip("@").casefold()
    return [
        Peer.channel(ident)
        for ident, channel in channels.items()
        if wanted in channel.title.casefold() or (channel.username or "").casefold().startswith(wanted)
    ]


async def _shown(ctx: Context, peers: Collection[Peer]) -> list[Peer]:
    """Leave out what was deleted, closed or made private since it was indexed."""
    users = {AccountId(p.id) for p in peers if p.kind is PeerKind.USER}
    ids = {ChannelId(p.id) for p in peers if p.kind is PeerKind.CHANNEL}
    accounts = await ctx.services.accounts.get_many(users)
    channels = await ctx.services.directory.get_many(ids)
    places = await ctx.services.directory.memberships(ctx.me, ids)
    open_ones = {Peer.user(i) for i, account in accounts.items() if not account.deleted}
    open_ones |= {Peer.channel(i) for i, c in channels.items() if channel_rules.can_view(c, places.get(i))}
    return [peer for peer in peers if peer in open_ones]

"""Finding people and channels by what one knows of them, and small lists that clients ask for on start."""

from __future__ import annotations

from parley.core.ids import AccountId, ChannelId
from parley.core.peers import Peer, PeerKind
from parley.messenger.accounts import rules as account_rules
from parley.messenger.channels import rules as channel_rules
from parley.messenger.errors import BadRequest
from parley.rpc.context import Context
from parley.rpc.convert import peers as convert_peers
from parley.rpc.peers import objects
from parley.rpc.registry import method
from parley.tl import functions, types


@method("contacts.resolveUsername")
async def resolve_username(
    ctx: Context, request: functions.contacts.ResolveUsername
) -> types.contacts.ResolvedPeer:
    """Find who holds a username; a channel that the caller may not see holds none."""
    if not account_rules.fold_username(request.username):
        raise BadRequest("USERNAME_INVALID")
    found = await ctx.services.accounts.by_username(request.username)
    if found is None or not await _open_to(ctx, found):
        raise BadRequest("USERNAME_NOT_OCCUPIED")
    return await _resolved(ctx, found)


@method("contacts.resolvePhone")
async def resolve_phone(ctx: Context, request: functions.contacts.ResolvePhone) -> types.contacts.ResolvedPeer:
    """Find who holds a number, if they let themselves be found."""
    account = await ctx.services.contacts.by_phone(ctx.me, request.phone)
    return await _resolved(ctx, Peer.user(account))


@method("contacts.getTopPeers")
async def get_top_peers(ctx: Context, request: functions.contacts.GetTopPeers) -> types.contacts.TopPeersDisabled:
    """Say that nobody counts here with whom one talks how often."""
    return types.contacts.TopPeersDisabled()


@method("contacts.getSponsoredPeers")
async def get_sponsored_peers(
    ctx: Context, request: functions.contacts.GetSponsoredPeers
) -> types.contacts.SponsoredPeersEmpty:
    """Say that no search result is paid for."""
    return types.contacts.SponsoredPeersEmpty()


@method("contacts.getBirthdays")
async def get_birthdays(ctx: Context, request: functions.contacts.GetBirthdays) -> types.contacts.ContactBirthdays:
    """List contacts whose birthday is near: accounts here have none."""
    return types.contacts.ContactBirthdays(contacts=[], users=[])


async def _open_to(ctx: Context, peer: Peer) -> bool:
    if peer.kind is PeerKind.USER:
        account = await ctx.services.accounts.find(AccountId(peer.id))
        return account is not None and not account.deleted
    channel_id = ChannelId(peer.id)
    channel = await ctx.services.directory.find(channel_id)
    place = await ctx.services.directory.membership(channel_id, ctx.me)
    return channel is not None and channel_rules.can_view(channel, place)


async def _resolved(ctx: Context, peer: Peer) -> types.contacts.ResolvedPeer:
    shown = await objects(ctx, [peer])
    return types.contacts.ResolvedPeer(peer=convert_peers.peer(peer), chats=shown.chats, users=shown.users)

"""Who a client means: inputs with access hashes become peers, and peers become the objects of an answer.

An input that this server never gave to the caller answers exactly as one that does not exist.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from parley.core.ids import AccountId, ChannelId
from parley.core.peers import Peer, PeerKind
from parley.messenger.errors import BadRequest
from parley.rpc.context import Context
from parley.rpc.convert import channels as convert_channels
from parley.rpc.convert import users as convert_users
from parley.rpc.convert.channels import ChannelView


@dataclass(slots=True)
class Objects:
    """The users and chats that an answer carries, converted for the caller."""

    users: list[Any] = field(default_factory=list)
    chats: list[Any] = field(default_factory=list)


def resolve_peer(context: Context, given: Any) -> Peer:
    """Read an `InputPeer`, an `InputUser` or an `InputChannel`.

    The forms that name a peer by a message are for objects without an access hash, which we never send.

    Raises:
        BadRequest: PEER_ID_INVALID, USER_ID_INVALID or CHANNEL_INVALID.
    """
    name = given.TL_NAME
    if name in ("inputPeerSelf", "inputUserSelf"):
        return Peer.user(context.me)
    if name in ("inputPeerUser", "inputUser"):
        return _checked(context, Peer(PeerKind.USER, given.user_id), given.access_hash)
    if name in ("inputPeerChannel", "inputChannel"):
        return _checked(context, Peer(PeerKind.CHANNEL, given.channel_id), given.access_hash)
    if name == "inputPeerChat":
        raise BadRequest("CHAT_ID_INVALID")
    raise BadRequest("PEER_ID_INVALID")


def resolve_user(context: Context, given: Any) -> AccountId:
    """Read an `InputUser` or an `InputPeer` that must be a user.

    Raises:
        BadRequest: USER_ID_INVALID.
    """
    peer = resolve_peer(context, given)
    if peer.kind is not PeerKind.USER:
        raise BadRequest("USER_ID_INVALID")
    return AccountId(peer.id)


def resolve_channel(context: Context, given: Any) -> ChannelId:
    """Read an `InputChannel` or an `InputPeer` that must be a channel.

    Raises:
        BadRequest: CHANNEL_INVALID.
    """
    peer = resolve_peer(context, given)
    if peer.kind is not PeerKind.CHANNEL:
        raise BadRequest("CHANNEL_INVALID")
    return ChannelId(peer.id)


async def objects(context: Context, peers: Iterable[Peer]) -> Objects:
    """Load and convert the users and chats that an answer mentions, as the caller sees them."""
    wanted = set(peers)
    return Objects(
        await users(context, {AccountId(p.id) for p in wanted if p.kind is PeerKind.USER}),
        await chats(context, {ChannelId(p.id) for p in wanted if p.kind is PeerKind.CHANNEL}),
    )


async def users(context: Context, ids: Collection[AccountId]) -> list[Any]:
    """Convert people as the caller sees them."""
    services, me = context.services, context.me
    seen = await services.people.seen_by(me, ids) if ids else {}
    return [convert_users.user(p, services.access.of(me, Peer.user(i))) for i, p in seen.items()]


async def chats(context: Context, ids: Collection[ChannelId]) -> list[Any]:
    """Convert channels as the caller sees them."""
    services, me = context.services, context.me
    if not ids:
        return []
    found = await services.directory.get_many(ids)
    places = await services.directory.memberships(me, list(found))
    return [
        convert_channels.channel(
            channel, ChannelView(services.access.of(me, Peer.channel(ident)), places.get(ident))
        )
        for ident, channel in found.items()
    ]


def _checked(context: Context, peer: Peer, shown: int) -> Peer:
    if peer == Peer.user(context.me):
        return peer
    context.services.access.check(context.me, peer, shown)
    return peer

"""Passing signs: typing, presence, changed channels. They are pushed to who is online and stored nowhere."""

from __future__ import annotations

from typing import Any

from parley.core.ids import AccountId, ChannelId, box_of_account, box_of_channel
from parley.core.peers import Peer, PeerKind
from parley.messenger.contacts.blocks import Blocks
from parley.messenger.updates.fanout import Fanout
from parley.messenger.updates.onlookers import Onlookers
from parley.mtproto.session import Session
from parley.rpc.convert import users as convert_users
from parley.rpc.convert.peers import peer as wire_peer
from parley.rpc.push.encoder import Passing
from parley.tl import types


class PassingSigns:
    """Fills the `Typing` port, and tells accounts of what changed around them."""

    def __init__(self, fanout: Fanout, blocks: Blocks, onlookers: Onlookers) -> None:
        self._fanout = fanout
        self._blocks = blocks
        self._onlookers = onlookers

    async def typing(self, sender: AccountId, peer: Peer, action: Any) -> None:
        """Tell the other end of a private chat, or a channel's members in a supergroup."""
        if peer.kind is PeerKind.CHANNEL:
            update = types.UpdateChannelUserTyping(
                channel_id=peer.id, from_id=wire_peer(Peer.user(sender)), action=action
            )
            self._fanout.tell(box_of_channel(ChannelId(peer.id)), [Passing(update, (Peer.user(sender), peer))])
            return
        receiver = AccountId(peer.id)
        if receiver == sender or await self._blocks.is_blocked(receiver, sender):
            return
        private = types.UpdateUserTyping(user_id=sender, action=action)
        self._fanout.tell(box_of_account(receiver), [Passing(private, (Peer.user(sender),))])

    def reads(self, session: Session, channel: ChannelId) -> None:
        """Note that a session looks at a channel."""
        self._fanout.reads(session, channel)

    def channel_changed(self, channel: ChannelId) -> None:
        """Tell a channel's members who are online that they should look at it anew."""
        update = types.UpdateChannel(channel_id=channel)
        self._fanout.tell(box_of_channel(channel), [Passing(update, (Peer.channel(channel),))])

    def place_changed(self, account: AccountId, channel: ChannelId) -> None:
        """Tell an account's sessions that its place in a channel changed."""
        update = types.UpdateChannel(channel_id=channel)
        self._fanout.tell(box_of_account(account), [Passing(update, (Peer.channel(channel),))])

    async def presence_changed(self, account: AccountId) -> None:
        """Tell those near a person, as far as each may know it, that the person came or went."""
        for viewer, seen in (await self._onlookers.of(account)).items():
            update = types.UpdateUserStatus(user_id=account, status=convert_users.status(seen))
            self._fanout.tell(box_of_account(viewer), [Passing(update)])

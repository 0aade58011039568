"""Changing what was sent: edits, deletions, read marks and pins, for oneself and for the other end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from parley.core.clock import Clock
from parley.core.ids import AccountId, BoxId, ChannelId, MessageId, box_of_account, box_of_channel
from parley.core.peers import Peer, PeerKind
from parley.messenger.errors import BadRequest
from parley.messenger.messages import content, dialog_store, marks, rules, store
from parley.messenger.messages.model import BoxEvent, Entity, EventKind, Media, Message
from parley.messenger.messages.ports import ChannelRights, EventSink, PostListener
from parley.messenger.messages.relay import Relay
from parley.storage.database import Database

HISTORY_STEP = 500
#: Above every id that a box can give out.
NEWEST = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Affected:
    """What messages.affectedMessages and affectedHistory tell: the box's pts now, the steps, what is left to do."""

    pts: int
    pts_count: int
    more: bool = False


class Changes:
    """Actions on messages that exist."""

    def __init__(
        self, database: Database, clock: Clock, *, rights: ChannelRights, sink: EventSink, relay: Relay,
        posts: PostListener,
    ) -> None:  # fmt: skip
        self._database = database
        self._clock = clock
        self._rights = rights
        self._sink = sink
        self._relay = relay
        self._posts = posts

    async def edit(
        self, editor: AccountId, peer: Peer, message_id: int, text: str, entities: Sequence[Entity], *,
        media: Media | None = None, origin: int | None = None,
    ) -> BoxEvent:  # fmt: skip
        """Give a message another text (and media, if given).

        Raises:
            BadRequest: `MESSAGE_ID_INVALID`, `MESSAGE_NOT_MODIFIED`, `MESSAGE_EDIT_TIME_EXPIRED`, bad content.
            Forbidden: `MESSAGE_AUTHOR_REQUIRED`, a missing right in the channel.
        """
        box = _box(editor, peer)
        message = await self._existing(box, peer, message_id)
        now = self._clock.now()
        if peer.kind is PeerKind.CHANNEL:
            await self._rights.check_editing(ChannelId(peer.id), editor, message)
        else:
            rules.check_private_edit(message, editor, now)
        edited = replace(message, text=text, entities=tuple(entities), media=media or message.media, edit_date=now)
        rules.check_content(edited)
        edited = replace(edited, entities=marks.marked(text, edited.entities))
        if not rules.changes(message, edited):
            raise BadRequest("MESSAGE_NOT_MODIFIED")
        target = _target(editor, peer)
        pts = await store.edit(self._database, box, message.id, text, content.stored(edited), now, target)
        event = BoxEvent(box, pts, 1, EventKind.EDIT_MESSAGE, now, message=edited)
        self._tell(event, origin, relayed=target is not None)
        if peer.kind is PeerKind.CHANNEL:
            self._posts.posted([edited])
        return event

    async def delete(
        self, account: AccountId, ids: Sequence[int], *, revoke: bool, origin: int | None = None
    ) -> Affected:
        """Delete from one's own box, with `revoke` from the other end's too; what is not there is passed over."""
        rules.check_ids(ids)
        return await self._delete(box_of_account(account), ids, revoke, origin)

    async def delete_posts(
        self, account: AccountId, channel: ChannelId, ids: Sequence[int], *, origin: int | None = None
    ) -> Affected:
        """Delete posts of a channel. Raises Forbidden without the right."""
        rules.check_ids(ids)
        found = await store.messages_by_id(self._database, box_of_channel(channel), ids)
        await self._rights.check_deleting(channel, account, list(found.values()))
        return await self.remove_posts(channel, ids, origin=origin)

    async def remove_posts(self, channel: ChannelId, ids: Sequence[int], *, origin: int | None = None) -> Affected:
        """Remove posts by a decision that was made elsewhere (a moderator's); the caller has checked it."""
        affected = await self._delete(box_of_channel(channel), ids, False, origin)
        self._posts.removed(channel, [MessageId(id_) for id_ in ids])
        return affected

    async def delete_history(
        self, account: AccountId, peer: Peer, max_id: int, *, revoke: bool, keep_dialog: bool,
        origin: int | None = None,
    ) -> Affected:  # fmt: skip
        """Delete a private chat up to `max_id` (0: all), 500 messages per call; `more` says to call again."""
        box = box_of_account(account)
        ids = await store.newest_ids(self._database, box, peer.box, max_id, HISTORY_STEP)
        affected = await self._delete(box, ids, revoke, origin)
        more = len(ids) == HISTORY_STEP
        if not more and not keep_dialog:
            await dialog_store.remove_empty(self._database, box, peer.box)
        return replace(affected, more=more)

    async def read(self, account: AccountId, peer: Peer, max_id: int, *, origin: int | None = None) -> Affected:
        """Mark a private chat as read up to `max_id` (0: all); the other end learns it."""
        box = box_of_account(account)
        now = self._clock.now()
        pts, unread, read = await store.read_dialog(self._database, box, peer.box, max_id or NEWEST, now)
        if not pts:
            return Affected(await dialog_store.pts(self._database, box), 0)
        event = BoxEvent(box, pts, 1, EventKind.READ_INBOX, now, peer=peer, max_id=read, still_unread=unread)
        self._tell(event, origin, relayed=True)
        return Affected(pts, 1)

    async def read_channel(
        self, account: AccountId, channel: ChannelId, max_id: int, *, origin: int | None = None
    ) -> bool:
        """Move a member's read mark in a channel; whether it moved. One's other sessions hear of it."""
        await self._rights.check_reading(channel, account)
        box = box_of_account(account)
        channel_box = box_of_channel(channel)
        state = await dialog_store.channel_state(self._database, channel_box)
        up_to = min(max_id, state.last_id) if max_id else state.last_id
        if not await dialog_store.read_channel(self._database, box, channel_box, up_to):
            return False
        unread = await dialog_store.channel_unread(self._database, channel_box, up_to, account)
        event = BoxEvent(
            box, state.pts, 0, EventKind.READ_INBOX, self._clock.now(),
            peer=Peer.channel(channel), max_id=MessageId(up_to), still_unread=unread,
        )  # fmt: skip
        self._sink.publish([event], origin=origin)
        return True

    async def pin(
        self, account: AccountId, peer: Peer, ids: Sequence[int], *, pinned: bool, one_side: bool = False,
        origin: int | None = None,
    ) -> BoxEvent | None:  # fmt: skip
        """Pin or unpin messages of a dialog; None when nothing changed."""
        if peer.kind is PeerKind.CHANNEL:
            await self._rights.check_pinning(ChannelId(peer.id), account)
        box = _box(account, peer)
        now = self._clock.now()
        target = None if one_side else _target(account, peer)
        pts, changed = await store.pin(self._database, box, peer.box, ids, pinned, now, target)
        if not pts:
            return None
        event = BoxEvent(
            box, pts, len(changed), EventKind.PINNED_MESSAGES, now,
            peer=peer, message_ids=tuple(changed), pinned=pinned,
        )  # fmt: skip
        self._tell(event, origin, relayed=target is not None)
        return event

    async def _existing(self, box: BoxId, peer: Peer, message_id: int) -> Message:
        found = await store.messages_by_id(self._database, box, [message_id])
        message = found.get(MessageId(message_id))
        if message is None or message.peer != peer:
            raise BadRequest("MESSAGE_ID_INVALID")
        return message

    async def _delete(self, box: BoxId, ids: Sequence[int], revoke: bool, origin: int | None) -> Affected:
        now = self._clock.now()
        pts, gone = await store.delete(self._database, box, ids, revoke, now)
        if not pts:
            return Affected(await dialog_store.pts(self._database, box), 0)
        event = BoxEvent(box, pts, len(gone), EventKind.DELETE_MESSAGES, now, message_ids=tuple(gone))
        self._tell(event, origin, relayed=revoke)
        return Affected(pts, len(gone))

    def _tell(self, event: BoxEvent, origin: int | None, *, relayed: bool) -> None:
        self._sink.publish([event], origin=origin)
        if relayed:
            self._relay.follow(event.box_id, event.pts)


def _box(account: AccountId, peer: Peer) -> BoxId:
    """Where the dialog's messages lie: in the channel's box or in the account's own."""
    return peer.box if peer.kind is PeerKind.CHANNEL else box_of_account(account)


def _target(account: AccountId, peer: Peer) -> BoxId | None:
    """The box of the other end, if there is one."""
    return peer.box if peer.kind is PeerKind.USER and peer.id != account else None

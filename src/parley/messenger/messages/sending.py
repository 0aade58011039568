"""Sending and forwarding: into the sender's box, or a channel's, once per random id; copies follow by the relay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from parley.core.clock import Clock
from parley.core.ids import AccountId, ChannelId, MessageId, box_of_account
from parley.core.peers import Peer, PeerKind
from parley.core.tasks import Supervisor
from parley.messenger.errors import BadRequest
from parley.messenger.messages import boxes, dialog_store, marks, rules, store
from parley.messenger.messages.boxes import Append, Appended, Status
from parley.messenger.messages.mentions import Mentions
from parley.messenger.messages.model import BoxEvent, EventKind, Forward, Message, NewMessage
from parley.messenger.messages.ports import Authors, Blocks, ChannelRights, EventSink, PostListener, SendGate
from parley.messenger.messages.relay import Relay
from parley.storage.database import Database

RIGHTS_ATTEMPTS: Final = 3


@dataclass(frozen=True, slots=True)
class Sent:
    """A committed message and its event.

    `repeated` says that an earlier call with its random id made it, `draft_cleared` that the draft has become it.
    """

    message: Message
    event: BoxEvent
    repeated: bool = False
    draft_cleared: bool = False


class Sending:
    """Every way in which a new message comes into being."""

    def __init__(
        self, database: Database, tasks: Supervisor, clock: Clock, *, gate: SendGate, blocks: Blocks,
        rights: ChannelRights, authors: Authors, mentions: Mentions, sink: EventSink, relay: Relay,
        posts: PostListener,
    ) -> None:  # fmt: skip
        self._database = database
        self._clock = clock
        self._gate = gate
        self._blocks = blocks
        self._rights = rights
        self._authors = authors
        self._mentions = mentions
        self._sink = sink
        self._relay = relay
        self._posts = posts
        self._writer = boxes.append_writer(database, tasks)

    async def send(
        self,
        sender: AccountId,
        peer: Peer,
        message: NewMessage,
        *,
        clear_draft: bool = False,
        origin: int | None = None,
    ) -> Sent:
        """Send to a person, to oneself, or post in a channel. A known random id gives the first result again.

        `clear_draft` says that the sender's draft in this dialog has become this message.

        Raises:
            MessengerError: the content, the peer or the right to write is wrong; named as in messages.sendMessage.
        """
        rules.check_random_id(message.random_id)
        rules.check_content(message)
        rules.dialog_peer(peer)
        message = _marked(message)
        await self._gate.check(sender, peer, message)
        answered = None
        if message.quote is not None:
            answered = await self._answered(sender, peer, message)
            message = replace(message, quote=rules.placed(message.quote, answered))
        if peer.kind is PeerKind.CHANNEL:
            sent = await self._post(sender, ChannelId(peer.id), message, answered, origin)
            cleared = clear_draft and await dialog_store.clear_draft(
                self._database, box_of_account(sender), peer.box
            )
        else:
            sent = await self._send_private(sender, AccountId(peer.id), message, clear_draft, origin)
            cleared = clear_draft  # the append drops it, and does not say whether there was one
        return replace(sent, draft_cleared=cleared)

    async def send_from_service(self, service: AccountId, account: AccountId, message: NewMessage) -> None:
        """A message of the server's own account: no gate, no block; only the receiver's box grows.

        With a random id derived from its cause a repeat is harmless.
        """
        message = _marked(message)
        item = Append(
            box_id=box_of_account(account),
            peer=box_of_account(service),
            from_id=service,
            sender_id=service,
            date=self._clock.now(),
            out=False,
            message=message,
            extra=boxes.extra_of(message),
        )
        await self._finish(item, await self._writer.write(item), None)

    async def service_post(self, actor: AccountId, channel: ChannelId, message: NewMessage) -> Sent:
        """A service message of a channel ("channel created"); the caller has checked the right."""
        return await self._post_as(actor, channel, message, version=None, as_channel=True, views=None, origin=None)

    async def forward(
        self, sender: AccountId, source: Peer, ids: Sequence[int], random_ids: Sequence[int], target: Peer, *,
        silent: bool = False, no_forwards: bool = False, drop_author: bool = False, origin: int | None = None,
    ) -> list[Sent]:  # fmt: skip
        """Forward messages that `sender` can read; those that are gone are left out.

        Raises:
            BadRequest: `MESSAGE_IDS_EMPTY`, `RANDOM_ID_INVALID`, `MESSAGE_ID_INVALID` (none is there),
                `CHAT_FORWARDS_RESTRICTED`.
        """
        rules.check_ids(ids)
        if len(ids) != len(random_ids) or len(set(random_ids)) != len(random_ids):
            raise BadRequest("RANDOM_ID_INVALID")
        found = await self._readable(sender, source, ids)
        if not found:
            raise BadRequest("MESSAGE_ID_INVALID")
        if any(message.no_forwards for message in found.values()):
            raise BadRequest("CHAT_FORWARDS_RESTRICTED")
        sent = []
        for id_, random_id in zip(ids, random_ids, strict=True):
            if message := found.get(MessageId(id_)):
                came_from = None if drop_author else await self._came_from(message, sender)
                copy = _forwarded(message, random_id, came_from, silent=silent, no_forwards=no_forwards)
                sent.append(await self.send(sender, target, copy, origin=origin))
        return sent

    async def close(self) -> None:
        """Finish what was accepted."""
        await self._writer.close()

    async def _readable(self, account: AccountId, source: Peer, ids: Sequence[int]) -> dict[MessageId, Message]:
        if source.kind is PeerKind.CHANNEL:
            await self._rights.check_reading(ChannelId(source.id), account)
            found = await store.messages_by_id(self._database, source.box, ids)
        else:
            found = await store.messages_by_id(self._database, box_of_account(account), ids)
        return {id_: m for id_, m in found.items() if m.peer == source and m.action is None}

    async def _came_from(self, message: Message, forwarder: AccountId) -> Forward:
        """Where a message first came from, with a link to its author where the author allows one."""
        origin = _origin(message)
        if origin.from_peer is None or origin.from_peer.kind is not PeerKind.USER:
            return origin
        name = await self._authors.hidden_name(AccountId(origin.from_peer.id), forwarder)
        return origin if name is None else Forward(None, name, origin.date)

    async def _answered(self, sender: AccountId, peer: Peer, message: NewMessage) -> Message | None:
        found = await self._readable(sender, peer, [] if message.reply_to is None else [message.reply_to])
        return next(iter(found.values()), None)

    async def _send_private(
        self, sender: AccountId, receiver: AccountId, message: NewMessage, clear_draft: bool, origin: int | None
    ) -> Sent:
        alone = sender == receiver
        hidden = alone or await self._blocks.has_blocked(receiver, sender)
        item = Append(
            box_id=box_of_account(sender),
            peer=box_of_account(receiver),
            from_id=sender,
            sender_id=sender,
            date=self._clock.now(),
            out=not alone,
            message=message,
            extra=boxes.extra_of(message),
            target=None if hidden else box_of_account(receiver),
            clears_draft=clear_draft,
        )
        return await self._finish(item, await self._writer.write(item), origin)

    async def _post(
        self, sender: AccountId, channel: ChannelId, message: NewMessage, answered: Message | None,
        origin: int | None,
    ) -> Sent:  # fmt: skip
        for attempt in range(RIGHTS_ATTEMPTS):
            right = await self._rights.posting(channel, sender, fresh=attempt > 0)
            signed = replace(message, post_author=right.signature) if right.signature else message
            if not right.as_channel and (meant := await self._mentions.meant(sender, channel, signed, answered)):
                signed = replace(signed, mentions=meant)
            try:
                return await self._post_as(
                    sender, channel, signed, version=right.version, as_channel=right.as_channel,
                    views=1 if right.counts_views else None, origin=origin,
                )  # fmt: skip
            except _StaleRights:
                continue
        raise BadRequest("CHAT_WRITE_FORBIDDEN", 403)

    async def _post_as(
        self, actor: AccountId, channel: ChannelId, message: NewMessage, *, version: int | None, as_channel: bool,
        views: int | None, origin: int | None,
    ) -> Sent:  # fmt: skip
        box = Peer.channel(channel).box
        item = Append(
            box_id=box,
            peer=box,
            from_id=None if as_channel else actor,
            sender_id=actor,
            date=self._clock.now(),
            out=False,
            message=message,
            extra=boxes.extra_of(message),
            views=views,
            rights=version,
        )
        sent = await self._finish(item, await self._writer.write(item), origin)
        if not sent.repeated:
            self._posts.posted([sent.message])
        return sent

    async def _finish(self, item: Append, stored: Appended, origin: int | None) -> Sent:
        """After the commit: tell the sessions, start the copy, answer."""
        if stored.status is Status.STALE_RIGHTS:
            raise _StaleRights
        if stored.status is Status.REPEATED:
            return await self._repeated(item, stored)
        message = boxes.as_message(item, stored)
        event = BoxEvent(item.box_id, stored.pts, 1, EventKind.NEW_MESSAGE, stored.date, message=message)
        if message.mentions:
            await self._mentions.note(message)
        self._sink.publish([event], origin=origin)
        if item.target is not None:
            self._relay.send_copy(item, stored)
        return Sent(message, event)

    async def _repeated(self, item: Append, stored: Appended) -> Sent:
        message = await store.message_at(self._database, item.box_id, stored.pts, stored.id)
        if message is None:
            raise BadRequest("RANDOM_ID_DUPLICATE")
        event = BoxEvent(item.box_id, stored.pts, 1, EventKind.NEW_MESSAGE, stored.date, message=message)
        return Sent(message, event, repeated=True)


class _StaleRights(Exception):
    """The rights were checked against an older version of the channel."""


def _marked(message: NewMessage) -> NewMessage:
    """The message with what the server finds in its text; the very same when that is nothing."""
    entities = marks.marked(message.text, message.entities)
    return message if entities is message.entities else replace(message, entities=entities)


def _forwarded(
    message: Message, random_id: int, came_from: Forward | None, *, silent: bool, no_forwards: bool
) -> NewMessage:
    return NewMessage(
        text=message.text,
        random_id=random_id,
        entities=message.entities,
        forward=came_from,
        media=message.media,
        silent=silent,
        no_forwards=no_forwards,
    )


def _origin(message: Message) -> Forward:
    """Where the message first came from; a forward of a forward keeps the first origin."""
    if message.forward is not None:
        return message.forward
    if message.from_id is None:
        return Forward(message.peer, "", message.date, channel_post=message.id, post_author=message.post_author)
    return Forward(Peer.user(message.from_id), "", message.date)

"""Mentions in supergroups: whom a message means, who has yet to look, and that they have looked.

One is mentioned by name, by a link to oneself, or by an answer to what one wrote. A post without a name or an
answer costs nothing here.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from parley.core.ids import AccountId, BoxId, ChannelId, MessageId, box_of_account, box_of_channel
from parley.messenger.messages import mention_store, rules, store
from parley.messenger.messages.events import MentionsRead
from parley.messenger.messages.model import Message, NewMessage, Page
from parley.messenger.messages.ports import Authors, ChannelRights, Events
from parley.storage.database import Database

MOST = 50
"""People whom one message can mention; a list of all members is no mention."""


class Mentions:
    """Finds, keeps and clears mentions."""

    def __init__(self, database: Database, rights: ChannelRights, authors: Authors, events: Events) -> None:
        self._database = database
        self._rights = rights
        self._authors = authors
        self._events = events

    async def meant(
        self, sender: AccountId, group: ChannelId, message: NewMessage, answered: Message | None = None
    ) -> tuple[AccountId, ...]:
        """The members whom a message of `sender` mentions; a forward mentions nobody.

        `answered` is the message that it answers, where the caller has read it already.
        """
        if message.forward is not None:
            return ()
        found = {AccountId(int(e.extra)) for e in message.entities if e.kind == "MentionName"}
        if names := rules.names_in(message.text):
            found |= await self._authors.named(names[:MOST])
        if answered is None and message.reply_to is not None:
            answered = await self._answered(box_of_channel(group), message.reply_to)
        if answered is not None and answered.from_id is not None:
            found.add(answered.from_id)
        found.discard(sender)
        return tuple(await self._rights.members_among(group, sorted(found)[:MOST])) if found else ()

    async def note(self, message: Message) -> None:
        """Keep for everybody whom a new message mentions that they have yet to look."""
        await mention_store.add(self._database, message.mentions, message.box_id, message.id)

    async def unread(self, account: AccountId, group: ChannelId, page: Page) -> tuple[list[MessageId], int]:
        """A page of messages that mention the account and that it has not looked at, and how many there are.

        Raises:
            BadRequest: `CHANNEL_PRIVATE` for a stranger.
        """
        await self._rights.check_reading(group, account)
        ids = await mention_store.unread(self._database, box_of_account(account), box_of_channel(group))
        return rules.page_of_ids(ids, page), len(ids)

    async def unread_among(self, account: AccountId, messages: Collection[Message]) -> set[tuple[BoxId, MessageId]]:
        """Those of the messages that mention the account and that it has not looked at."""
        mentioning = [message for message in messages if account in message.mentions]
        if not mentioning:
            return set()
        return await mention_store.unread_among(self._database, box_of_account(account), mentioning)

    async def looked(
        self, account: AccountId, group: ChannelId, ids: Sequence[int] | None = None, *, origin: int | None = None
    ) -> None:
        """The account has looked at messages of a group that mention it (None: at all); its devices hear of it."""
        read = await mention_store.read(self._database, box_of_account(account), box_of_channel(group), ids)
        if read:
            await self._events.publish(MentionsRead(account, group, tuple(read), origin))

    async def _answered(self, box: BoxId, ident: MessageId) -> Message | None:
        return (await store.messages_by_id(self._database, box, [ident])).get(ident)

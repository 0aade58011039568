"""Reading: pages of history, single messages, search in one's own chats, and the counting of views."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Sequence

from parley.core.ids import AccountId, BoxId, ChannelId, MessageId, box_of_account, box_of_channel
from parley.core.peers import Peer, PeerKind
from parley.messenger.messages import dialog_store, rules, search_store, store
from parley.messenger.messages.model import Found, Message, MessagePage, Page, Place, Query, place_of
from parley.messenger.messages.ports import ChannelRights
from parley.storage.database import Database


class Reading:
    """What an account may see of its own box and of channels."""

    def __init__(self, database: Database, rights: ChannelRights) -> None:
        self._database = database
        self._rights = rights

    async def history(self, account: AccountId, peer: Peer, page: Page) -> MessagePage:
        """A page of a dialog, newest first. Raises `CHANNEL_PRIVATE` for a stranger."""
        box = await self._box(account, peer)
        messages = await store.history(self._database, box, peer.box, page, rules.page_limit(page))
        return MessagePage(tuple(messages), await store.count(self._database, box, peer.box))

    async def by_ids(self, account: AccountId, ids: Sequence[int]) -> list[Message]:
        """Messages of one's own box in the order asked for; missing ones are left out."""
        found = await store.messages_by_id(self._database, box_of_account(account), ids[: rules.IDS_LIMIT])
        return [found[MessageId(id_)] for id_ in ids if MessageId(id_) in found]

    async def posts(self, account: AccountId, channel: ChannelId, ids: Sequence[int]) -> list[Message]:
        """Posts of a channel in the order asked for; missing ones are left out."""
        await self._rights.check_reading(channel, account)
        found = await store.messages_by_id(self._database, box_of_channel(channel), ids[: rules.IDS_LIMIT])
        return [found[MessageId(id_)] for id_ in ids if MessageId(id_) in found]

    async def search(self, account: AccountId, peer: Peer, query: Query, page: Page) -> MessagePage:
        """Messages of one chat, newest first. Raises `CHANNEL_PRIVATE` for a stranger."""
        box = await self._box(account, peer)
        limit = rules.page_limit(page)
        messages, count = await search_store.in_chat(self._database, box, peer.box, query, page, limit)
        return MessagePage(tuple(messages), count)

    async def search_everywhere(
        self, account: AccountId, query: Query, after: Place | None, limit: int, *,
        private: bool, channels: Sequence[ChannelId],
    ) -> Found:  # fmt: skip
        """Messages of all private chats and of `channels`, which the caller has found to be open to the account.

        Of each channel the newest posts are looked through, as many as `rules.search_depth` says.
        """
        found: list[Message] = []
        if private:
            found += await search_store.in_box(self._database, box_of_account(account), query, after, limit + 1)
        if channels:
            boxes, depth = [box_of_channel(channel) for channel in channels], rules.search_depth(len(channels))
            found += await search_store.in_channels(self._database, boxes, query, after, limit + 1, depth)
        found.sort(key=place_of, reverse=True)
        return Found(tuple(found[:limit]), len(found) > limit)

    async def pts(self, channel: ChannelId) -> int:
        """The pts of a channel's box."""
        return await dialog_store.pts(self._database, box_of_channel(channel))

    async def _box(self, account: AccountId, peer: Peer) -> BoxId:
        if peer.kind is not PeerKind.CHANNEL:
            return box_of_account(account)
        await self._rights.check_reading(ChannelId(peer.id), account)
        return peer.box


class Views:
    """Counts an account's first look at a post, in memory; a background flush adds the sums to the posts."""

    def __init__(self, database: Database, remembered: int = 200_000) -> None:
        self._database = database
        self._remembered = remembered
        self._seen: OrderedDict[tuple[AccountId, BoxId, int], None] = OrderedDict()
        self._added: Counter[tuple[BoxId, MessageId]] = Counter()

    async def look(
        self, account: AccountId, channel: ChannelId, ids: Sequence[int], *, increment: bool
    ) -> dict[MessageId, int]:
        """The counters of those posts that have one, including looks that were not stored yet."""
        box = box_of_channel(channel)
        stored = await store.views(self._database, channel, ids[: rules.IDS_LIMIT])
        if increment:
            for id_ in stored:
                self._count(account, box, id_)
        return {id_: views + self._added[(box, id_)] for id_, views in stored.items()}

    async def flush(self) -> None:
        """Store what was counted; kept for the next time when the database refuses."""
        added, self._added = self._added, Counter()
        if not added:
            return
        try:
            await store.add_views(self._database, added)
        except Exception:
            self._added.update(added)
            raise

    def _count(self, account: AccountId, box: BoxId, id_: MessageId) -> None:
        key = (account, box, id_)
        if key in self._seen:
            return
        self._seen[key] = None
        self._added[(box, id_)] += 1
        if len(self._seen) > self._remembered:
            self._seen.popitem(last=False)

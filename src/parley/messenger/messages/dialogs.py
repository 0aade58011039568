"""The list of chats of one account, and what the account sets in it: drafts, pins, unread marks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from parley.core.clock import Clock
from parley.core.ids import AccountId, BoxId, ChannelId, MessageId, box_of_account, box_of_channel
from parley.core.peers import Peer, PeerKind
from parley.messenger.errors import BadRequest
from parley.messenger.messages import dialog_store, rules
from parley.messenger.messages.boxes import peer_of_box
from parley.messenger.messages.dialog_store import Listed
from parley.messenger.messages.events import BarHidden, DialogPinned, DraftChanged, PinnedReordered, UnreadMarked
from parley.messenger.messages.model import Dialog, Draft, Entity, Message
from parley.messenger.messages.ports import Events
from parley.storage.database import Database

PINNED_LIMIT = 5


@dataclass(frozen=True, slots=True)
class DialogPage:
    """A page of dialogs in the order of the list, their newest messages, and how many dialogs there are in all."""

    dialogs: tuple[Dialog, ...]
    messages: tuple[Message, ...]
    count: int


class Dialogs:
    """Reading and arranging an account's list of chats."""

    def __init__(self, database: Database, clock: Clock, events: Events) -> None:
        self._database = database
        self._clock = clock
        self._events = events

    async def page(
        self, account: AccountId, *, limit: int, offset_date: int = 0, offset_id: int = 0,
        offset_peer: Peer | None = None, exclude_pinned: bool = False,
    ) -> DialogPage:  # fmt: skip
        """A page as messages.getDialogs asks for it; an offset names the last dialog of the page before."""
        every = await self._all(account)
        rest = [entry for entry in every if not (exclude_pinned and entry.dialog.pinned)]
        start = rules.dialog_start([e.dialog for e in rest], offset_date, offset_id, offset_peer)
        return _page(rest[start : start + rules.dialog_limit(limit)], len(rest))

    async def pinned(self, account: AccountId) -> DialogPage:
        """The pinned dialogs."""
        found = [entry for entry in await self._all(account) if entry.dialog.pinned]
        return _page(found, len(found))

    async def of_peers(self, account: AccountId, peers: Sequence[Peer]) -> DialogPage:
        """The dialogs with these peers; one that has no messages yet is an empty dialog."""
        box = box_of_account(account)
        users = [peer.box for peer in peers if peer.kind is PeerKind.USER]
        channels = [peer.box for peer in peers if peer.kind is PeerKind.CHANNEL]
        found = await dialog_store.private(self._database, box, users) if users else []
        found += await dialog_store.channels(self._database, box, channels)
        known = {entry.dialog.peer: entry for entry in found}
        ordered = [known.get(peer) or _empty(box, peer) for peer in peers]
        return _page(ordered, len(ordered))

    async def save_draft(
        self, account: AccountId, peer: Peer, text: str, entities: Sequence[Entity] = (), *,
        reply_to: MessageId | None = None, no_webpage: bool = False, origin: int | None = None,
    ) -> bool:  # fmt: skip
        """Keep a draft; without a text or an answered message it is dropped. Whether anything changed.

        Raises:
            BadRequest: `MESSAGE_TOO_LONG`.
        """
        if rules.utf16_length(text) > rules.TEXT_LIMIT:
            raise BadRequest("MESSAGE_TOO_LONG")
        if not text and reply_to is None:
            return await self._drop_draft(account, peer, origin)
        draft = Draft(text.replace("\0", ""), self._clock.now(), tuple(entities), reply_to, no_webpage)
        if not await dialog_store.save_draft(self._database, box_of_account(account), peer.box, draft):
            return False
        await self._events.publish(DraftChanged(account, peer, draft, origin))
        return True

    async def draft_was_sent(self, account: AccountId, peer: Peer, *, origin: int | None = None) -> None:
        """The draft has become a message, whose append has dropped it: other devices drop it too."""
        await self._events.publish(DraftChanged(account, peer, None, origin))

    async def drafts(self, account: AccountId) -> list[Dialog]:
        """All dialogs with a draft."""
        return [entry.dialog for entry in await self._all(account) if entry.dialog.draft is not None]

    async def pin(self, account: AccountId, peer: Peer, *, pinned: bool, origin: int | None = None) -> None:
        """Pin a dialog on top, or unpin it. Raises BadRequest `PINNED_DIALOGS_TOO_MUCH`."""
        others = [dialog.peer for dialog in (await self.pinned(account)).dialogs if dialog.peer != peer]
        await self._set_pinned(account, [peer, *others] if pinned else others)
        await self._events.publish(DialogPinned(account, peer, pinned, origin))

    async def order_pinned(self, account: AccountId, peers: Sequence[Peer], *, origin: int | None = None) -> None:
        """Pin exactly these dialogs in this order. Raises BadRequest `PINNED_DIALOGS_TOO_MUCH`."""
        ordered = tuple(dict.fromkeys(peers))
        await self._set_pinned(account, ordered)
        await self._events.publish(PinnedReordered(account, ordered, origin))

    async def mark_unread(self, account: AccountId, peer: Peer, *, unread: bool, origin: int | None = None) -> None:
        """Set or remove the mark that a person puts on a chat to come back to it."""
        if await dialog_store.set_unread_mark(self._database, box_of_account(account), peer.box, unread):
            await self._events.publish(UnreadMarked(account, peer, unread, origin))

    async def marked_unread(self, account: AccountId) -> list[Peer]:
        """All chats with that mark."""
        found = await dialog_store.marked_unread(self._database, box_of_account(account))
        return [peer_of_box(box) for box in found]

    async def hide_bar(self, account: AccountId, peer: Peer, *, origin: int | None = None) -> None:
        """Put the buttons above a stranger's chat away."""
        if await dialog_store.hide_bar(self._database, box_of_account(account), peer.box):
            await self._events.publish(BarHidden(account, peer, origin))

    async def bar_hidden(self, account: AccountId, peer: Peer) -> bool:
        """Whether the account has put those buttons away."""
        return await dialog_store.bar_hidden(self._database, box_of_account(account), peer.box)

    async def joined(self, account: AccountId, channel: ChannelId) -> None:
        """A new member starts with everything read; called after joining."""
        box = box_of_channel(channel)
        state = await dialog_store.channel_state(self._database, box)
        await dialog_store.read_channel(self._database, box_of_account(account), box, state.last_id)

    async def _drop_draft(self, account: AccountId, peer: Peer, origin: int | None) -> bool:
        if not await dialog_store.clear_draft(self._database, box_of_account(account), peer.box):
            return False
        await self._events.publish(DraftChanged(account, peer, None, origin))
        return True

    async def _set_pinned(self, account: AccountId, peers: Sequence[Peer]) -> None:
        if len(peers) > PINNED_LIMIT:
            raise BadRequest("PINNED_DIALOGS_TOO_MUCH")
        await dialog_store.set_pinned(self._database, box_of_account(account), [peer.box for peer in peers])

    async def _all(self, account: AccountId) -> list[Listed]:
        box = box_of_account(account)
        found = await dialog_store.private(self._database, box)
        found += await dialog_store.channels(self._database, box)
        return sorted((entry for entry in found if _shown(entry)), key=lambda e: rules.dialog_order(e.dialog))


def _shown(entry: Listed) -> bool:
    dialog = entry.dialog
    return (
        entry.top is not None or dialog.draft is not None or dialog.pinned or dialog.peer.kind is PeerKind.CHANNEL
    )


def _page(entries: Sequence[Listed], count: int) -> DialogPage:
    return DialogPage(
        dialogs=tuple(entry.dialog for entry in entries),
        messages=tuple(entry.top for entry in entries if entry.top is not None),
        count=count,
    )


def _empty(box: BoxId, peer: Peer) -> Listed:
    return Listed(rules.empty_dialog(box, peer), None)

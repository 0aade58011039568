"""The list of chats of one account, and what the account sets in it: drafts, pins, unread marks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from parley.core.clock import Clock
from parley.core.ids import AccountId, BoxId, ChannelId, box_of_account, box_of_channel
from parley.core.peers import Peer, PeerKind
from parley.messenger.errors import BadRequest
from parley.messenger.messages import dialog_store, rules
from parley.messenger.messages.dialog_store import Listed
from parley.messenger.messages.model import Dialog, Message
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

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

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

    async def save_draft(self, account: AccountId, peer: Peer, text: str) -> bool:
        """Keep a draft; an empty text drops it. Whether anything changed."""
        if rules.utf16_length(text) > rules.TEXT_LIMIT:
            raise BadRequest("MESSAGE_TOO_LONG")
        return await dialog_store.save_draft(
            self._database, box_of_account(account), peer.box, text.replace("\0", ""), self._clock.now()
        )

    async def drafts(self, account: AccountId) -> list[Dialog]:
        """All dialogs with a draft."""
        return [entry.dialog for entry in await self._all(account) if entry.dialog.draft_text]

    async def pin(self, account: AccountId, peer: Peer, *, pinned: bool) -> None:
        """Pin a dialog on top, or unpin it. Raises BadRequest `PINNED_DIALOGS_TOO_MUCH`."""
        others = [dialog.peer for dialog in (await self.pinned(account)).dialogs if dialog.peer != peer]
        await self.order_pinned(account, [peer, *others] if pinned else others)

    async def order_pinned(self, account: AccountId, peers: Sequence[Peer]) -> None:
        """Pin exactly these dialogs in this order. Raises BadRequest `PINNED_DIALOGS_TOO_MUCH`."""
        if len(peers) > PINNED_LIMIT:
            raise BadRequest("PINNED_DIALOGS_TOO_MUCH")
        await dialog_store.set_pinned(self._database, box_of_account(account), [peer.box for peer in peers])

    async def mark_unread(self, account: AccountId, peer: Peer, *, unread: bool) -> None:
        """Set or remove the mark that a person puts on a chat to come back to it."""
        await dialog_store.set_unread_mark(self._database, box_of_account(account), peer.box, unread)

    async def joined(self, account: AccountId, channel: ChannelId) -> None:
        """A new member starts with everything read; called after joining."""
        box = box_of_channel(channel)
        state = await dialog_store.channel_state(self._database, box)
        await dialog_store.read_channel(self._database, box_of_account(account), box, state.last_id)

    async def _all(self, account: AccountId) -> list[Listed]:
        box = box_of_account(account)
        found = await dialog_store.private(self._database, box)
        found += await dialog_store.channels(self._database, box)
        return sorted((entry for entry in found if _shown(entry)), key=lambda e: rules.dialog_order(e.dialog))


def _shown(entry: Listed) -> bool:
    dialog = entry.dialog
    return entry.top is not None or bool(dialog.draft_text) or dialog.pinned or dialog.peer.kind is PeerKind.CHANNEL


def _page(entries: Sequence[Listed], count: int) -> DialogPage:
    return DialogPage(
        dialogs=tuple(entry.dialog for entry in entries),
        messages=tuple(entry.top for entry in entries if entry.top is not None),
        count=count,
    )


def _empty(box: BoxId, peer: Peer) -> Listed:
    return Listed(rules.empty_dialog(box, peer), None)

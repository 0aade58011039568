"""What an account changes on one device, its other devices hear at once: chats, settings, its own name and number.

These are no events of a box: whoever was away reads the present state with its list of chats and its settings.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from parley.core.ids import AccountId, box_of_account
from parley.core.peers import Peer
from parley.messenger.accounts.model import Account, NotifySettings, PrivacyRule, PrivacySubject
from parley.messenger.contacts.events import BlockChanged
from parley.messenger.messages.events import (
    BarHidden,
    DialogPinned,
    DraftChanged,
    MentionsRead,
    PinnedReordered,
    UnreadMarked,
)
from parley.messenger.updates.fanout import Fanout
from parley.rpc.convert import dialogs as convert_dialogs
from parley.rpc.convert import settings as convert_settings
from parley.rpc.convert.peers import peer as wire_peer
from parley.rpc.push.encoder import Passing
from parley.tl import types


class OwnDevices:
    """Tells an account's sessions but the one that did it (`origin`)."""

    def __init__(self, fanout: Fanout) -> None:
        self._fanout = fanout

    async def draft_changed(self, event: DraftChanged) -> None:
        """A draft was kept or dropped."""
        update = types.UpdateDraftMessage(peer=wire_peer(event.peer), draft=convert_dialogs.draft(event.draft))
        self._tell(event.account_id, update, [event.peer], event.origin)

    async def pinned(self, event: DialogPinned) -> None:
        """A chat was pinned or unpinned."""
        update = types.UpdateDialogPinned(pinned=event.pinned, peer=_dialog_peer(event.peer))
        self._tell(event.account_id, update, [event.peer], event.origin)

    async def reordered(self, event: PinnedReordered) -> None:
        """Exactly these chats are pinned now."""
        update = types.UpdatePinnedDialogs(order=[_dialog_peer(peer) for peer in event.peers])
        self._tell(event.account_id, update, event.peers, event.origin)

    async def unread_marked(self, event: UnreadMarked) -> None:
        """A chat was marked as unread by hand, or the mark was taken away."""
        update = types.UpdateDialogUnreadMark(unread=event.unread, peer=_dialog_peer(event.peer))
        self._tell(event.account_id, update, [event.peer], event.origin)

    async def bar_hidden(self, event: BarHidden) -> None:
        """The buttons above a stranger's chat were put away."""
        update = types.UpdatePeerSettings(peer=wire_peer(event.peer), settings=types.PeerSettings())
        self._tell(event.account_id, update, [event.peer], event.origin)

    async def mentions_read(self, event: MentionsRead) -> None:
        """Messages that mention the account were looked at."""
        update = types.UpdateChannelReadMessagesContents(
            channel_id=event.channel_id, messages=list(event.message_ids)
        )
        self._tell(event.account_id, update, [Peer.channel(event.channel_id)], event.origin)

    async def blocked(self, event: BlockChanged) -> None:
        """Somebody was blocked, or is not any more."""
        update = types.UpdatePeerBlocked(blocked=event.blocked, peer_id=wire_peer(event.peer))
        self._tell(event.account_id, update, [event.peer], event.origin)

    def notify_settings_changed(
        self, account: AccountId, scope: str, settings: NotifySettings, origin: int | None
    ) -> None:
        """A chat, or a kind of chats, announces itself differently."""
        whole = scope in convert_settings.KINDS
        update = types.UpdateNotifySettings(
            peer=convert_settings.notify_peer(scope),
            notify_settings=convert_settings.notify_settings(settings, whole=whole),
        )
        self._tell(account, update, [] if whole else [convert_settings.peer_of(scope)], origin)

    def privacy_changed(
        self, account: AccountId, subject: PrivacySubject, rules: Sequence[PrivacyRule], origin: int | None
    ) -> None:
        """Other people may see something, or may not any more."""
        update = types.UpdatePrivacy(
            key=convert_settings.privacy_key(subject), rules=convert_settings.privacy_rules(rules)
        )
        self._tell(account, update, _named(rules), origin)

    def profile_changed(self, account: Account, origin: int | None) -> None:
        """The account has another name or username."""
        names = [types.Username(username=account.username, active=True, editable=True)] if account.username else []
        update = types.UpdateUserName(
            user_id=account.account_id,
            first_name=account.first_name,
            last_name=account.last_name,
            usernames=names,
        )
        self._tell(account.account_id, update, [Peer.user(account.account_id)], origin)

    def number_changed(self, account: AccountId, phone: str) -> None:
        """The account has another number; everybody else sees it as the privacy rules allow."""
        self._tell(account, types.UpdateUserPhone(user_id=account, phone=phone), [Peer.user(account)], None)

    def _tell(self, account: AccountId, update: Any, peers: Iterable[Peer], origin: int | None) -> None:
        self._fanout.tell(box_of_account(account), [Passing(update, tuple(peers))], origin=origin)


def _dialog_peer(peer: Peer) -> types.DialogPeer:
    return types.DialogPeer(peer=wire_peer(peer))


def _named(rules: Iterable[PrivacyRule]) -> list[Peer]:
    return [Peer.user(person) for rule in rules for person in rule.users]

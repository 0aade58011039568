"""Chats of the list on the wire, the same wherever an answer or a push carries one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from parley.messenger.accounts.model import NotifySettings
from parley.messenger.accounts.preferences import scope_of
from parley.messenger.messages.model import Dialog, Draft
from parley.rpc.convert.entities import to_wire
from parley.rpc.convert.peers import peer
from parley.rpc.convert.settings import notify_settings
from parley.tl import types

_UNSET = NotifySettings()


def dialog(value: Dialog, settings: Mapping[str, NotifySettings]) -> types.Dialog:
    """Convert a chat; `settings` are all that its account has set, by scope."""
    return types.Dialog(
        pinned=value.pinned,
        unread_mark=value.unread_mark,
        peer=peer(value.peer),
        top_message=value.top_message,
        read_inbox_max_id=value.read_inbox_max,
        read_outbox_max_id=value.read_outbox_max,
        unread_count=value.unread_count,
        unread_mentions_count=value.unread_mentions,
        unread_reactions_count=0,
        unread_poll_votes_count=0,
        notify_settings=notify_settings(settings.get(scope_of(value.peer), _UNSET)),
        pts=value.pts,
        draft=None if value.draft is None else draft(value.draft),
    )


def draft(value: Draft | None) -> Any:
    """Convert a draft; None is one that was dropped."""
    if value is None:
        return types.DraftMessageEmpty()
    answered = None if value.reply_to is None else types.InputReplyToMessage(reply_to_msg_id=value.reply_to)
    return types.DraftMessage(
        message=value.text,
        entities=to_wire(value.entities),
        reply_to=answered,
        no_webpage=value.no_webpage,
        date=int(value.date.timestamp()),
    )

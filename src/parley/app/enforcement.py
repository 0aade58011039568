"""Carries the safety room's decisions out in the messenger: one handler for each topic, idempotent by effect."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any

from parley.app.service_account import ServiceAccount
from parley.app.snapshots import peer_of
from parley.core.ids import AccountId, ChannelId
from parley.core.peers import PeerKind
from parley.messenger.accounts.model import SEARCH_REPORT_BOT, SERVICE_ACCOUNT
from parley.messenger.channels.suspension import Suspension
from parley.messenger.messages.removal import Removal
from parley.messenger.search.model import ListingState
from parley.messenger.search.service import SearchService
from parley.safety.enforcement.service import AccountStandings
from parley.safety.subjects import Subject
from parley.storage.outbox import Item, Relay

_SENDERS = {"service": SERVICE_ACCOUNT, "search_report": SEARCH_REPORT_BOT}
_Handler = Callable[[Mapping[str, Any]], Awaitable[None]]


class Enforcement:
    """The messenger's side of the action ladder."""

    def __init__(
        self,
        search: SearchService,
        removal: Removal,
        suspension: Suspension,
        standings: AccountStandings,
        service_account: ServiceAccount,
    ) -> None:
        self._search = search
        self._removal = removal
        self._suspension = suspension
        self._standings = standings
        self._service_account = service_account

    def register(self, relay: Relay) -> None:
        """Register every topic that the safety room sends."""
        for topic, handler in self._handlers().items():
            relay.handle(topic, _taking(handler))

    def _handlers(self) -> dict[str, _Handler]:
        accounts = ("suspend_account", "unsuspend_account", "terminate_account", "reinstate_account",
                    "read_only", "lift_read_only", "suspend_media", "lift_suspend_media")  # fmt: skip
        return {
            "enforce.hide_from_search": self._hide,
            "enforce.list_in_search": self._list,
            "enforce.remove_messages": self._remove,
            "enforce.restore_messages": self._restore,
            "enforce.suspend_channel": self._suspend,
            "enforce.unsuspend_channel": self._lift,
            "enforce.terminate_channel": self._suspend,
            "enforce.reinstate_channel": self._lift,
            **{f"enforce.{name}": self._standing for name in accounts},
            "enforce.search_term": self._search_term,
            "notify.service_message": self._say,
        }

    async def _hide(self, payload: Mapping[str, Any]) -> None:
        peer = peer_of(Subject.of_key(payload["subject"]))
        await self._search.set_listing(peer, ListingState(payload["state"]), payload["reason"])

    async def _list(self, payload: Mapping[str, Any]) -> None:
        peer = peer_of(Subject.of_key(payload["subject"]))
        await self._search.set_listing(peer, ListingState.ELIGIBLE, "")

    async def _remove(self, payload: Mapping[str, Any]) -> None:
        until = payload["all_until"]
        await self._removal.remove(
            _channel(payload),
            payload["effect"],
            payload["message_ids"],
            None if until is None else datetime.fromisoformat(until),
        )

    async def _restore(self, payload: Mapping[str, Any]) -> None:
        await self._removal.restore(_channel(payload), payload["effect"])

    async def _suspend(self, payload: Mapping[str, Any]) -> None:
        until = payload.get("until")
        await self._suspension.suspend(_channel(payload), None if until is None else datetime.fromisoformat(until))

    async def _lift(self, payload: Mapping[str, Any]) -> None:
        await self._suspension.lift(_channel(payload))

    async def _search_term(self, payload: Mapping[str, Any]) -> None:
        await self._search.set_verdict(payload["term"], payload["verdict"])

    async def _standing(self, payload: Mapping[str, Any]) -> None:
        """Limits of accounts live with the safety room; here they are only read anew at once."""
        await self._standings.refresh()

    async def _say(self, payload: Mapping[str, Any]) -> None:
        sender = _SENDERS[payload["sender"]]
        await self._service_account.say(
            AccountId(payload["account"]), payload["text"], key=payload["key"], sender=sender
        )


def _channel(payload: Mapping[str, Any]) -> ChannelId:
    peer = peer_of(Subject.of_key(payload["subject"]))
    if peer.kind is not PeerKind.CHANNEL:
        raise ValueError("this effect needs a channel")
    return ChannelId(peer.id)


def _taking(handler: _Handler) -> Callable[[Item], Awaitable[None]]:
    async def handle(item: Item) -> None:
        await handler(item.payload)

    return handle

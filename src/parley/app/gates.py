"""Fills the doors of the messenger with the safety room's answers: may this be sent, is this call too much."""

from __future__ import annotations

import hashlib
import re
from typing import Protocol

from parley.app.acquaintances import Acquaintances, Tie
from parley.core.clock import Clock
from parley.core.ids import AccountId, AuthKeyId
from parley.core.peers import Peer, PeerKind
from parley.messenger.accounts.model import SERVICE_ACCOUNT, Account
from parley.messenger.errors import BadRequest, FloodWait, Forbidden
from parley.messenger.messages.model import MediaKind, NewMessage
from parley.safety.abuse_limits.service import AbuseLimits
from parley.safety.enforcement.service import AccountStandings

_LINK = re.compile(r"https?://|\bwww\.|\bt\.me/|\btg://", re.IGNORECASE)
_LINK_ENTITIES = frozenset({"Url", "TextUrl"})


class AccountsByCache(Protocol):
    """Gives accounts from a cache."""

    async def find(self, account: AccountId) -> Account | None:
        """Give an account, deleted ones included, or None."""
        ...


class Strangers:
    """Keeps accounts from writing to many people who do not know them, or from sending them links at once."""

    def __init__(
        self, limits: AbuseLimits, accounts: AccountsByCache, acquaintances: Acquaintances, clock: Clock
    ) -> None:
        self._limits = limits
        self._accounts = accounts
        self._acquaintances = acquaintances
        self._clock = clock

    async def check(self, sender: AccountId, receiver: AccountId, message: NewMessage) -> None:
        """Let a message to a person pass; a pair that has talked costs two look-ups in memory.

        Raises:
            BadRequest: PEER_FLOOD.
        """
        known = self._acquaintances
        known.wrote(sender, receiver)
        tie = known.remembered(sender, receiver)
        link, media = has_link(message), message.media is not None
        if tie is Tie.KNOWN or (tie is Tie.OPENED and not link and not media):
            return
        tie = await known.look_up(sender, receiver)
        if tie is not Tie.KNOWN and not await self._may(sender, receiver, tie, link, media):
            raise BadRequest("PEER_FLOOD")
        if tie is Tie.STRANGER:
            known.opened(sender, receiver)

    async def _may(self, sender: AccountId, receiver: AccountId, tie: Tie, link: bool, media: bool) -> bool:
        writer, reader = await self._accounts.find(sender), await self._accounts.find(receiver)
        if writer is None or reader is None or reader.is_bot:
            return True
        count = self._limits.may_write_to_stranger if tie is Tie.STRANGER else self._limits.may_go_on_with_stranger
        return count(sender, writer.created_at, writer.is_bot, link, media, self._clock.now())


class SafetyGate:
    """The messages' port `SendGate`: from memory, without a statement but for the first message to somebody."""

    def __init__(self, standings: AccountStandings, strangers: Strangers) -> None:
        self._standings = standings
        self._strangers = strangers

    async def check(self, sender: AccountId, peer: Peer, message: NewMessage) -> None:
        """Let a message pass unless a decision limits its sender; one may always write to the service account.

        Raises:
            Forbidden: USER_RESTRICTED, CHAT_SEND_MEDIA_FORBIDDEN.
            BadRequest: PEER_FLOOD.
        """
        if peer == Peer(PeerKind.USER, SERVICE_ACCOUNT):
            return
        standing = self._standings.of(sender)
        if not standing.may_write:
            raise Forbidden("USER_RESTRICTED")
        if not standing.may_upload_media and is_new_media(message):
            raise Forbidden("CHAT_SEND_MEDIA_FORBIDDEN")
        if peer.kind is PeerKind.USER and peer.id != sender:
            await self._strangers.check(sender, AccountId(peer.id), message)


def is_new_media(message: NewMessage) -> bool:
    """Whether a message brings a file of its own; a forwarded one is on the server already."""
    stored = message.media is not None and message.media.kind in (MediaKind.PHOTO, MediaKind.DOCUMENT)
    return stored and message.forward is None


def has_link(message: NewMessage) -> bool:
    """Whether a message leads somewhere, by its text or by an entity."""
    return any(entity.kind in _LINK_ENTITIES for entity in message.entities) or bool(_LINK.search(message.text))


class CallFloods:
    """The methods' port `CallLimits`: token buckets for each account and method."""

    def __init__(self, limits: AbuseLimits) -> None:
        self._limits = limits

    def check(self, account: AccountId | None, key: AuthKeyId, method: str) -> None:
        """Count one call.

        Raises:
            FloodWait: with the seconds after which the same call goes through.
        """
        who = account if account is not None else _anonymous(key)
        if seconds := self._limits.wait(who, method):
            raise FloodWait(seconds)


def _anonymous(key: AuthKeyId) -> str:
    """Before sign-in a key stands for its caller, hashed, so that no id of a key lies in memory twice."""
    return hashlib.blake2b(str(key).encode(), digest_size=8).hexdigest()

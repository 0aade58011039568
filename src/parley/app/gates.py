"""Fills the doors of the messenger with the safety room's answers: may this be sent, is this call too much."""

from __future__ import annotations

import hashlib

from parley.core.ids import AccountId, AuthKeyId
from parley.core.peers import Peer, PeerKind
from parley.messenger.accounts.model import SERVICE_ACCOUNT
from parley.messenger.errors import FloodWait, Forbidden
from parley.messenger.messages.model import NewMessage
from parley.safety.abuse_limits.service import AbuseLimits
from parley.safety.enforcement.service import AccountStandings


class SafetyGate:
    """The messages' port `SendGate`: from memory, without a statement."""

    def __init__(self, standings: AccountStandings) -> None:
        self._standings = standings

    async def check(self, sender: AccountId, peer: Peer, message: NewMessage) -> None:
        """Let a message pass unless a decision limits its sender; one may always write to the service account.

        Raises:
            Forbidden: USER_RESTRICTED.
        """
        if peer == Peer(PeerKind.USER, SERVICE_ACCOUNT):
            return
        if not self._standings.of(sender).may_write:
            raise Forbidden("USER_RESTRICTED")


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

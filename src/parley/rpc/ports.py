"""What the methods need from elsewhere, filled by `app/wiring.py`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from parley.core.ids import AccountId, AuthKeyId, ChannelId
from parley.core.peers import Peer
from parley.mtproto.session import Session


class Authorizations(Protocol):
    """Which account an authorization key belongs to."""

    async def account_of(self, key: AuthKeyId) -> AccountId | None:
        """Give the account, or None before sign-in."""
        ...


class CallLimits(Protocol):
    """The flood limits of calls."""

    def check(self, account: AccountId | None, key: AuthKeyId, method: str) -> None:
        """Count one call.

        Raises:
            FloodWait: there were too many; its name carries the seconds to wait.
        """
        ...


class Balances(Protocol):
    """The balance of Stars that clients show; the economy's ledger fills this."""

    async def balance(self, account: AccountId) -> int:
        """Tell an account's balance in nanostars."""
        ...


class Typing(Protocol):
    """Tells the other end of a dialog that somebody is typing; nothing of it is stored."""

    async def typing(self, sender: AccountId, peer: Peer, action: Any) -> None:
        """Push a typing update; `action` is Telegram's `SendMessageAction`."""
        ...

    def reads(self, session: Session, channel: ChannelId) -> None:
        """Note that a session looks at a channel."""
        ...


class ReportStep(Protocol):
    """What the reporter sees next in the walk through the report menu."""

    @property
    def title(self) -> str:
        """The question, or empty at the end."""
        ...

    @property
    def options(self) -> Sequence[tuple[bytes, str]]:
        """The choices of this step; none when a comment is asked for, or at the end."""
        ...

    @property
    def comment(self) -> bytes | None:
        """Set when a comment is asked for: the option to send it under."""
        ...

    @property
    def comment_optional(self) -> bool:
        """Whether the comment may stay empty."""
        ...


class Reports(Protocol):
    """The report menu of messages, people and channels; the safety room fills this."""

    async def step(
        self, reporter: AccountId, subject: Peer, message_ids: Sequence[int], option: bytes, comment: str
    ) -> ReportStep:
        """Walk one step; the last one files the report.

        Raises:
            BadRequest: OPTION_INVALID.
        """
        ...

    async def report_peer(self, reporter: AccountId, subject: Peer, reason: str, comment: str) -> None:
        """File a report of a whole peer with one of Telegram's fixed reasons (`spam`, `fake`, …)."""
        ...

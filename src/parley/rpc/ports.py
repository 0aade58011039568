"""What the methods need from elsewhere, filled by `app/wiring.py`."""

from __future__ import annotations

from typing import Protocol

from parley.core.ids import AccountId, AuthKeyId


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

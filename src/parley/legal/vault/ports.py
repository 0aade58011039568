"""What the vault needs from above; `app` fills these."""

from __future__ import annotations

from typing import Protocol

from parley.core.ids import AccountId


class NewSealers(Protocol):
    """Who has to hear at once that the custodians have changed."""

    async def refresh(self) -> None:
        """Read the custodians again."""
        ...


class Identity(Protocol):
    """The one thing that a release needs of the messenger: the number of an account."""

    async def phone_of(self, account_id: AccountId, reason_id: str) -> str | None:
        """The account's phone number with its plus sign, or None.

        The reason is the release that two people signed, or the preservation that one person has proposed; the
        database checks it, and the look is on record with it.
        """
        ...

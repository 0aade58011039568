"""What orders need from the other rooms; `app` fills these."""

from __future__ import annotations

from datetime import timedelta
from typing import Protocol


class VaultFacts(Protocol):
    """What the vault says about itself: enough for the checks, and nothing about anybody."""

    async def stores_addresses(self) -> bool:
        """Whether two custodians at least are enrolled, so that addresses are kept at all."""
        ...

    def retention(self) -> timedelta:
        """How long addresses are kept."""
        ...

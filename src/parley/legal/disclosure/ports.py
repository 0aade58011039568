"""What releases need from above; `app` fills these."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from parley.legal.disclosure.model import PasskeyHolder
from parley.legal.translog.receipts import Receipt
from parley.legal.vault.ports import Identity

__all__ = ["Identity", "LogKeys", "Passkeys", "ReleaseLog"]


class Passkeys(Protocol):
    """The passkeys of the people who may decide, and of the officers who may file."""

    async def deciders(self) -> Sequence[PasskeyHolder]:
        """Every passkey of an active member of staff with the role `legal`; `person` is the staff id."""
        ...

    async def officers(self) -> Sequence[PasskeyHolder]:
        """Every passkey of an active officer; `person` is the officer id, `name` names person and authority."""
        ...


class ReleaseLog(Protocol):
    """The public log, as far as a release shows it to custodians."""

    async def proof_for(self, entry_id: str) -> Receipt:
        """The receipt of an entry under a checkpoint with as many cosignatures as there are.

        Raises:
            EntryPending: the batch has not come yet.
        """
        ...


class LogKeys(Protocol):
    """The log's own verifier key and those of its witnesses."""

    async def log_key(self) -> str:
        """The verifier key (signed note) of the log that is written to now."""
        ...

    async def witnesses(self) -> Sequence[str]:
        """The verifier keys of the registered witnesses."""
        ...

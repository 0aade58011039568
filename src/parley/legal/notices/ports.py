"""What notices need from above; `app` fills these."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from parley.core.ids import AccountId
from parley.legal.notices.model import Attachment
from parley.legal.translog.receipts import Receipt


class NoticeSender(Protocol):
    """Writes to a person, from the service account (user id 777000)."""

    async def send_notice(self, account: AccountId, text: str, attachments: Sequence[Attachment], key: str) -> bool:
        """Send once per `key`, however often it is called; False when the account is gone for good."""
        ...


class Receipts(Protocol):
    """The public log, as far as a person gets a receipt from it."""

    async def proof_for(self, entry_id: str) -> Receipt:
        """The receipt of an entry.

        Raises:
            EntryPending: its batch has not come yet.
        """
        ...

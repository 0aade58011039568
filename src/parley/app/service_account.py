"""Messages of the server's own accounts (777000 and its bots) to one person, each once per key."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence

from parley.core.ids import AccountId
from parley.legal.notices.model import Attachment
from parley.messenger.accounts.model import SERVICE_ACCOUNT
from parley.messenger.accounts.service import Accounts
from parley.messenger.messages.model import NewMessage
from parley.messenger.messages.sending import Sending

_LIMIT = 4000


class ServiceAccount:
    """Writes as the service account. It exists before the messages do, because sign-in needs it first."""

    def __init__(self) -> None:
        self._sending: Sending | None = None
        self._accounts: Accounts | None = None

    def attach(self, sending: Sending) -> None:
        """Give it the way to send."""
        self._sending = sending

    def know(self, accounts: Accounts) -> None:
        """Give it the list of accounts."""
        self._accounts = accounts

    async def send(self, account: AccountId, text: str) -> None:
        """Fill the accounts' port `ServiceNotices`: a text that may be said more than once."""
        await self.say(account, text, key="")

    async def say(self, account: AccountId, text: str, *, key: str, sender: AccountId = SERVICE_ACCOUNT) -> None:
        """Write to a person as one of the server's own accounts; with a key, a repeat does nothing.

        A deleted account is not written to: its box is being emptied, and nobody reads it.
        """
        assert self._sending is not None, "wired before the first message"
        if await self._is_gone(account):
            return
        for number, part in enumerate(_parts(text)):
            message = NewMessage(text=part, random_id=_random_id(key, number))
            await self._sending.send_from_service(sender, account, message)

    async def say_as(self, robot: AccountId, account: AccountId, text: str, key: str) -> None:
        """Fill the robots' way to answer."""
        await self.say(account, text, key=key, sender=robot)

    async def send_notice(self, account: AccountId, text: str, attachments: Sequence[Attachment], key: str) -> bool:
        """Fill the port `NoticeSender`: the notice, then each attachment as text that can be saved."""
        if await self._is_gone(account):
            return False
        await self.say(account, text, key=f"notice-{key}")
        for attachment in attachments:
            body = f"{attachment.name}:\n{attachment.data.decode()}"
            await self.say(account, body, key=f"notice-{key}-{attachment.name}")
        return True

    async def _is_gone(self, account: AccountId) -> bool:
        assert self._accounts is not None, "wired before the first message"
        found = await self._accounts.find(account)
        return found is None or found.deleted


def _parts(text: str) -> list[str]:
    """Cut a long text at line ends, so that each part fits a message."""
    parts, rest = [], text
    while len(rest) > _LIMIT:
        cut = rest.rfind("\n", 0, _LIMIT)
        cut = cut if cut > 0 else _LIMIT
        parts.append(rest[:cut])
        rest = rest[cut:].lstrip("\n")
    return [*parts, rest]


def _random_id(key: str, number: int) -> int:
    """Derive a random id from a key; without one, draw it."""
    if not key:
        return secrets.randbits(63) or 1
    digest = hashlib.sha256(f"{key}/{number}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True) or 1

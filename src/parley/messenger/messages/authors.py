"""What messages may say of people: whether a forward links to its author, and who a username belongs to."""

from __future__ import annotations

from collections.abc import Collection

from parley.core.ids import AccountId
from parley.core.peers import PeerKind
from parley.messenger.accounts.model import PrivacySubject
from parley.messenger.accounts.privacy import Privacy
from parley.messenger.accounts.service import Accounts

_NAMELESS = "Deleted Account"


class KnownAuthors:
    """Fills the port `Authors` from the accounts and their privacy rules."""

    def __init__(self, accounts: Accounts, privacy: Privacy) -> None:
        self._accounts = accounts
        self._privacy = privacy

    async def hidden_name(self, author: AccountId, forwarder: AccountId) -> str | None:
        """See Authors."""
        if await self._privacy.may_see(forwarder, author, PrivacySubject.FORWARDS):
            return None
        found = await self._accounts.find(author)
        return f"{found.first_name} {found.last_name}".strip() or _NAMELESS if found else _NAMELESS

    async def named(self, usernames: Collection[str]) -> set[AccountId]:
        """See Authors."""
        found = await self._accounts.holders(usernames)
        return {AccountId(peer.id) for peer in found if peer.kind is PeerKind.USER}

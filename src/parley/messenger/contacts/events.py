"""What happened to address books and block lists, after it was committed."""

from __future__ import annotations

from dataclasses import dataclass

from parley.core.ids import AccountId
from parley.core.peers import Peer


@dataclass(frozen=True, slots=True)
class ContactsChanged:
    """An address book changed; `people` are those who came, went or were renamed."""

    account_id: AccountId
    people: tuple[AccountId, ...]


@dataclass(frozen=True, slots=True)
class BlockChanged:
    """An account blocked a peer, or stopped doing so; `origin` names the session that did it."""

    account_id: AccountId
    peer: Peer
    blocked: bool
    origin: int | None = None

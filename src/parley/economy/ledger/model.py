"""Entries and postings: the only two things that a ledger has."""

from __future__ import annotations

from dataclasses import dataclass

from parley.core.ids import AccountId

NANOS_PER_STAR = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Posting:
    """An amount in nanostars that one holder gains (positive) or gives (negative)."""

    holder: str
    amount: int


@dataclass(frozen=True, slots=True)
class Entry:
    """What happened once: `key` names the cause, so that a repeat is recognised."""

    key: str
    reason: str
    postings: tuple[Posting, ...]


def holder_of(account: AccountId) -> str:
    """Name an account as a holder; the operator's own holders are words, such as `issuance`."""
    return f"account:{account}"

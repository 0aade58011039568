"""When an entry may be posted."""

from __future__ import annotations

from collections.abc import Mapping

from parley.economy.errors import BalanceTooLow, Unbalanced
from parley.economy.ledger.model import Entry

#: Holders that may be below zero: what was issued stands against them.
UNBOUNDED = frozenset({"issuance"})


def check_balanced(entry: Entry) -> None:
    """Refuse an entry that creates or loses Stars.

    Raises:
        Unbalanced: the amounts do not sum to zero, one is zero, or a holder stands twice.
    """
    holders = {posting.holder for posting in entry.postings}
    if len(holders) != len(entry.postings) or len(holders) < 2:
        raise Unbalanced("an entry needs two holders at least, each once")
    if any(posting.amount == 0 for posting in entry.postings):
        raise Unbalanced("a posting of nothing is no posting")
    if sum(posting.amount for posting in entry.postings) != 0:
        raise Unbalanced("the postings of an entry must sum to zero")


def check_covered(entry: Entry, balances: Mapping[str, int]) -> None:
    """Refuse an entry that a holder cannot pay.

    Raises:
        BalanceTooLow: a holder would fall below zero.
    """
    for posting in entry.postings:
        if posting.holder not in UNBOUNDED and balances.get(posting.holder, 0) + posting.amount < 0:
            raise BalanceTooLow("the balance is too low")

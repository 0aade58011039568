"""Stars are neither created nor lost, whatever is posted and however often."""

from __future__ import annotations

import pytest

from parley.core.ids import AccountId
from parley.economy.errors import BalanceTooLow, Unbalanced
from parley.economy.ledger import rules
from parley.economy.ledger.model import Entry, Posting, holder_of
from parley.economy.ledger.service import Ledger

ALICE, BOB = AccountId(1_000_000_001), AccountId(1_000_000_002)


def _transfer(key: str, giver: str, taker: str, amount: int) -> Entry:
    return Entry(key, "transfer", (Posting(giver, -amount), Posting(taker, amount)))


@pytest.mark.parametrize(
    "postings",
    [
        (Posting("a", 5),),
        (Posting("a", 5), Posting("b", -4)),
        (Posting("a", 5), Posting("a", -5)),
        (Posting("a", 0), Posting("b", 0)),
    ],
)
def test_an_entry_that_does_not_balance_is_refused(postings: tuple[Posting, ...]) -> None:
    with pytest.raises(Unbalanced):
        rules.check_balanced(Entry("k", "test", postings))


async def test_a_repeated_entry_is_posted_once(pools, clock) -> None:  # type: ignore[no-untyped-def]
    ledger = Ledger(pools.of("economy"), clock)
    gift = _transfer("gift-1", "issuance", holder_of(ALICE), 50)
    assert await ledger.post(gift)
    assert not await ledger.post(gift)
    assert await ledger.balance(ALICE) == 50


async def test_nobody_spends_what_they_do_not_have(pools, clock) -> None:  # type: ignore[no-untyped-def]
    ledger = Ledger(pools.of("economy"), clock)
    await ledger.post(_transfer("gift-1", "issuance", holder_of(ALICE), 50))
    await ledger.post(_transfer("pay-1", holder_of(ALICE), holder_of(BOB), 50))
    with pytest.raises(BalanceTooLow):
        await ledger.post(_transfer("pay-2", holder_of(ALICE), holder_of(BOB), 1))
    assert await ledger.balance(ALICE) == 0
    assert await ledger.balance(BOB) == 50

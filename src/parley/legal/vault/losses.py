"""Pure decisions about what nobody could open any more: which days depend on which pairs of custodians."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from typing import TypeAlias

from parley.legal.vault.model import Custodian, Share

#: The numbers of two custodians, the smaller one first.
Pair: TypeAlias = tuple[int, int]


@dataclass(frozen=True, slots=True)
class DayCount:
    """How many accounts have keys of one day that these pairs open; `preserved` where it is a copy for an order."""

    day: date
    pairs: frozenset[Pair]
    accounts: int
    preserved: bool = False


@dataclass(frozen=True, slots=True)
class Loss:
    """What nobody can open: days of the running retention, the most accounts on one of them, preserved days."""

    days: int = 0
    accounts: int = 0
    preserved: int = 0

    def __bool__(self) -> bool:
        return bool(self.days or self.preserved)


@dataclass(frozen=True, slots=True)
class Prospect:
    """What would be lost besides what is lost already, if these custodians' keys were gone."""

    gone: tuple[Custodian, ...]
    loss: Loss


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is lost today, and what would be if one or two of those who hold keys went."""

    today: Loss
    alone: tuple[Prospect, ...]
    together: tuple[Prospect, ...]

    def of(self, custodian: Custodian) -> Loss:
        """What would be lost without one custodian."""
        return next((one.loss for one in self.alone if one.gone == (custodian,)), Loss())


def write_pairs(shares: Iterable[Share]) -> str:
    """Name the pairs that a key was split for; one of which a half is missing opens nothing and is left out."""
    halves = {(share.holder, share.partner) for share in shares}
    whole = sorted((one, other) for one, other in halves if one < other and (other, one) in halves)
    return " ".join(f"{one}-{other}" for one, other in whole)


def read_pairs(text: str) -> frozenset[Pair]:
    """Read what `write_pairs` wrote."""
    numbers = (pair.split("-") for pair in text.split())
    return frozenset((int(one), int(other)) for one, other in numbers)


def opens(pairs: Iterable[Pair], holders: Collection[int]) -> bool:
    """Whether two of these holders open what was split for these pairs."""
    return any(one in holders and other in holders for one, other in pairs)


def serving(custodians: Iterable[Custodian]) -> tuple[Custodian, ...]:
    """Those who still hold their keys and may use them."""
    return tuple(one for one in custodians if one.serving)


def outlook(counts: Sequence[DayCount], custodians: Iterable[Custodian]) -> Outlook:
    """Say what is lost, and what each custodian and each two of them would take with them."""
    there = serving(custodians)
    numbers = {one.number for one in there}
    kept = [count for count in counts if opens(count.pairs, numbers)]

    def without(gone: tuple[Custodian, ...]) -> Prospect:
        return Prospect(gone, _loss(kept, numbers - {one.number for one in gone}))

    alone = tuple(without((one,)) for one in there)
    return Outlook(_loss(counts, numbers), alone, tuple(without(two) for two in combinations(there, 2)))


def _loss(counts: Iterable[DayCount], holders: Collection[int]) -> Loss:
    lost = [count for count in counts if not opens(count.pairs, holders)]
    days: dict[date, int] = {}
    for count in (one for one in lost if not one.preserved):
        days[count.day] = days.get(count.day, 0) + count.accounts
    preserved = sum(1 for count in lost if count.preserved)
    return Loss(len(days), max(days.values(), default=0), preserved)


def needed(counts: Iterable[DayCount], number: int) -> bool:
    """Whether a key that is kept was split for this custodian."""
    return any(number in pair for count in counts for pair in count.pairs)

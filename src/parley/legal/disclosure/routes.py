"""Pure decisions about the way of a release's keys: who can still open which, and who comes last.

Each day key was split for the pairs of custodians of its time, so the days of one release may need different pairs.
Every custodian acts once: they pass their halves to their partners, and a key that came together in their hands on
to everybody else. Whoever then has every key is last, and makes the delivery.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from parley.legal.disclosure.package import PassedShare
from parley.legal.vault.losses import Pair
from parley.legal.vault.model import KeyName


@dataclass(frozen=True, slots=True)
class Route:
    """A day key with the pairs that it was split for, and what was passed on of it."""

    name: KeyName
    pairs: frozenset[Pair]
    passed: tuple[PassedShare, ...] = ()

    def held_by(self, number: int) -> bool:
        """Whether a half was sealed to this custodian."""
        return any(number in pair for pair in self.pairs)

    def together_for(self, number: int) -> bool:
        """Whether this custodian has the whole key: passed to them, or both halves of a pair of theirs."""
        mine = [one for one in self.passed if one.receiver == number]
        return any(one.whole or _pair(one.sender, number) in self.pairs for one in mine)

    def openable_by(self, serving: Collection[int]) -> bool:
        """Whether these custodians can still bring it together; what was passed on before somebody left counts."""
        whole = any(one in serving and other in serving for one, other in self.pairs)
        return whole or any(self.together_for(number) for number in serving)


def routes(keys: Iterable[tuple[KeyName, frozenset[Pair]]], passed: Sequence[PassedShare]) -> tuple[Route, ...]:
    """Join keys with what was passed on of each."""
    return tuple(Route(name, pairs, tuple(one for one in passed if one.name == name)) for name, pairs in keys)


def is_last(number: int, found: Iterable[Route]) -> bool:
    """Whether this custodian has every key."""
    return all(route.together_for(number) for route in found)


def _pair(one: int, other: int) -> Pair:
    return min(one, other), max(one, other)

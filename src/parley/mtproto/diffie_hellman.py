"""The Diffie-Hellman group of the key exchange, its heavy arithmetic on worker threads, and the small primes of pq.

gmpy2 lets go of the interpreter lock while it computes, so threads suffice and the event loop never waits.
"""

from __future__ import annotations

import asyncio
import secrets
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import gmpy2  # type: ignore[import-untyped]  # it ships no types

#: The 2048-bit safe prime that every client knows; clients that check primes accept it without a test.
PRIME = int(
    "C71CAEB9C6B1C9048E6C522F70F13F73980D40238E3E21C14934D037563D930F"
    "48198A0AA7C14058229493D22530F4DBFA336F6E0AC925139543AED44CCE7C37"
    "20FD51F69458705AC68CD4FE6B6B13ABDC9746512969328454F18FAF8C595F64"
    "2477FE96BB2A941D5BCD1D4AC8CC49880708FA9B378E3C4F3A9060BEE67CF9A4"
    "A4A695811051907E162753B56B0F6B410DBA74D8A84B2A14B3144E0EF1284754"
    "FD17ED950D5965B4B9DD46582DB1178D169C6BC465B0D6FF9CA3928FEF5B9AE4"
    "E418FC15E83EBEA0F87FA9FF5EED70050DED2849F47BF959D956850CE929851F"
    "0D8115F635B105EE2E4E15D04B2454BF6F4FADF034B10403119CD8E3B92FCC5B",
    16,
)
PRIME_BYTES = PRIME.to_bytes(256, "big")
#: A generator of the subgroup of prime order: for g = 3 the rule is p mod 3 = 2.
GENERATOR = 3

_EDGE = 2 ** (2048 - 64)
_MODULUS = gmpy2.mpz(PRIME)

T = TypeVar("T")


def is_acceptable(public: int) -> bool:
    """Tell whether g_a or g_b lies where both sides must insist that it lies."""
    return _EDGE <= public <= PRIME - _EDGE


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A secret exponent and its public value; used for one exchange only."""

    secret: int
    public: int


def make_pair() -> KeyPair:
    """Draw a secret exponent and compute its public value: some milliseconds."""
    while True:
        secret = secrets.randbits(2048)
        public = int(gmpy2.powmod(GENERATOR, secret, _MODULUS))
        if is_acceptable(public):
            return KeyPair(secret, public)


def shared_key(public: int, secret: int) -> bytes:
    """Compute the authorization key: 256 bytes, some milliseconds."""
    return int(gmpy2.powmod(public, secret, _MODULUS)).to_bytes(256, "big")


@dataclass(frozen=True, slots=True)
class Factors:
    """The two primes, p < q, that a client must find as its proof of work."""

    p: int
    q: int

    @property
    def product(self) -> int:
        """The number that the client factors; below 2^63, because some clients read it as signed."""
        return self.p * self.q


def make_factors() -> Factors:
    """Draw two different primes near 2^31."""
    p, q = sorted((_prime_near_2_31(), _prime_near_2_31()))
    return Factors(p, q) if p < q else make_factors()


def _prime_near_2_31() -> int:
    while True:
        prime = int(gmpy2.next_prime((1 << 30) + secrets.randbits(30)))
        if prime < 1 << 31:
            return prime


def _release_lock() -> None:
    gmpy2.get_context().allow_release_gil = True


class Workbench:
    """Worker threads for modular arithmetic, with a stock of key pairs made ahead."""

    def __init__(self, threads: int = 2, stock: int = 32) -> None:
        self._executor = ThreadPoolExecutor(threads, "key-exchange", initializer=_release_lock)
        self._pairs: deque[KeyPair] = deque()
        self._wanted = stock

    async def pair(self) -> KeyPair:
        """Give a key pair from the stock, or compute one."""
        self.restock()
        if self._pairs:
            return self._pairs.popleft()
        return await self.run(make_pair)

    def restock(self) -> None:
        """Order one pair more on a worker thread while the stock is short."""
        if len(self._pairs) < self._wanted:
            self._executor.submit(self._make_one)

    def _make_one(self) -> None:
        if len(self._pairs) < self._wanted:
            self._pairs.append(make_pair())

    async def run(self, work: Callable[[], T]) -> T:
        """Run `work` on a worker thread."""
        return await asyncio.get_running_loop().run_in_executor(self._executor, work)

    def close(self) -> None:
        """End the threads; what was queued is dropped."""
        self._executor.shutdown(wait=True, cancel_futures=True)

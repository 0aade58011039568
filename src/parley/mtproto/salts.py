"""Server salts: derived from the key and the half hour, so that no process has to store or share them.

A salt holds for an hour and a new one begins every half hour, so a client always has one in hand. The salt
that both sides computed in the key exchange holds for the key's first hour.
"""

from __future__ import annotations

import hmac
import struct
from hashlib import sha256

PERIOD_S = 1800
LIFETIME_S = 2 * PERIOD_S
MOST_FUTURE_SALTS = 64


def salt_of_period(auth_key: bytes, period: int) -> int:
    """Give the signed 64-bit salt that begins at `period * PERIOD_S` (Unix seconds)."""
    digest = hmac.digest(auth_key, b"server salt" + struct.pack("<q", period), sha256)
    return int.from_bytes(digest[:8], "little", signed=True)


class Salts:
    """The salts of one authorization key."""

    __slots__ = ("_auth_key", "_first", "_first_until", "_period", "_present", "_previous")

    def __init__(self, auth_key: bytes, first: int, created_at: int) -> None:
        self._auth_key = auth_key
        self._first = first
        self._first_until = created_at + LIFETIME_S
        self._period = -1
        self._present = 0
        self._previous = 0

    def present(self, now: int) -> int:
        """Give the salt to use at `now` (Unix seconds)."""
        period = now // PERIOD_S
        if period != self._period:
            self._present = salt_of_period(self._auth_key, period)
            self._previous = salt_of_period(self._auth_key, period - 1)
            self._period = period
        return self._present

    def accepts(self, salt: int, now: int) -> bool:
        """Tell whether a message that arrives at `now` may carry `salt`."""
        if salt == self.present(now) or salt == self._previous:
            return True
        return salt == self._first and now < self._first_until

    def upcoming(self, now: int, count: int) -> list[tuple[int, int, int]]:
        """Give up to `count` (at most 64) salts from the present one on: valid since, valid until, salt."""
        start = now // PERIOD_S
        wanted = max(1, min(count, MOST_FUTURE_SALTS))
        return [
            (period * PERIOD_S, period * PERIOD_S + LIFETIME_S, salt_of_period(self._auth_key, period))
            for period in range(start, start + wanted)
        ]

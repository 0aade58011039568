"""Message ids: seconds in the upper half, a fraction below, the lowest two bits for who sent it.

Source: https://core.telegram.org/mtproto/description#message-identifier-msg-id.
"""

from __future__ import annotations

import time
from collections.abc import Callable

#: Server messages: 1 answers a message of the client, 3 does not.
ANSWER, NOTICE = 1, 3

TOO_LOW, TOO_HIGH, NOT_DIVISIBLE = 16, 17, 18
OLDEST_S = 300
NEWEST_S = 30


class MessageIds:
    """Draws the server's message ids; they grow strictly within a process."""

    __slots__ = ("_clock", "_last")

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._last = 0

    def next(self, kind: int) -> int:
        """Give a new id of `kind` ANSWER or NOTICE."""
        candidate = int(self._clock() * 4294967296) & ~3
        if candidate <= self._last:
            candidate = self._last + 4
        self._last = candidate
        return candidate | kind


def fault_of(msg_id: int, now: float) -> int:
    """Give the bad_msg_notification code for a client's message id that arrives at `now`, or 0."""
    if msg_id & 3:
        return NOT_DIVISIBLE
    seconds = msg_id >> 32
    if seconds < now - OLDEST_S:
        return TOO_LOW
    if seconds > now + NEWEST_S:
        return TOO_HIGH
    return 0

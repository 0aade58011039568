"""Keeps a load within what the server allows an account: a burst of calls, then so many a second."""

from __future__ import annotations

import asyncio
import time
from typing import Final

#: A little below the server's default of 60 calls at once and 20 a second for each account and method.
BURST: Final = 50.0
PER_SECOND: Final = 19.0


class Pace:
    """One account's calls of one method."""

    def __init__(self) -> None:
        self._left = BURST
        self._at = time.monotonic()

    async def next(self) -> None:
        """Wait until the next call may go."""
        now = time.monotonic()
        self._left = min(BURST, self._left + (now - self._at) * PER_SECOND)
        self._at = now
        self._left -= 1
        if self._left < 0:
            await asyncio.sleep(-self._left / PER_SECOND)

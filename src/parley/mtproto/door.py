"""Who may come in: bounds on connections for each address, and on key exchanges, which cost computing time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from parley.mtproto.limits import Limits


class Door:
    """Counts connections and key exchanges of one server."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._connections = 0
        self._by_address: dict[str, int] = {}
        self._slots = asyncio.Semaphore(limits.handshakes_at_once)
        self._exchanging = 0

    def enter(self, address: str) -> bool:
        """Count a new connection; False, and not counted, when there are too many."""
        of_address = self._by_address.get(address, 0)
        if self._connections >= self._limits.connections or of_address >= self._limits.connections_per_address:
            return False
        self._connections += 1
        self._by_address[address] = of_address + 1
        return True

    def leave(self, address: str) -> None:
        """Take back what `enter` counted."""
        self._connections -= 1
        left = self._by_address.get(address, 1) - 1
        if left:
            self._by_address[address] = left
        else:
            self._by_address.pop(address, None)

    def may_exchange(self) -> bool:
        """Tell whether one key exchange step more may wait for its turn."""
        return self._exchanging < self._limits.handshakes_waiting

    @asynccontextmanager
    async def exchanging(self) -> AsyncIterator[None]:
        """Hold a place for one step of a key exchange."""
        self._exchanging += 1
        try:
            async with self._slots:
                yield
        finally:
            self._exchanging -= 1

"""Which addresses of a device are new enough to be kept: one record for each device, address and UTC day.

A further port alone is a further record only after some hours. Behind a carrier's address that many people share,
an authority needs address, port and time of one connection to be told the subscriber; more ports of the same device
at the same address say the same. So a phone that reconnects all day leaves a few records, not hundreds.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final

from parley.core.ids import AuthKeyId

#: A new port at the same address counts again after this time: at most four records a day for a device's address.
PORT_AGAIN: Final = timedelta(hours=6)
#: About 120 bytes each. Should a process ever have more in a day, it begins anew and seals some a second time.
MOST: Final = 4_000_000
_PORT_BITS: Final = 16


class Sightings:
    """The memory of one UTC day, without an address in it: keyed hashes, with the second and the port."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._day: date | None = None
        self._noted: dict[int, int] = {}

    def is_new(self, key: AuthKeyId, address: tuple[str, int], now: datetime) -> bool:
        """Whether a device at an address has to be sealed now."""
        if now.date() != self._day:
            return True
        noted = self._noted.get(_place(key, address[0]))
        if noted is None:
            return True
        if noted & ((1 << _PORT_BITS) - 1) == address[1]:
            return False
        return _second(now) - (noted >> _PORT_BITS) >= PORT_AGAIN.total_seconds()

    def note(self, key: AuthKeyId, address: tuple[str, int], now: datetime) -> None:
        """Remember that it was sealed. A new day begins with an empty memory."""
        if now.date() != self._day or len(self._noted) >= self._most:
            self._day = now.date()
            self._noted.clear()
        self._noted[_place(key, address[0])] = (_second(now) << _PORT_BITS) | (address[1] & 0xFFFF)


def _place(key: AuthKeyId, host: str) -> int:
    """A hash under the key that the interpreter draws for each process (SipHash of the text)."""
    return hash((key, host))


def _second(now: datetime) -> int:
    return int(now.timestamp())

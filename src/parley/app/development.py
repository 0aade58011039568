"""Development mode across processes: sign-in codes and steps of the clock reach the part that has the page."""

from __future__ import annotations

import json

from parley.app.events import decode, encode
from parley.app.waking_clock import Look, WakingClock
from parley.app.wiring.foundation import Foundation
from parley.core.clock import AdjustableClock
from parley.messenger.accounts.model import CodeDelivery
from parley.messenger.accounts.senders import DevelopmentCodes
from parley.storage.bus import Bus
from parley.storage.outbox import Relay
from parley.web.ports import NamedOfficer

CODES = "dev.code"
CLOCK = "dev.clock"
Looks = tuple[Look, ...]


class SharedCodes(DevelopmentCodes):
    """The newest codes, told to the process that shows them."""

    def __init__(self, bus: Bus) -> None:
        super().__init__()
        self._bus = bus

    async def send(self, delivery: CodeDelivery) -> None:
        """See `DevelopmentCodes`."""
        await super().send(delivery)
        await self._bus.publish(CODES, json.dumps(encode(delivery)).encode())

    async def follow(self) -> None:
        """Hear of the codes that other processes send."""

        async def heard(subject: str, payload: bytes) -> None:
            await super(SharedCodes, self).send(decode(CodeDelivery, json.loads(payload)))

        await self._bus.subscribe(CODES, heard)


class SharedClock(WakingClock):
    """A clock whose steps every process takes. Only the process that was asked has done what fell due by it."""

    def __init__(self, clock: AdjustableClock, relay: Relay | None, looks: Looks, bus: Bus) -> None:
        super().__init__(clock, relay, looks)
        self._bus = bus

    async def advance(self, seconds: float) -> None:
        """See `WakingClock`."""
        await super().advance(seconds)
        if self._bus.spans_processes:
            await self._bus.publish(CLOCK, json.dumps(seconds).encode())

    async def follow(self) -> None:
        """Take the steps of other processes."""

        async def heard(subject: str, payload: bytes) -> None:
            await super(SharedClock, self).advance(float(json.loads(payload)))

        if self._bus.spans_processes:  # alone on its bus a process would hear itself, and go twice as far
            await self._bus.subscribe(CLOCK, heard)


def movable_clock(base: Foundation, clock: AdjustableClock, looks: Looks) -> SharedClock:
    """The clock that the page moves, with what follows it in this process."""
    return SharedClock(clock, base.carrying, looks, base.bus)


class NoOfficers:
    """Stands in the development sign-in of a part that knows no officers."""

    async def officer_by_name(self, name: str) -> NamedOfficer | None:
        """Know nobody."""
        return None

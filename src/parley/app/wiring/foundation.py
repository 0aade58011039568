"""What everything else stands on: database, bus, clock, secrets, background tasks, outbox."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from parley.app import keys
from parley.app.events import EventHub
from parley.core.clock import AdjustableClock, Clock, SystemClock
from parley.core.settings import Settings
from parley.core.tasks import Supervisor
from parley.storage.bus import Bus, LocalBus
from parley.storage.database import Database
from parley.storage.leases import Lease, Leases
from parley.storage.nats_bus import NatsBus
from parley.storage.outbox import Relay
from parley.storage.part_duties import carrier_of, duties_of
from parley.storage.pools import Pools
from parley.storage.roles import Duty
from parley.storage.target import Target


@dataclass(frozen=True, slots=True)
class Foundation:
    """The base of one process."""

    settings: Settings
    clock: Clock
    supervisor: Supervisor
    pools: Pools
    bus: Bus
    hub: EventHub
    carrying: Relay | None
    data_dir: Path = field()
    leases: Leases = field(default_factory=Leases)

    @property
    def relay(self) -> Relay:
        """The relay of effects; a part that only shows pages has none and never asks."""
        assert self.carrying is not None, "this part carries no effects"
        return self.carrying

    def of(self, duty: Duty) -> Database:
        """The database as a duty may use it."""
        return self.pools.of(duty)

    def secret(self, name: str) -> bytes:
        """A secret of this server, made at its first use."""
        return keys.secret(self.data_dir, name)

    def former(self, name: str) -> keys.Former | None:
        """The value before of a secret that is being changed."""
        return keys.former(self.data_dir, name, self.clock.now())

    def lease(self, duty: Duty, work: str) -> Lease:
        """The right to do a piece of a duty's background work alone."""
        carrier = carrier_of(self.settings.only)
        assert carrier is not None, "this part does no background work"
        return self.leases.take(self.pools.of(carrier), f"{duty}/{work}")

    async def end_work(self) -> None:
        """End what runs in the background and let whoever starts next take it up at once."""
        await self.supervisor.stop()
        await self.leases.release()


def build(settings: Settings, supervisor: Supervisor, target: Target) -> Foundation:
    """Lay the base on a migrated database."""
    pools = Pools(target, duties_of(settings.only))
    bus, leases = _bus(settings, supervisor), Leases()
    return Foundation(
        settings=settings,
        clock=AdjustableClock() if settings.dev else SystemClock(),
        supervisor=supervisor,
        pools=pools,
        bus=bus,
        hub=EventHub(bus),
        carrying=_relay(settings, pools, leases),
        data_dir=settings.data_dir,
        leases=leases,
    )


def _relay(settings: Settings, pools: Pools, leases: Leases) -> Relay | None:
    carrier = carrier_of(settings.only)
    if carrier is None:
        return None
    database = pools.of(carrier)
    return Relay(database, leases.take(database, f"{carrier}/outbox"))


def _bus(settings: Settings, supervisor: Supervisor) -> Bus:
    """The bus that the settings name; it connects in the background, for nothing rests on it."""
    if settings.bus_url is None:
        return LocalBus()
    bus = NatsBus(settings.bus_url, str(settings.only or "whole"))
    supervisor.service("bus", bus.connect)
    return bus

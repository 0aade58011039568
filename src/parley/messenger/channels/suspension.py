"""Suspending channels by a decision that was made elsewhere, for a time or for good."""

from __future__ import annotations

from datetime import datetime

from parley.core.clock import Clock
from parley.core.ids import BoxId, ChannelId, box_of_channel, channel_of_box
from parley.messenger.channels.model import Standing
from parley.messenger.channels.service import Channels
from parley.messenger.sql import Executor
from parley.storage.database import Database


class Suspension:
    """Closes channels and opens them again when their time is over."""

    def __init__(self, database: Database, clock: Clock, channels: Channels) -> None:
        self._database = database
        self._clock = clock
        self._channels = channels

    async def suspend(self, channel: ChannelId, until: datetime | None) -> None:
        """Close a channel for everybody; None is until somebody opens it."""
        await _remember(self._database, box_of_channel(channel), until)
        await self._channels.set_standing(channel, Standing.SUSPENDED)

    async def lift(self, channel: ChannelId) -> None:
        """Open a channel again."""
        await _forget(self._database, box_of_channel(channel))
        await self._channels.set_standing(channel, Standing.OPEN)

    async def lift_due(self) -> int:
        """Open every channel whose time is over; how many."""
        due = await _due(self._database, self._clock.now())
        for box in due:
            channel = channel_of_box(box)
            assert channel is not None, "only channels are suspended here"
            await self.lift(channel)
        return len(due)


async def _remember(db: Executor, box: BoxId, until: datetime | None) -> None:
    await db.execute(
        "INSERT INTO messenger.suspended_channels (box_id, until) VALUES ($1, $2)"
        " ON CONFLICT (box_id) DO UPDATE SET until = excluded.until",
        box, until,
    )  # fmt: skip


async def _forget(db: Executor, box: BoxId) -> None:
    await db.execute("DELETE FROM messenger.suspended_channels WHERE box_id = $1", box)


async def _due(db: Executor, now: datetime) -> list[BoxId]:
    """A background scan over the few channels that are suspended for a time."""
    rows = await db.fetch("SELECT box_id FROM messenger.suspended_channels WHERE until <= $1 LIMIT 100", now)
    return [BoxId(row["box_id"]) for row in rows]

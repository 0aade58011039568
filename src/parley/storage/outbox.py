"""Effects across duties: written in the transaction of their cause, delivered at least once by a relay.

A decision of the safety duty blocks an account of the messenger duty; neither role can touch the other's tables.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from parley.core.recurring import Alarm
from parley.storage.database import Database, Executor, retriable
from parley.storage.leases import Lease
from parley.storage.roles import Duty

log = logging.getLogger(__name__)

POLL_S: Final = 1.0
BATCH: Final = 50
BACKOFF_S: Final = (1, 5, 30, 120, 600, 3600)
"""Pauses after each failure; an item that has failed once more than this is parked for a person to look at."""


@dataclass(frozen=True, slots=True)
class Item:
    """One effect on its way. Handlers may see it twice: ``item_id`` tells repeats apart."""

    item_id: int
    duty: str
    topic: str
    payload: Mapping[str, Any]
    attempts: int


Handler = Callable[[Item], Awaitable[None]]


async def put(conn: Executor, duty: Duty, topic: str, payload: Mapping[str, object]) -> None:
    """Store an effect in the caller's transaction. ``duty`` is the sender's; ``topic`` names the handler."""
    await conn.execute(
        "INSERT INTO outbox.items (duty, topic, payload) VALUES ($1, $2, $3)", duty, topic, dict(payload)
    )


class Relay:
    """Hands items to the handlers that were registered per topic; one relay works at a time, held by a lease."""

    def __init__(self, database: Database, lease: Lease, *, poll_s: float = POLL_S) -> None:
        self._database = database
        self._lease = lease
        self._poll_s = poll_s
        self._handlers: dict[str, Handler] = {}
        self._alarm = Alarm()
        self._delivering = asyncio.Lock()

    def handle(self, topic: str, handler: Handler) -> None:
        """Register the one handler of a topic. It must be idempotent: it may see an item again after a crash."""
        assert topic not in self._handlers, f"{topic} has a handler already"
        self._handlers[topic] = handler

    def wake(self) -> None:
        """Look for items now instead of at the next poll; call it after a commit that put some."""
        self._alarm.ring()

    async def run(self) -> None:
        """Deliver for ever; started under the supervisor.

        What was parked gets another round when this process takes up the work: an operator mends a cause and
        starts the server again.
        """
        holds = False
        while True:
            delivered = 0
            try:
                held, holds = holds, await self._lease.hold()
                if holds and not held:
                    await self.retry_parked()
                if holds:
                    delivered = await self.deliver_due()
            except Exception as error:
                if not retriable(error):
                    raise
                log.warning("the outbox cannot reach the database: %s", type(error).__name__)
            if not delivered:
                await self._alarm.sleep(self._poll_s)

    async def deliver_due(self) -> int:
        """Try every item that is due once, oldest first; how many were tried. Only one call works at a time."""
        async with self._delivering:
            return await self._deliver_batch()

    async def _deliver_batch(self) -> int:
        rows = await self._database.fetch(
            "SELECT item_id, duty, topic, payload, attempts FROM outbox.items"
            " WHERE parked_at IS NULL AND due_at <= clock_timestamp() ORDER BY item_id LIMIT $1",
            BATCH,
        )
        for row in rows:
            await self._deliver(Item(**dict(row)))
        return len(rows)

    async def parked(self) -> int:
        """How many items wait for a person because they failed every time: a number for metrics and the desk."""
        return int(await self._database.fetchval("SELECT count(*) FROM outbox.items WHERE parked_at IS NOT NULL"))

    async def retry_parked(self) -> None:
        """Give parked items another round, after their cause was mended."""
        await self._database.execute(
            "UPDATE outbox.items SET parked_at = NULL, attempts = 0, due_at = clock_timestamp()"
            " WHERE parked_at IS NOT NULL"
        )
        self.wake()

    async def _deliver(self, item: Item) -> None:
        handler = self._handlers.get(item.topic)
        try:
            if handler is None:
                raise LookupError(item.topic)
            await handler(item)
        except Exception as error:
            log.exception("outbox item %d of topic %s failed", item.item_id, item.topic)
            await self._postpone(item, type(error).__name__)
        else:
            await self._database.execute("DELETE FROM outbox.items WHERE item_id = $1", item.item_id)

    async def _postpone(self, item: Item, error: str) -> None:
        """Try again later, or park. Only the kind of error is stored: its words might hold personal data."""
        if item.attempts >= len(BACKOFF_S):
            await self._database.execute(
                "UPDATE outbox.items SET parked_at = clock_timestamp(), attempts = attempts + 1, last_error = $2"
                " WHERE item_id = $1",
                item.item_id, error,
            )  # fmt: skip
            log.error("outbox item %d of topic %s is parked", item.item_id, item.topic)
            return
        await self._database.execute(
            "UPDATE outbox.items SET due_at = clock_timestamp() + make_interval(secs => $2),"
            " attempts = attempts + 1, last_error = $3 WHERE item_id = $1",
            item.item_id, BACKOFF_S[item.attempts], error,
        )  # fmt: skip

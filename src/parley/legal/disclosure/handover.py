"""The officer's side of a delivery: list, download, acknowledge; and the wiping of what is over."""

from __future__ import annotations

from parley.core.clock import Clock
from parley.core.ids import OfficerId, OrderId
from parley.legal.disclosure import rules, store
from parley.legal.disclosure.errors import DeliveryGone, DeliveryInvalid, ReleaseNotFound
from parley.legal.disclosure.model import Delivery, ReleaseState
from parley.storage import audit
from parley.storage.database import Database, Executor


class Handover:
    """Deliveries as officers and the legal desk see them."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def for_officer(self, officer: OfficerId) -> tuple[Delivery, ...]:
        """An officer's deliveries, newest first."""
        return await store.deliveries(self._database, officer=officer)

    async def of_order(self, order_id: OrderId) -> tuple[Delivery, ...]:
        """An order's deliveries, newest first."""
        return await store.deliveries(self._database, order_id=order_id)

    async def download(self, delivery_id: str, officer: OfficerId) -> bytes:
        """Give the age file to the officer who filed the order; each download is audited.

        Raises:
            ReleaseNotFound: there is none of this id, or it is somebody else's.
            DeliveryGone: it was wiped, or its time is over.
        """
        now = self._clock.now()
        async with self._database.transaction() as conn:
            delivery = await self._own(conn, delivery_id, officer)
            content = await store.sealed_content(conn, delivery_id)
            if content is None or delivery.expires_at <= now:
                raise DeliveryGone("this delivery was wiped")
            await store.downloaded(conn, delivery_id, now)
            await audit.record(conn, now, f"officer:{officer}", "delivery.downloaded", delivery_id)
        return content

    async def acknowledge(self, delivery_id: str, officer: OfficerId, status: str) -> Delivery:
        """Record the officer's answer; `received` wipes the content, anything else leaves it until it expires.

        Raises:
            ReleaseNotFound: there is none of this id, or it is somebody else's.
            DeliveryInvalid: another answer than those that are offered, or nothing was downloaded yet.
        """
        if status not in rules.ACK_STATUSES:
            raise DeliveryInvalid(f"an answer is {', '.join(rules.ACK_STATUSES)}")
        now = self._clock.now()
        async with self._database.transaction() as conn:
            delivery = await self._own(conn, delivery_id, officer)
            if delivery.downloaded_at is None:
                raise DeliveryInvalid("download the delivery before you acknowledge it")
            await store.acknowledged(conn, delivery_id, status, now)
            if status == "received":
                await self._close(conn, delivery)
            await audit.record(
                conn, now, f"officer:{officer}", "delivery.acknowledged", delivery_id, {"status": status}
            )
        return await self.get(delivery_id)

    async def get(self, delivery_id: str) -> Delivery:
        """One delivery without its content.

        Raises:
            ReleaseNotFound: there is none of this id.
        """
        delivery = await store.delivery(self._database, delivery_id)
        if delivery is None:
            raise ReleaseNotFound("no such delivery")
        return delivery

    async def wipe_due(self) -> tuple[Delivery, ...]:
        """Wipe the content of deliveries whose time is over; a worker calls it now and then."""
        due = await store.deliveries_due(self._database, self._clock.now())
        for delivery in due:
            async with self._database.transaction() as conn:
                await self._close(conn, delivery)
                await audit.record(conn, self._clock.now(), "system", "delivery.expired", delivery.delivery_id)
        return due

    async def _close(self, conn: Executor, delivery: Delivery) -> None:
        now = self._clock.now()
        await store.wipe(conn, delivery.delivery_id, now)
        await store.mark(conn, delivery.release_id, ReleaseState.CLOSED, now)

    async def _own(self, conn: Executor, delivery_id: str, officer: OfficerId) -> Delivery:
        delivery = await store.delivery(conn, delivery_id)
        if delivery is None or delivery.officer != officer:
            raise ReleaseNotFound("no such delivery")
        return delivery

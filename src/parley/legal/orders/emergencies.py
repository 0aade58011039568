"""Check E2: an order follows an emergency disclosure in time, or the authority is flagged and the person told.

An emergency request binds nobody, so it is the usual way of those who forge. Whoever really had an emergency gets
an order afterwards; whoever does not has to answer for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from parley.core.clock import Clock
from parley.core.ids import OrderId
from parley.legal.authorities.model import Authority, Trust
from parley.legal.authorities.service import Authorities
from parley.legal.clocks.calendar import Calendar
from parley.legal.clocks.model import Running
from parley.legal.clocks.rules import due
from parley.legal.clocks.table import clock_rule
from parley.legal.notices.model import Gag
from parley.legal.notices.service import Notices
from parley.legal.orders import later_order_store as store
from parley.legal.orders.log_entries import entry_of, opening_of
from parley.legal.orders.model import LaterOrder, Order
from parley.legal.orders.service import Orders
from parley.legal.translog.openings import Stage
from parley.legal.translog.service import APPEND_TOPIC
from parley.storage import audit, outbox
from parley.storage.database import Database, Executor


class Emergencies:
    """Watches for the orders that have to follow."""

    def __init__(
        self, database: Database, clock: Clock, calendar: Calendar, orders: Orders, authorities: Authorities,
        notices: Notices,
    ) -> None:  # fmt: skip
        self._database = database
        self._clock = clock
        self._calendar = calendar
        self._orders = orders
        self._authorities = authorities
        self._notices = notices

    async def disclosed(self, payload: Mapping[str, Any]) -> None:
        """Handle the outbox item `legal.disclosed`: start the clock of an emergency. Idempotent."""
        order = await self._orders.get(payload["order_id"])
        if not order.emergency:
            return
        started = datetime.fromisoformat(payload["disclosed_at"])
        rule = clock_rule(order.filing.instrument, "later_order", self._orders.rules.clocks)
        until = due(Running(rule, started), self._calendar)
        assert until is not None, "the table gives this clock a period"
        await store.start(self._database, LaterOrder(order.order_id, started, until))

    async def of_order(self, order_id: OrderId) -> LaterOrder | None:
        """Say how far the clock of an emergency is; None where none runs."""
        return await store.of_order(self._database, order_id)

    async def look(self) -> int:
        """Settle every clock whose order came, or whose time is over; how many."""
        now, settled = self._clock.now(), 0
        for expected in await store.running(self._database):
            follower = await store.follower(self._database, expected)
            if follower is not None:
                settled += await self._came(expected, follower)
            elif now >= expected.due_at:
                settled += await self._missing(expected)
        return settled

    async def _came(self, expected: LaterOrder, follower: OrderId) -> bool:
        """The person is told of the emergency when the secrecy of the order that followed ends, if it has any."""
        order, later = await self._orders.get(expected.order_id), await self._orders.get(follower)
        authority = await self._authorities.get(order.authority_id)
        async with self._database.transaction() as conn:
            if not await self._settle(conn, order, authority, follower):
                return False
            gag = later.filing.gag
            if gag is not None:
                secrecy = Gag(gag.legal_basis, gag.judge, gag.until)
                await self._notices.gags.follow(conn, order.order_id, secrecy, "system")
            detail = {"came_as": later.number}
            await audit.record(conn, self._clock.now(), "system", "emergency.order_came", order.order_id, detail)
        return True

    async def _missing(self, expected: LaterOrder) -> bool:
        order = await self._orders.get(expected.order_id)
        authority = await self._flag(order)
        why = "no order followed the emergency request in time"
        async with self._database.transaction() as conn:
            if not await self._settle(conn, order, authority, None):
                return False
            await self._notices.gags.void(conn, order.order_id, why, "system")
            detail = {"authority": order.authority_id}
            await audit.record(conn, self._clock.now(), "system", "emergency.no_order", order.order_id, detail)
        return True

    async def _flag(self, order: Order) -> Authority:
        """Done first: a crash in between finds the clock still running, and flags once more."""
        authority = await self._authorities.get(order.authority_id)
        if authority.trust not in (Trust.FLAGGED, Trust.SUSPENDED):
            reason = f"no order followed the emergency request {order.number} in time"
            return await self._authorities.set_trust(order.authority_id, Trust.FLAGGED, reason, "system")
        return authority

    async def _settle(self, conn: Executor, order: Order, authority: Authority, came_as: OrderId | None) -> bool:
        if not await store.settle(conn, order.order_id, came_as, self._clock.now()):
            return False
        opening = opening_of(Stage.VERIFIED, order, authority, validated=came_as is not None)
        await outbox.put(conn, "legal", APPEND_TOPIC, entry_of(f"validated-{order.order_id}", opening))
        return True

"""The SQL of the orders that have to follow emergencies, with the duty `legal`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from parley.core.ids import OrderId
from parley.legal.orders.model import LaterOrder, OrderStatus
from parley.storage.database import Executor

_NO_ORDERS = [OrderStatus.REJECTED.value, OrderStatus.WITHDRAWN.value]


async def start(conn: Executor, expected: LaterOrder) -> None:
    """Start the clock of an emergency; a second time changes nothing."""
    await conn.execute(
        "INSERT INTO legal.later_orders (order_id, started_at, due_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        expected.order_id,
        expected.started_at,
        expected.due_at,
    )


async def of_order(conn: Executor, order_id: OrderId) -> LaterOrder | None:
    """Read the clock of one emergency."""
    row = await conn.fetchrow("SELECT * FROM legal.later_orders WHERE order_id = $1", order_id)
    return None if row is None else _later(row)


async def running(conn: Executor) -> list[LaterOrder]:
    """Read the clocks that run, the one due first first."""
    rows = await conn.fetch("SELECT * FROM legal.later_orders WHERE settled_at IS NULL ORDER BY due_at")
    return [_later(row) for row in rows]


async def follower(conn: Executor, expected: LaterOrder) -> OrderId | None:
    """Find the first order of the same country about the same account that was served in time and stands.

    The body may be another one: a court orders what its police asked for.
    """
    found = await conn.fetchval(
        "SELECT o.order_id FROM legal.orders e JOIN legal.tasks et USING (order_id)"
        " JOIN legal.authorities ea USING (authority_id)"
        " JOIN legal.orders o ON o.served_at > e.served_at AND o.served_at <= $2"
        " AND o.instrument <> 'emergency' AND o.status <> ALL($3::text[])"
        " JOIN legal.tasks t ON t.order_id = o.order_id AND t.account_id = et.account_id"
        " JOIN legal.authorities a ON a.authority_id = o.authority_id AND a.country = ea.country"
        " WHERE e.order_id = $1 ORDER BY o.served_at LIMIT 1",
        expected.order_id,
        expected.due_at,
        _NO_ORDERS,
    )
    return None if found is None else OrderId(found)


async def settle(conn: Executor, order_id: OrderId, came_as: OrderId | None, at: datetime) -> bool:
    """Note what came of it; False when that was settled before."""
    tag = await conn.execute(
        "UPDATE legal.later_orders SET came_as = $2, settled_at = $3 WHERE order_id = $1 AND settled_at IS NULL",
        order_id,
        came_as,
        at,
    )
    return tag == "UPDATE 1"


def _later(row: Any) -> LaterOrder:
    came_as = None if row["came_as"] is None else OrderId(row["came_as"])
    return LaterOrder(OrderId(row["order_id"]), row["started_at"], row["due_at"], came_as, row["settled_at"])

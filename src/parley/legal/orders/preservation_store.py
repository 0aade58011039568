"""The SQL of preservations, with the duty `legal`; the snapshots themselves are the vault's."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from parley.core.ids import OrderId, TaskId
from parley.legal.orders.errors import OrderNotFound
from parley.legal.orders.model import Preservation
from parley.storage.database import Executor


async def insert(conn: Executor, made: Preservation) -> None:
    """Keep a proposal."""
    await conn.execute(
        "INSERT INTO legal.preservations (preservation_id, order_id, task_id, until, why, proposed_by, proposed_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7)",
        made.preservation_id, made.order_id, made.task_id, made.until, made.why, made.proposed_by, made.proposed_at,
    )  # fmt: skip


async def of_order(conn: Executor, order_id: OrderId, *, lock: bool = False) -> list[Preservation]:
    """Read an order's preservations, oldest first; with `lock` nobody else changes them in the transaction."""
    if lock:
        await conn.execute("SELECT FROM legal.orders WHERE order_id = $1 FOR UPDATE", order_id)
    rows = await conn.fetch(
        "SELECT * FROM legal.preservations WHERE order_id = $1 ORDER BY proposed_at, preservation_id", order_id
    )
    return [_preservation(row) for row in rows]


async def one(conn: Executor, order_id: OrderId, preservation_id: str, *, lock: bool = False) -> Preservation:
    """Read one preservation of an order.

    Raises:
        OrderNotFound: the order has none of this id.
    """
    row = await conn.fetchrow(
        "SELECT * FROM legal.preservations WHERE preservation_id = $1 AND order_id = $2"
        + (" FOR UPDATE" if lock else ""),
        preservation_id,
        order_id,
    )
    if row is None:
        raise OrderNotFound("there is no such preservation")
    return _preservation(row)


async def set_confirmed(conn: Executor, preservation_id: str, by: str, at: datetime, hold_id: str) -> bool:
    """Note the second person and the snapshot; False when the proposal was settled already."""
    tag = await conn.execute(
        "UPDATE legal.preservations SET confirmed_by = $2, confirmed_at = $3, hold_id = $4"
        " WHERE preservation_id = $1 AND confirmed_at IS NULL AND ended_at IS NULL",
        preservation_id, by, at, hold_id,
    )  # fmt: skip
    return tag == "UPDATE 1"


async def set_ended(conn: Executor, preservation_id: str, by: str, at: datetime, why: str) -> None:
    """Note who ended a preservation or declined a proposal, and why."""
    await conn.execute(
        "UPDATE legal.preservations SET ended_by = $2, ended_at = $3, ended_why = $4"
        " WHERE preservation_id = $1 AND ended_at IS NULL",
        preservation_id, by, at, why,
    )  # fmt: skip


def _preservation(row: Any) -> Preservation:
    values = dict(row)
    return Preservation(**{**values, "order_id": OrderId(values["order_id"]), "task_id": TaskId(values["task_id"])})

"""What the public log is told of an order: what reports count, and nobody's name."""

from __future__ import annotations

from typing import Any

from parley.legal.authorities.model import Authority
from parley.legal.orders.model import Order
from parley.legal.translog.openings import Opening, Stage


def opening_of(stage: Stage, order: Order, authority: Authority, **more: Any) -> Opening:
    """An entry's opening with what every entry of the order says; `more` are further members."""
    return Opening(
        stage,
        order_ref=order.order_ref,
        country=authority.country,
        instrument=order.filing.instrument.value,
        authority_kind=authority.kind.value,
        emergency=order.emergency,
        statement_category=order.filing.statement_category,
        gag=order.filing.gag is not None,
        **more,
    )


def entry_of(entry_id: str, opening: Opening) -> dict[str, Any]:
    """The payload of the outbox item that brings an opening to the log."""
    return {"entry_id": entry_id, "opening": opening.to_json(), "emergency": bool(opening.emergency)}

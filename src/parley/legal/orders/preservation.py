"""Preserving what an order names before its retention is over: one person proposes, another confirms, it lapses.

The snapshot is a copy of sealed days in the vault; nothing of it can be read without two custodians.
"""

from __future__ import annotations

from datetime import datetime

from parley.core.clock import Clock
from parley.core.ids import OrderId, new_id
from parley.legal.authorities.model import Authority
from parley.legal.authorities.service import Authorities
from parley.legal.clocks.calendar import Calendar
from parley.legal.clocks.errors import ClockUnknown
from parley.legal.clocks.model import ClockRule
from parley.legal.clocks.table import clock_rule
from parley.legal.orders import preservation_store as store
from parley.legal.orders import rules
from parley.legal.orders.errors import PreservationNotAllowed, SecondPersonNeeded
from parley.legal.orders.log_entries import entry_of, opening_of
from parley.legal.orders.model import Kept, Order, Preservation, PreservationEnds, Task
from parley.legal.orders.service import Orders
from parley.legal.translog.openings import Stage
from parley.legal.translog.service import APPEND_TOPIC
from parley.legal.vault.model import Hold
from parley.legal.vault.ports import Identity
from parley.legal.vault.service import Vault
from parley.storage import audit, outbox
from parley.storage.database import Database, Executor


class Preservations:
    """The preservations of one operator's orders."""

    def __init__(
        self, database: Database, clock: Clock, calendar: Calendar, orders: Orders, authorities: Authorities,
        vault: Vault, identity: Identity,
    ) -> None:  # fmt: skip
        self._database = database
        self._clock = clock
        self._calendar = calendar
        self._orders = orders
        self._authorities = authorities
        self._vault = vault
        self._identity = identity

    async def of_order(self, order_id: OrderId) -> list[Kept]:
        """Read what was proposed and preserved for an order, oldest first, and whether the vault still holds it."""
        task = (await self._orders.tasks(order_id))[0]
        found = await store.of_order(self._database, order_id)
        held = {} if task.account_id is None else {h.hold_id: h for h in await self._vault.holds(task.account_id)}
        return [_kept(one, held.get(one.hold_id or "")) for one in found]

    async def ends(self, order_id: OrderId) -> PreservationEnds:
        """When a preservation proposed now would end by the table of clocks, and when it has to end at the latest.

        Raises:
            OrderNotFound: there is none.
        """
        return self._ends(await self._orders.get(order_id), await store.of_order(self._database, order_id))

    async def propose(self, order_id: OrderId, until: datetime, why: str, by: str) -> Preservation:
        """Propose to preserve the account and range of an order, as the first person; nothing is copied yet.

        Raises:
            OrderNotFound: there is none.
            PreservationNotAllowed: the order is closed or names no single account, the end does not fit, or a
                proposal waits already.
        """
        order, task, now = await self._orders.get(order_id), await self._task(order_id), self._clock.now()
        if order.closed_at is not None:
            raise PreservationNotAllowed("this order is closed")
        async with self._database.transaction() as conn:
            before = await store.of_order(conn, order_id, lock=True)
            if any(one.waiting for one in before):
                raise PreservationNotAllowed("a proposal waits for its second person already")
            rules.check_preservation(until, self._ends(order, before), now)
            made = Preservation(new_id(), order_id, task.task_id, until, why, by, now)
            await store.insert(conn, made)
            detail = {"preservation": made.preservation_id, "until": until.isoformat(), "why": why}
            await audit.record(conn, now, by, "preservation.proposed", order_id, detail)
        return made

    async def confirm(self, order_id: OrderId, preservation_id: str, by: str) -> Hold:
        """Preserve, as the second person: copy the sealed days and the number, and tell the public log.

        Raises:
            OrderNotFound: there is no such order or proposal.
            SecondPersonNeeded: the same person proposed it.
            PreservationNotAllowed: it is settled, its end has passed, or the order was closed meanwhile.
        """
        order, task = await self._orders.get(order_id), await self._task(order_id)
        proposed = await store.one(self._database, order_id, preservation_id)
        self._check_second(order, proposed, by)

        authority = await self._authorities.get(order.authority_id)

        async def settle(conn: Executor, hold: Hold) -> None:
            await self._settle(conn, order, authority, proposed, hold, by)

        assert task.account_id is not None, "checked by _task"
        phone = await self._identity.phone_of(task.account_id, preservation_id) if "phone" in task.fields else None
        return await self._vault.preserve(
            task.task_id, task.account_id, task.start, task.end, proposed.until, by, phone=phone, within=settle
        )

    async def decline(self, order_id: OrderId, preservation_id: str, by: str) -> None:
        """Take a proposal back or turn it down.

        Raises:
            OrderNotFound, PreservationNotAllowed: there is nothing to decline.
        """
        now = self._clock.now()
        async with self._database.transaction() as conn:
            if not (await store.one(conn, order_id, preservation_id, lock=True)).waiting:
                raise PreservationNotAllowed("this proposal is settled")
            await store.set_ended(conn, preservation_id, by, now, "declined")
            detail = {"preservation": preservation_id}
            await audit.record(conn, now, by, "preservation.declined", order_id, detail)

    async def end(self, order_id: OrderId, preservation_id: str, why: str, by: str) -> None:
        """Shred a snapshot before its time.

        Raises:
            OrderNotFound, PreservationNotAllowed: nothing is preserved under this id.
        """
        found = await store.one(self._database, order_id, preservation_id)
        kept = {hold.hold_id for hold in await self._vault.holds()}
        if found.ended_at is not None or found.hold_id is None or found.hold_id not in kept:
            raise PreservationNotAllowed("nothing is preserved any more")
        now = self._clock.now()

        async def settle(conn: Executor) -> None:
            await store.set_ended(conn, preservation_id, by, now, why)
            detail = {"preservation": preservation_id, "why": why}
            await audit.record(conn, now, by, "preservation.ended", order_id, detail)

        await self._vault.end_hold(found.hold_id, by, within=settle)

    def _check_second(self, order: Order, proposed: Preservation, by: str) -> None:
        if not proposed.waiting:
            raise PreservationNotAllowed("this proposal is settled")
        if proposed.proposed_by == by:
            raise SecondPersonNeeded("preserving needs two different people")
        if order.closed_at is not None or proposed.until <= self._clock.now():
            raise PreservationNotAllowed("the order is closed, or the end that was proposed has passed")

    async def _settle(
        self, conn: Executor, order: Order, authority: Authority, proposed: Preservation, hold: Hold, by: str
    ) -> None:
        before = await store.of_order(conn, order.order_id, lock=True)
        if not await store.set_confirmed(conn, proposed.preservation_id, by, hold.made_at, hold.hold_id):
            raise PreservationNotAllowed("this proposal is settled")
        again = any(one.confirmed_at is not None for one in before)
        opening = opening_of(Stage.PRESERVED, order, authority, accounts=0 if again else 1)
        await outbox.put(conn, "legal", APPEND_TOPIC, entry_of(new_id(), opening))
        detail = {"preservation": proposed.preservation_id, "proposed_by": proposed.proposed_by}
        await audit.record(conn, hold.made_at, by, "preservation.confirmed", order.order_id, detail)

    async def _task(self, order_id: OrderId) -> Task:
        task = (await self._orders.tasks(order_id))[0]
        if task.account_id is None:
            raise PreservationNotAllowed("no single account held the identifier in the period")
        return task

    def _ends(self, order: Order, before: list[Preservation]) -> PreservationEnds:
        now = self._clock.now()
        first = next((one.confirmed_at for one in before if one.confirmed_at is not None), now)
        return rules.preservation_ends(self._clock_of(order), first, now, self._calendar)

    def _clock_of(self, order: Order) -> ClockRule | None:
        try:
            return clock_rule(order.filing.instrument, "preservation", self._orders.rules.clocks)
        except ClockUnknown:
            return None


def _kept(one: Preservation, hold: Hold | None) -> Kept:
    return Kept(one) if hold is None else Kept(one, hold.records, hold.phone is not None)

"""What bars telling: impose a gag, prolong it within the law's limit, lift it by two people."""

from __future__ import annotations

from datetime import datetime

from parley.core.clock import Clock
from parley.core.ids import OrderId
from parley.legal.clocks.calendar import Calendar
from parley.legal.notices import rules, store
from parley.legal.notices.errors import GagInvalid, NotBarred, NotProposed, SamePerson
from parley.legal.notices.model import Case, Gag
from parley.legal.notices.table import NoticeTable
from parley.legal.translog.service import GAG_TOPIC, INDEFINITE
from parley.storage import audit, outbox
from parley.storage.database import Database, Executor


class Gags:
    """The secrecy of orders. Every change is a further record; the newest one holds."""

    def __init__(self, database: Database, clock: Clock, calendar: Calendar, table: NoticeTable) -> None:
        self._database = database
        self._clock = clock
        self._calendar = calendar
        self._table = table

    async def impose(self, conn: Executor, order_id: OrderId, gag: Gag, by: str) -> Gag:
        """Bar telling, or prolong it, in the caller's transaction; what the law limits is cut to that limit.

        The order's entries stay closed in the public log for as long.

        Raises:
            CaseUnknown: no notices are kept for this order.
        """
        case = await store.case_of(conn, order_id)
        limit = await self._limit(conn, case, gag)
        held = rules.cut(gag, limit)
        await self._hold(conn, case, held, limit, by, "notices.gag_imposed")
        return held

    async def prolong(self, order_id: OrderId, gag: Gag, by: str) -> Gag:
        """Record that a judge barred telling for longer, or anew; gives the gag as the law's limit leaves it.

        A proposal to lift the secrecy falls: it spoke of what held before.

        Raises:
            CaseUnknown: no notices are kept for this order.
            GagInvalid: judge, basis or end are missing, or it would end no later than what holds now.
        """
        now = self._clock.now()
        async with self._database.transaction() as conn:
            case = await store.case_of(conn, order_id, lock=True)
            before = await store.gags_of(conn, order_id)
            limit = await self._limit(conn, case, gag)
            held = rules.cut(gag, limit)
            rules.check_prolonged(held, before[-1] if before else None, now)
            await store.set_lifting(conn, order_id, None, None, None)
            await self._hold(conn, case, held, limit, by, "notices.gag_prolonged")
        return held

    async def follow(self, conn: Executor, order_id: OrderId, gag: Gag, by: str) -> None:
        """Bar telling of an emergency for as long as the order that followed it does, if that is longer."""
        before = await store.gags_of(conn, order_id)
        if not before or (before[-1].until is not None and (gag.until is None or gag.until > before[-1].until)):
            await self.impose(conn, order_id, gag, by)

    async def void(self, conn: Executor, order_id: OrderId, why: str, by: str) -> None:
        """End the secrecy that an emergency request claimed, for want of an order: by rule, not by people.

        What a judge barred since then stays: that is recorded, prolonged and lifted by people.
        """
        held = await store.gags_of(conn, order_id)
        now = self._clock.now()
        if len(held) != 1 or not rules.bars(held[-1], now):
            return
        case = await store.case_of(conn, order_id, lock=True)
        await store.set_lifting(conn, order_id, None, None, None)
        ended = Gag(held[-1].barred_by, held[-1].judge, now)
        await self._hold(conn, case, ended, None, by, "notices.gag_void", {"why": why})

    async def propose_lifting(self, order_id: OrderId, why: str, by: str) -> None:
        """Say, as the first person, who lifted a gag or found it void; nothing changes yet.

        Raises:
            CaseUnknown: no notices are kept for this order.
            NotBarred: no gag holds.
        """
        now = self._clock.now()
        async with self._database.transaction() as conn:
            case = await store.case_of(conn, order_id, lock=True)
            await self._holding(conn, order_id)
            if case.lift_by is not None:
                raise GagInvalid("somebody proposed already to lift this secrecy")
            await store.set_lifting(conn, order_id, by, why, now)
            await audit.record(conn, now, by, "notices.lifting_proposed", order_id, {"why": why})

    async def confirm_lifting(self, order_id: OrderId, by: str) -> None:
        """End a gag now, as the second person. The person concerned is told when nothing else bars it.

        Raises:
            CaseUnknown, NotBarred, NotProposed: there is nothing to lift.
            SamePerson: it is the person who proposed it.
        """
        now = self._clock.now()
        async with self._database.transaction() as conn:
            case = await _proposed(conn, order_id)
            if case.lift_by == by:
                raise SamePerson("lifting secrecy needs two different people")
            held = await self._holding(conn, order_id)
            await store.set_lifting(conn, order_id, None, None, None)
            detail = {"why": case.lift_because or "", "proposed_by": case.lift_by or ""}
            ended = Gag(held.barred_by, held.judge, now)
            await self._hold(conn, case, ended, None, by, "notices.gag_lifted", detail)

    async def decline_lifting(self, order_id: OrderId, by: str) -> None:
        """Take a proposal back or turn it down; the secrecy stays.

        Raises:
            CaseUnknown, NotProposed: there is nothing to decline.
        """
        async with self._database.transaction() as conn:
            case = await _proposed(conn, order_id)
            await store.set_lifting(conn, order_id, None, None, None)
            detail = {"proposed_by": case.lift_by}
            await audit.record(conn, self._clock.now(), by, "notices.lifting_declined", order_id, detail)

    async def of_order(self, order_id: OrderId) -> Gag | None:
        """What bars telling of an order, or barred it last."""
        found = await store.gags_of(self._database, order_id)
        return found[-1] if found else None

    async def _limit(self, conn: Executor, case: Case, gag: Gag) -> datetime | None:
        rule = self._table.rule_of(case.instrument)
        prolonged = bool(await store.gags_of(conn, case.order_id))
        return rules.gag_limit(rule, gag, prolonged, self._clock.now(), self._calendar)

    async def _holding(self, conn: Executor, order_id: OrderId) -> Gag:
        held = await store.gags_of(conn, order_id)
        if not held or not rules.bars(held[-1], self._clock.now()):
            raise NotBarred("no secrecy holds that could be lifted")
        return held[-1]

    async def _hold(
        self, conn: Executor, case: Case, gag: Gag, limit: datetime | None, by: str, action: str,
        more: dict[str, str] | None = None,
    ) -> None:  # fmt: skip
        now = self._clock.now()
        await store.add_gag(conn, case.order_id, gag, limit, by, now)
        until = (gag.until or INDEFINITE).isoformat()
        await outbox.put(conn, "legal", GAG_TOPIC, {"order_ref": case.order_ref, "until": until})
        detail = {"until": until, "barred_by": gag.barred_by, **(more or {})}
        await audit.record(conn, now, by, action, case.order_id, detail)


async def _proposed(conn: Executor, order_id: OrderId) -> Case:
    case = await store.case_of(conn, order_id, lock=True)
    if case.lift_by is None:
        raise NotProposed("nobody proposed to lift this secrecy")
    return case

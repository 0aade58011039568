"""Keeping a notice back because telling would put somebody in danger: one person proposes, another confirms."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from parley.core.clock import Clock
from parley.legal.notices import store
from parley.legal.notices.errors import NotProposed, SamePerson
from parley.legal.notices.model import Notice, State
from parley.storage import audit
from parley.storage.database import Database, Executor

Step = Callable[[Executor, Notice], Awaitable[None]]


class Withholding:
    """The two steps, and the way back. A proposal alone keeps a notice back for two days, no longer."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def propose(self, notice_id: str, why: str, by: str) -> None:
        """Propose to withhold a notice.

        Raises:
            NoticeUnknown, NoticeSettled: there is nothing to withhold.
        """
        now = self._clock.now()
        async with self._database.transaction() as conn:
            notice = await store.waiting_notice(conn, notice_id)
            await store.set_proposal(conn, notice_id, by, why.strip()[:1000], now)
            detail = {"notice": notice_id, "why": why.strip()[:1000]}
            await audit.record(conn, now, by, "notices.withholding_proposed", notice.order_id, detail)

    async def confirm(self, notice_id: str, by: str) -> None:
        """Withhold a notice as the second person; it is never sent then.

        Raises:
            NoticeUnknown, NoticeSettled, NotProposed: there is nothing to confirm.
            SamePerson: it is the person who proposed it.
        """
        now = self._clock.now()
        async with self._database.transaction() as conn:
            notice = await _proposed(conn, notice_id)
            if notice.withhold_by == by:
                raise SamePerson("withholding a notice needs two different people")
            await store.settle(conn, notice_id, State.WITHHELD, now=now, why=notice.withhold_because)
            detail = {"notice": notice_id, "proposed_by": notice.withhold_by, "why": notice.withhold_because}
            await audit.record(conn, now, by, "notices.withheld", notice.order_id, detail)

    async def decline(self, notice_id: str, by: str) -> None:
        """Take a proposal back or turn it down; the notice goes its way.

        Raises:
            NoticeUnknown, NoticeSettled, NotProposed: there is nothing to decline.
        """
        now = self._clock.now()
        async with self._database.transaction() as conn:
            notice = await _proposed(conn, notice_id)
            await store.set_proposal(conn, notice_id, None, None, None)
            detail = {"notice": notice_id, "proposed_by": notice.withhold_by}
            await audit.record(conn, now, by, "notices.withholding_declined", notice.order_id, detail)


async def _proposed(conn: Executor, notice_id: str) -> Notice:
    notice = await store.waiting_notice(conn, notice_id)
    if notice.withhold_by is None:
        raise NotProposed("nobody proposed to withhold this notice")
    return notice

"""The actions on notices: keep a case, bar and release, plan, and send what is due with its receipt."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from parley.core.clock import Clock
from parley.core.ids import AccountId, OrderId, new_id
from parley.legal.clocks.calendar import Calendar
from parley.legal.notices import rules, store
from parley.legal.notices.gags import Gags
from parley.legal.notices.model import Attachment, Case, Gag, Kind, Notice, State
from parley.legal.notices.ports import NoticeSender, Receipts
from parley.legal.notices.table import NoticeTable, notice_table
from parley.legal.notices.withholding import Withholding
from parley.legal.translog.errors import EntryPending, EntryUnknown, ProofLost
from parley.legal.translog.openings import Opening, Stage
from parley.legal.translog.service import APPEND_TOPIC
from parley.storage import audit, outbox
from parley.storage.database import Database, Executor

log = logging.getLogger(__name__)


class Notices:
    """Keeps and sends notices with the duty `legal`. `log_url` is where people verify their receipts."""

    def __init__(
        self, database: Database, clock: Clock, calendar: Calendar, receipts: Receipts, sender: NoticeSender, *,
        operator: str, log_url: str, table: NoticeTable | None = None,
    ) -> None:  # fmt: skip
        self._database = database
        self._clock = clock
        self._calendar = calendar
        self._receipts = receipts
        self._sender = sender
        self._operator = operator
        self._log_url = log_url
        self._table = table or notice_table()
        self.withholding = Withholding(database, clock)
        self.gags = Gags(database, clock, calendar, self._table)

    async def open_case(
        self,
        conn: Executor,
        order_id: OrderId,
        order_ref: str,
        *,
        instrument: str,
        country: str,
        authority_kind: str,
    ) -> Case:
        """Keep notices for an order from its receipt on, in the caller's transaction.

        Raises:
            NoticeTableDamaged: no rule says who tells the person of such an order.
        """
        rule = self._table.rule_of(instrument)
        now = self._clock.now()
        review = rules.next_review(rule, now, now)
        case = Case(order_id, order_ref, instrument, country, authority_kind, rule.rule, review, None, now)
        await store.add_case(conn, case)
        return case

    async def release(self, order_id: OrderId, by: str) -> None:
        """Note that the authority, which would have told the person, lets us tell.

        Raises:
            CaseUnknown: no notices are kept for this order.
        """
        now = self._clock.now()
        async with self._database.transaction() as conn:
            case = await store.case_of(conn, order_id)
            await store.set_released(conn, order_id, now)
            await audit.record(conn, now, by, "notices.released", case.order_id)

    async def case_of(self, order_id: OrderId) -> Case:
        """What holds for an order's notices, for the desk.

        Raises:
            CaseUnknown: no notices are kept for this order.
        """
        return await store.case_of(self._database, order_id)

    async def disclosed(self, payload: Mapping[str, Any]) -> None:
        """Handle the outbox item `legal.disclosed`: plan the notice to the person. Idempotent."""
        order_id = OrderId(payload["order_id"])
        async with self._database.transaction() as conn:
            case = await store.case_of(conn, order_id)
            happened = datetime.fromisoformat(payload["disclosed_at"])
            rule = self._table.rule_of(case.instrument)
            notice = self._notice(
                payload["release_id"], order_id, AccountId(payload["account"]), Kind.DISCLOSURE,
                tuple(payload["fields"]), happened, payload["log_entry"],
                rules.earliest(rule, happened, self._calendar),
            )  # fmt: skip
            await store.add_notice(conn, notice)

    async def attempted(
        self,
        conn: Executor,
        order_id: OrderId,
        account: AccountId,
        log_entry: str,
        *,
        unsafe_because: str | None = None,
        kind: Kind = Kind.ATTEMPT,
    ) -> str:
        """Plan the notice of something that gave nothing, in the caller's transaction; gives its id.

        An attempt was refused or fake; `kind` tells one that was decided on and could not be opened.
        Where telling is not safe a person says why, and the notice is withheld from the start.
        """
        now = self._clock.now()
        notice = self._notice(new_id(), order_id, account, kind, (), now, log_entry, now, unsafe_because)
        await store.add_notice(conn, notice)
        return notice.notice_id

    async def send_due(self) -> int:
        """Send every notice that nothing bars any more; how many went out."""
        now = self._clock.now()
        sent = 0
        for notice in await store.waiting(self._database, now):
            case = await store.case_of(self._database, notice.order_id)
            gag = await self.gags.of_order(notice.order_id)
            if rules.verdict(notice, case, gag, now).waits is rules.Waits.NOTHING:
                sent += await self._send(notice, case, gag)
        return sent

    async def reviews_due(self) -> list[Case]:
        """Orders for which release from secrecy is to be asked now, for the desk."""
        return await store.reviews_due(self._database, self._clock.now())

    async def review_asked(self, order_id: OrderId, by: str) -> None:
        """Note that release was asked for; the next time is set by the table."""
        now = self._clock.now()
        async with self._database.transaction() as conn:
            case = await store.case_of(conn, order_id)
            rule = self._table.rule_of(case.instrument)
            await store.set_review(conn, order_id, rules.next_review(rule, case.opened_at, now))
            await audit.record(conn, now, by, "notices.release_asked", order_id)

    async def of_order(self, order_id: OrderId) -> list[Notice]:
        """An order's notices, for the desk."""
        return await store.notices_of_order(self._database, order_id)

    def _notice(
        self, notice_id: str, order_id: OrderId, account: AccountId, kind: Kind, fields: tuple[str, ...],
        happened: datetime, entry: str, earliest: datetime, withheld: str | None = None,
    ) -> Notice:  # fmt: skip
        state = State.WITHHELD if withheld else State.WAITING
        return Notice(
            notice_id, order_id, account, kind, fields, happened, entry, earliest, state, withheld, None, None,
            self._clock.now(),
        )  # fmt: skip

    async def _send(self, notice: Notice, case: Case, gag: Gag | None) -> bool:
        try:
            receipt: str | None = (await self._receipts.proof_for(notice.log_entry)).serialize()
        except (EntryPending, EntryUnknown):
            return False  # the batch comes within the hour, and the receipt with it
        except ProofLost:
            log.error("a notice goes out without a receipt: hashes of the public log are lost that it needs")
            receipt = None  # the person is told all the same
        remedies = self._table.remedies[self._remedies(notice, case)]
        text = rules.notice_text(
            notice, case, gag, remedies, self._operator, self._log_url, provable=receipt is not None
        )
        attached = [] if receipt is None else [Attachment("receipt.json", "application/json", receipt.encode())]
        reached = await self._sender.send_notice(notice.account_id, text, attached, notice.notice_id)
        await self._settle_sent(notice, case, gag, receipt, reached)
        return reached

    def _remedies(self, notice: Notice, case: Case) -> str:
        given = notice.kind is Kind.DISCLOSURE
        return self._table.rule_of(case.instrument).remedies if given else "attempt"

    async def _settle_sent(
        self, notice: Notice, case: Case, gag: Gag | None, receipt: str | None, reached: bool
    ) -> None:
        """The entry says of a gag too: one that was recorded after the order's intake stands in no entry before."""
        now = self._clock.now()
        state = State.SENT if reached else State.UNDELIVERABLE
        async with self._database.transaction() as conn:
            if not await store.settle(conn, notice.notice_id, state, now=now, receipt=receipt) or not reached:
                return
            opening = Opening(
                Stage.NOTIFIED, order_ref=case.order_ref, country=case.country, instrument=case.instrument,
                authority_kind=case.authority_kind, notice="after", users=1, gag=True if gag else None,
            )  # fmt: skip
            entry = f"notice-{notice.notice_id}"
            await outbox.put(conn, "legal", APPEND_TOPIC, {"entry_id": entry, "opening": opening.to_json()})
            await audit.record(conn, now, "system", "notices.sent", notice.order_id, {"notice": notice.notice_id})

"""Intake: from what an officer states to an order with its tasks, its checks and its place in the public log."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg

from parley.core.clock import Clock
from parley.core.ids import AccountId, OrderId, TaskId, new_id
from parley.legal.analysis import proposals
from parley.legal.analysis import rules as analysis_rules
from parley.legal.analysis import store as analysis_store
from parley.legal.authorities.model import Authority, Officer
from parley.legal.authorities.service import Authorities
from parley.legal.clocks.calendar import Calendar
from parley.legal.clocks.model import Running
from parley.legal.clocks.rules import due
from parley.legal.clocks.table import clock_rule
from parley.legal.disclosure import rules as release_rules
from parley.legal.disclosure.model import PasskeySignature
from parley.legal.disclosure.passkeys import credential_of
from parley.legal.disclosure.ports import Passkeys
from parley.legal.disclosure.service import Site, verify_by_one_of
from parley.legal.errors import LegalError
from parley.legal.notices.model import Gag as NoticeGag
from parley.legal.notices.service import Notices
from parley.legal.orders import pdf, rules, store
from parley.legal.orders.errors import AlreadyFiled, FilingInvalid, OrderNotFound
from parley.legal.orders.log_entries import entry_of, opening_of
from parley.legal.orders.model import Draft, Filing, Order, OrderStatus, StoredDraft, Task, TaskStatus
from parley.legal.orders.ports import VaultFacts
from parley.legal.rules_in_force import RulesInForce
from parley.legal.translog.openings import Stage
from parley.legal.translog.service import APPEND_TOPIC
from parley.messenger.accounts import identity
from parley.messenger.accounts.identity import Identifier, Identities, Reason
from parley.messenger.accounts.model import IdentifierPeriod
from parley.storage import audit, outbox
from parley.storage.database import Database


class Orders:
    """The orders of one operator, as officers file them and the desk reads them."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        calendar: Calendar,
        site: Site,
        authorities: Authorities,
        passkeys: Passkeys,
        identities: Identities,
        notices: Notices,
        vault: VaultFacts,
        rules_in_force: RulesInForce,
        own_country: str,
        trusted_roots: Sequence[Path] = (),
    ) -> None:
        self._database = database
        self._clock = clock
        self._calendar = calendar
        self._site = site
        self._authorities = authorities
        self._passkeys = passkeys
        self._identities = identities
        self._notices = notices
        self._vault = vault
        self.rules = rules_in_force
        self.own_country = own_country
        self._trusted_roots = tuple(trusted_roots)

    async def draft(self, officer_id: str, filing: Filing, pdf_name: str, document: bytes) -> Draft:
        """Check a filing and its document, and give what the officer's passkey has to sign.

        Raises:
            OfficerExpired, RefusedAtTheDoor, FilingInvalid, DocumentInvalid: see `errors`.
        """
        officer, _ = await self._authorities.who_may_file(officer_id)
        try:
            return await self._draft_of(officer, filing, pdf_name, document)
        except LegalError as refused:
            detail = {"error": type(refused).__name__, "rule": str(refused)[:200]}
            await audit.record(
                self._database, self._clock.now(), f"officer:{officer_id}", "order.not_taken", officer_id, detail
            )
            raise

    async def _draft_of(self, officer: Officer, filing: Filing, pdf_name: str, document: bytes) -> Draft:
        now = self._clock.now()
        rules.check_filing(filing, now)
        if identity.parse(filing.identifier) is None:
            raise FilingInvalid("identifier: an id, an @name or a phone number with +")
        if officer.age_recipient is None:
            raise FilingInvalid("this officer has no recipient key yet")
        report = await pdf.read(document, self._trusted_roots)
        if not report.signed:
            raise FilingInvalid("document: the order must be a signed PDF; this one carries no signature")
        name = Path(pdf_name).name[:100] or "order.pdf"
        stated = rules.document_of(filing, officer.officer_id, officer.age_recipient, name, report.sha256)
        draft_id = new_id()
        async with self._database.transaction() as conn:
            await store.insert_draft(conn, draft_id, officer.officer_id, stated, name, document, report, now)
        return Draft(draft_id, officer.officer_id, stated, rules.sha256_hex(stated), officer.age_recipient, report)

    async def challenge(self, officer_id: str, draft_id: str) -> bytes:
        """Give what an officer's passkey signs for a draft: the order's hash and the recipient.

        Raises:
            OrderNotFound: it is not this officer's draft.
        """
        document = (await self._draft(officer_id, draft_id)).order_document
        recipient = json.loads(document)["recipient_key"]
        return release_rules.filing_challenge(rules.sha256_hex(document), recipient)

    async def file(self, officer_id: str, draft_id: str, assertion: str) -> Order:
        """Take a draft in as an order, with the officer's signature; from now on its clock runs.

        Raises:
            OfficerExpired, OrderNotFound, AssertionInvalid, AlreadyFiled: see `errors`.
        """
        officer, authority = await self._authorities.who_may_file(officer_id)
        draft = await self._draft(officer_id, draft_id)
        await self._verify(officer, await self.challenge(officer_id, draft_id), assertion)
        order = self._order(officer, authority, draft, assertion)
        named = identity.parse(order.filing.identifier)
        assert named is not None, "checked when it was drafted"
        try:
            await self._keep(order, officer, authority, draft.pdf, named, draft_id)
        except asyncpg.UniqueViolationError:
            raise AlreadyFiled("this very order was filed before") from None
        return order

    async def _keep(
        self,
        order: Order,
        officer: Officer,
        authority: Authority,
        attached: bytes,
        named: Identifier,
        draft_id: str,
    ) -> None:
        """The identifier is looked up when the order stands that names it: without one nothing is told.

        What is asked elsewhere is asked before: a transaction that waits for a second connection may wait for ever.
        """
        now, actor = order.served_at, f"officer:{order.officer_id}"
        checks = [check.id for check in analysis_rules.applicable(self.rules.catalogue, order.filing.instrument)]
        facts = await self._facts(order, officer, authority)
        async with self._database.transaction() as conn:
            await store.insert_order(conn, order, attached)
            task = _task(order, named)
            await store.insert_task(conn, task, self._identities.lookup_keys(named))
            await store.delete_draft(conn, draft_id)
            await self._notices.open_case(
                conn,
                order.order_id,
                order.order_ref,
                instrument=order.filing.instrument,
                country=authority.country,
                authority_kind=authority.kind,
            )
            if order.filing.gag is not None:
                gag = order.filing.gag
                held = NoticeGag(gag.legal_basis, gag.judge, gag.until)
                await self._notices.gags.impose(conn, order.order_id, held, actor)
            await outbox.put(conn, "legal", APPEND_TOPIC, _received(order, authority))
            holders = await self._identities.holders(
                conn, named, order.filing.start, order.filing.end, Reason(order.order_id, now)
            )
            await store.set_account(conn, task.task_id, _the_only_one(holders))
            found = proposals.propose(replace(facts, holders=_holders(holders)))
            await analysis_store.insert_proposals(conn, order.order_id, checks, found)
            await audit.record(conn, now, actor, "order.filed", order.order_id, {"sha256": order.order_sha256})

    async def forget_drafts(self) -> None:
        """Delete filings that their officer has not signed for a day; they are no orders."""
        await store.delete_drafts_before(self._database, self._clock.now() - rules.DRAFT_LIFE)

    async def get(self, order_id: str) -> Order:
        """Read an order, for the desk.

        Raises:
            OrderNotFound: there is none.
        """
        found = await store.order(self._database, order_id)
        if found is None:
            raise OrderNotFound("there is no such order")
        return found

    async def of_officer(self, officer_id: str, order_id: str) -> Order:
        """Read an officer's own order; another's answers as if it did not exist.

        Raises:
            OrderNotFound: there is none of theirs.
        """
        found = await self.get(order_id)
        if found.officer_id != officer_id:
            await audit.record(
                self._database, self._clock.now(), f"officer:{officer_id}", "order.not_theirs", order_id
            )
            raise OrderNotFound("there is no such order")
        return found

    async def looked_at(self, by: str, order_id: str | None = None) -> None:
        """Put on record who read an order, or the list of all of them."""
        action, subject = ("order.read", order_id) if order_id else ("order.listed", "orders")
        await audit.record(self._database, self._clock.now(), by, action, subject)

    async def filed_by(self, officer_id: str, limit: int = 50, offset: int = 0) -> list[Order]:
        """Read an officer's orders, newest first."""
        return await store.orders(self._database, officer=officer_id, limit=limit, offset=offset)

    async def all(self, *, open_only: bool = False, limit: int = 50, offset: int = 0) -> list[Order]:
        """Read orders for the desk, the most urgent first."""
        return await store.orders(self._database, open_only=open_only, limit=limit, offset=offset)

    async def tasks(self, order_id: str) -> list[Task]:
        """Read the tasks of an order."""
        return await store.tasks(self._database, order_id)

    async def document(self, order_id: str, by: str) -> bytes:
        """Read the PDF of an order; each look at it is on the record.

        Raises:
            OrderNotFound: there is none.
        """
        found = await store.pdf_of(self._database, order_id)
        if found is None:
            raise OrderNotFound("there is no such order")
        await audit.record(self._database, self._clock.now(), by, "order.document_read", order_id)
        return found

    async def _draft(self, officer_id: str, draft_id: str) -> StoredDraft:
        found = await store.draft(self._database, draft_id, officer_id)
        if found is None:
            raise OrderNotFound("this draft is gone; please file again")
        return found

    async def _verify(self, officer: Officer, challenge: bytes, assertion: str) -> None:
        signature = PasskeySignature(officer.officer_id, credential_of(assertion), assertion)
        verify_by_one_of(signature, await self._passkeys.officers(), challenge, self._site)

    def _order(self, officer: Officer, authority: Authority, draft: StoredDraft, assertion: str) -> Order:
        now = self._clock.now()
        filing = rules.filing_from_json(json.loads(draft.order_document))
        rule = clock_rule(filing.instrument, "answer", self.rules.clocks)
        return Order(
            order_id=OrderId(new_id()),
            order_ref=new_id(),
            number=rules.new_number(now),
            filing=filing,
            status=OrderStatus.RECEIVED,
            status_reason="",
            authority_id=authority.authority_id,
            officer_id=officer.officer_id,
            order_document=draft.order_document,
            order_sha256=rules.sha256_hex(draft.order_document),
            recipient_key=json.loads(draft.order_document)["recipient_key"],
            filing_credential=credential_of(assertion),
            filing_assertion=assertion,
            pdf_name=draft.pdf_name,
            report=draft.report,
            served_at=now,
            clock_starts_at=now,
            due_at=due(Running(rule, now), self._calendar),
            closed_at=None,
        )

    async def _facts(self, order: Order, officer: Officer, authority: Authority) -> proposals.Facts:
        """What is known before the order stands; who held the identifier comes after."""
        now = order.served_at
        earlier = await store.count_since(self._database, officer.officer_id, now - timedelta(days=3650))
        today = await store.count_since(self._database, officer.officer_id, now - timedelta(days=1))
        return proposals.Facts(
            filing=order.filing,
            authority=authority,
            officer=officer,
            recipient_key=order.recipient_key,
            report=order.report,
            channel=analysis_rules.channel_of(
                self.rules.catalogue, self.own_country, authority.country, order.filing.instrument
            ),
            screen=self.rules.catalogue.screen.get(authority.country, ()),
            own_country=self.own_country,
            holders=(),
            orders_today=today + 1,
            first_order=earlier == 0,
            retention=self._vault.retention(),
            stores_addresses=await self._vault.stores_addresses(),
            now=now,
        )


def _holders(periods: Sequence[IdentifierPeriod]) -> list[proposals.Holder]:
    return [proposals.Holder(period.account_id, period.since, period.until) for period in periods]


def _the_only_one(holders: Sequence[IdentifierPeriod]) -> AccountId | None:
    accounts = {holder.account_id for holder in holders}
    return AccountId(accounts.pop()) if len(accounts) == 1 else None


def _task(order: Order, named: Identifier) -> Task:
    return Task(
        task_id=TaskId(new_id()),
        order_id=order.order_id,
        format_name=named.kind.value,
        value=named.value,
        fields=order.filing.fields,
        start=order.filing.start,
        end=order.filing.end,
        account_id=None,
        status=TaskStatus.AWAITING_APPROVAL,
    )


def _received(order: Order, authority: Authority) -> dict[str, Any]:
    opening = opening_of(Stage.RECEIVED, order, authority, accounts=1, minutes_to_receipt=0)
    return entry_of(new_id(), opening)

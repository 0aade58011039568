"""Orders and their tasks, in the words of ETSI TS 103 120 (Authorisation, LDTask)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from parley.core.ids import AccountId, AuthorityId, DecisionId, OfficerId, OrderId, TaskId


class Instrument(StrEnum):
    """The instruments that this version takes in."""

    NATIONAL_COURT = "national_court"
    EMERGENCY = "emergency"


class OrderStatus(StrEnum):
    """Where an order stands; only the receiver sets it."""

    RECEIVED = "received"
    IN_ANALYSIS = "in_analysis"
    AWAITING_SIGNATURES = "awaiting_signatures"
    AWAITING_DISCLOSURE = "awaiting_disclosure"
    DISCLOSED = "disclosed"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    CLOSED = "closed"


class TaskStatus(StrEnum):
    """Where one task stands (TS 103 120, TaskStatus)."""

    AWAITING_APPROVAL = "awaiting_approval"
    AWAITING_DISCLOSURE = "awaiting_disclosure"
    DISCLOSED = "disclosed"
    REJECTED = "rejected"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    INVALID = "invalid"


class Result(StrEnum):
    """What was decided."""

    DISCLOSE = "disclose"
    DISCLOSE_PARTIAL = "disclose_partial"
    FORM3 = "form3"
    REFUSE = "refuse"
    REFER_MLAT = "refer_mlat"


@dataclass(frozen=True, slots=True)
class Gag:
    """A prohibition to tell the user: without an end it is always contested."""

    legal_basis: str
    judge: str
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Filing:
    """What an officer states. `fields` are among `phone`, `ip`, `port`, `ip_time`; times are UTC."""

    instrument: Instrument
    authorisation_reference: str
    legal_basis: str
    offence: str
    statement_category: str
    max_penalty_years: int | None
    identifier: str
    person_role: str
    role_reason: str
    fields: tuple[str, ...]
    start: datetime
    end: datetime
    facts: str = ""
    gag: Gag | None = None


@dataclass(frozen=True, slots=True)
class SignatureReport:
    """What the limited reader found in a PDF. `faults` are sentences for a person; none means whole."""

    signed: bool
    valid: bool
    trusted: bool
    signer: str
    signed_at: str
    covers_whole: bool
    sha256: str
    pages: int
    faults: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Give the report as JSON."""
        return {name: _plain(getattr(self, name)) for name in self.__dataclass_fields__}


@dataclass(frozen=True, slots=True)
class Draft:
    """A filing that waits for its officer's signature."""

    draft_id: str
    officer_id: OfficerId
    order_document: bytes
    order_sha256: str
    recipient_key: str
    report: SignatureReport


@dataclass(frozen=True, slots=True)
class StoredDraft:
    """A draft as it was kept, with what the limited reader found in its document."""

    order_document: bytes
    pdf_name: str
    pdf: bytes = field(repr=False)
    report: SignatureReport


@dataclass(frozen=True, slots=True)
class Task:
    """The part of an order that concerns one identifier."""

    task_id: TaskId
    order_id: OrderId
    format_name: str
    value: str
    fields: tuple[str, ...]
    start: datetime
    end: datetime
    account_id: AccountId | None
    status: TaskStatus
    outcome: str | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """One order as it stands. `order_ref` stands for it in the public log, `number` in letters."""

    order_id: OrderId
    order_ref: str
    number: str
    filing: Filing
    status: OrderStatus
    status_reason: str
    authority_id: AuthorityId
    officer_id: OfficerId
    order_document: bytes = field(repr=False)
    order_sha256: str
    recipient_key: str
    filing_credential: bytes = field(repr=False)
    filing_assertion: str = field(repr=False)
    pdf_name: str
    report: SignatureReport
    served_at: datetime
    clock_starts_at: datetime
    due_at: datetime | None
    closed_at: datetime | None

    @property
    def emergency(self) -> bool:
        """Whether this is an emergency request."""
        return self.filing.instrument is Instrument.EMERGENCY


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided about a task, by whom, and by whom confirmed."""

    decision_id: DecisionId
    order_id: OrderId
    task_id: TaskId
    result: Result
    reasons_text: str
    fields: tuple[str, ...]
    start: datetime | None
    end: datetime | None
    decided_by: str
    decided_at: datetime
    form3_reason: str | None = None
    second_by: str | None = None
    second_at: datetime | None = None
    withdrawn_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class LaterOrder:
    """The order that has to follow an emergency disclosure: until when, and what came of it (check E2)."""

    order_id: OrderId
    started_at: datetime
    due_at: datetime
    came_as: OrderId | None = None
    settled_at: datetime | None = None

    @property
    def missing(self) -> bool:
        """Whether the time is over and no order came."""
        return self.settled_at is not None and self.came_as is None


@dataclass(frozen=True, slots=True)
class Preservation:
    """A proposal to preserve an order's account and range, and what became of it; `hold_id` names the snapshot.

    A proposal that ended without a `confirmed_at` was declined.
    """

    preservation_id: str
    order_id: OrderId
    task_id: TaskId
    until: datetime
    why: str
    proposed_by: str
    proposed_at: datetime
    confirmed_by: str | None = None
    confirmed_at: datetime | None = None
    hold_id: str | None = None
    ended_by: str | None = None
    ended_at: datetime | None = None
    ended_why: str | None = None

    @property
    def waiting(self) -> bool:
        """Whether the second person has not spoken yet."""
        return self.confirmed_at is None and self.ended_at is None


@dataclass(frozen=True, slots=True)
class Kept:
    """A preservation with the number of sealed records that the vault holds for it; None when it holds none.

    `phone` says whether the account's number is preserved with them.
    """

    preservation: Preservation
    records: int | None = None
    phone: bool = False

    @property
    def state(self) -> str:
        """One word: proposed, declined, kept, ended (by a person) or lapsed (by itself)."""
        if self.preservation.waiting:
            return "proposed"
        if self.preservation.ended_at is not None:
            return "declined" if self.preservation.confirmed_at is None else "ended"
        return "lapsed" if self.records is None else "kept"


@dataclass(frozen=True, slots=True)
class PreservationEnds:
    """When a preservation ends: by the clock of the instrument, where the table has one, and at the latest."""

    usual: datetime | None
    latest: datetime


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value

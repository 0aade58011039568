"""Notices as values: the rules of the table, an order's secrecy, and one notice to one person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from parley.core.ids import AccountId, OrderId
from parley.legal.clocks.model import Period, Source


class Rule(StrEnum):
    """Who tells the person."""

    PROVIDER_MUST = "provider_must"
    PROVIDER_MAY = "provider_may"
    AUTHORITY_ONLY = "authority_only"


class Kind(StrEnum):
    """What the person is told of: data was given, an attempt was refused, or what was decided on is lost."""

    DISCLOSURE = "disclosure"
    ATTEMPT = "attempt"
    UNRECOVERABLE = "unrecoverable"


class State(StrEnum):
    """How far a notice is. `barred` and `authority` are waiting ones, told apart by what they wait for."""

    WAITING = "waiting"
    SENT = "sent"
    WITHHELD = "withheld"
    UNDELIVERABLE = "undeliverable"


@dataclass(frozen=True, slots=True)
class NoticeRule:
    """The rule of one instrument. `before` asks for the notice ahead of the disclosure, `after` behind it."""

    instrument: str
    rule: Rule
    after: Period | None
    before: Period | None
    reviews: tuple[int, ...]
    gag_max: Period | None
    gag_prolonged: Period | None
    remedies: str
    source: Source


@dataclass(frozen=True, slots=True)
class Gag:
    """What bars telling. Without an end it is contested, and we ask for its end again and again."""

    barred_by: str
    judge: str
    until: datetime | None

    @property
    def contested(self) -> bool:
        """A gag without an end is always contested."""
        return self.until is None


@dataclass(frozen=True, slots=True)
class Case:
    """An order as far as notices go. `released_at` is when the authority let us tell.

    `lift_by` proposed at `lift_at` to lift its gag, for the reason `lift_because`.
    """

    order_id: OrderId
    order_ref: str
    instrument: str
    country: str
    authority_kind: str
    rule: Rule
    review_at: datetime | None
    released_at: datetime | None
    opened_at: datetime
    lift_by: str | None = None
    lift_because: str | None = None
    lift_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice to one person; `log_entry` is the entry of the public log that its receipt proves.

    `withhold_by` proposed at `withhold_at` to withhold it, for the reason `withhold_because`.
    """

    notice_id: str
    order_id: OrderId
    account_id: AccountId
    kind: Kind
    fields: tuple[str, ...]
    happened_at: datetime
    log_entry: str
    earliest: datetime
    state: State
    withheld_why: str | None
    receipt: str | None
    sent_at: datetime | None
    created_at: datetime
    withhold_by: str | None = None
    withhold_because: str | None = None
    withhold_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with a notice."""

    name: str
    media_type: str
    data: bytes


__all__ = ["Attachment", "Case", "Gag", "Kind", "Notice", "NoticeRule", "Rule", "Source", "State"]

"""Checks, answers and what they allow together."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from parley.core.ids import OrderId


class Effect(StrEnum):
    """What a failed check does."""

    BLOCKING = "blocking"
    FORM3 = "form3"
    ADVISORY = "advisory"
    TRIM = "trim"
    AFTERWARDS = "afterwards"


class Answer(StrEnum):
    """How a check was answered."""

    PASS = "pass"  # noqa: S105  an answer, no password
    FAIL = "fail"
    NEEDS_INFO = "needs_info"
    NOT_APPLICABLE = "not_applicable"


class ChannelRule(StrEnum):
    """How orders of a country may reach us."""

    DIRECT = "direct"
    MLAT_ONLY = "mlat_only"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class Check:
    """One check as the data file has it."""

    id: str
    question: str
    applies_to: tuple[str, ...]
    effect: Effect
    law_ref: str
    source: str
    read_on: date | None
    confirmed_by_counsel: bool
    machine: bool
    effect_voluntary: Effect | None = None
    effect_outside_eu: Effect | None = None


@dataclass(frozen=True, slots=True)
class Channel:
    """The channel of one country and instrument, with its reason and source."""

    rule: ChannelRule
    reason: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class IndexValue:
    """What one published index says of a country; `low` where it lies at or below the operator's limit."""

    index: str
    title: str
    value: float
    year: int
    source: str
    read_on: date
    low: bool

    def __str__(self) -> str:
        return f"{self.title}: {self.value:g} ({self.year})"


@dataclass(frozen=True, slots=True)
class Proposal:
    """What the program found for a check: the answer that it proposes, and why, in lines for a person."""

    check_id: str
    answer: Answer
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CheckAnswer:
    """One check of one order as it stands: the proposal, a person's answer, a second person's word."""

    order_id: OrderId
    check_id: str
    proposed: Answer | None = None
    evidence: tuple[str, ...] = ()
    answer: Answer | None = None
    remark: str = ""
    answered_by: str | None = None
    answered_at: datetime | None = None
    second_by: str | None = None
    second_at: datetime | None = None

    @property
    def settled(self) -> bool:
        """Whether two people stand behind the answer."""
        return self.answer is not None and self.second_by is not None


@dataclass(frozen=True, slots=True)
class CheckView:
    """A check, its effect on this order, and its answer."""

    check: Check
    effect: Effect
    answer: CheckAnswer


@dataclass(frozen=True, slots=True)
class Assessment:
    """What the answers allow. `open` are checks that two people have not settled; `grounds` are the failed ones."""

    open: tuple[str, ...]
    grounds: tuple[CheckView, ...]
    may_disclose: bool
    must_refer: bool
    missing: tuple[str, ...] = field(default=())

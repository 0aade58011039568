"""Cases, decisions and their log, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from parley.core.ids import AccountId, CaseId, DecisionId
from parley.safety.enforcement.model import PlannedAction
from parley.safety.policies import Queue
from parley.safety.subjects import Subject


class CaseStatus(StrEnum):
    """A case waits for a decision, for the second of two blind decisions, or is closed."""

    OPEN = "open"
    SECOND_REVIEW = "second_review"
    DISAGREED = "disagreed"
    CLOSED = "closed"


class Automated(StrEnum):
    """How far a machine decided (DSA field automated_decision). Here people decide: NOT, or PARTIALLY."""

    NOT = "not"
    PARTIALLY = "partially"
    FULLY = "fully"


@dataclass(frozen=True, slots=True)
class Case:
    """Everything about one reported subject. `reporters` counts distinct people; `machine_score` is 0..1."""

    case_id: CaseId
    subject: Subject
    policy: str
    queue: Queue
    status: CaseStatus
    severity: int
    reach: int
    reporters: int
    machine_score: float | None
    opened_at: datetime
    due_at: datetime
    title: str
    owner: AccountId | None
    locked_by: str | None = None
    locked_until: datetime | None = None
    first_action_at: datetime | None = None
    breached: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person decided about a case, and whether it stands yet."""

    decision_id: DecisionId
    case_id: CaseId
    policy: str
    facts: str
    actions: tuple[PlannedAction, ...]
    decided_by: str
    decided_at: datetime
    detected_automatically: bool
    automated: Automated
    status: str
    second_by: str | None = None


@dataclass(frozen=True, slots=True)
class CaseEvent:
    """One entry of a case's append-only log; `digest` covers the entry and the digest before it."""

    seq: int
    at: datetime
    actor: str
    kind: str
    detail: Mapping[str, Any]
    digest: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class QueueCount:
    """How full a queue is. `oldest_hours` is the age of its oldest open case."""

    queue: Queue
    open: int
    overdue: int
    oldest_hours: float


@dataclass(frozen=True, slots=True)
class Moderator:
    """Who works on a case: the staff name and what they may open."""

    name: str
    child_safety: bool = False

    @property
    def actor(self) -> str:
        """The name under which the audit trail knows them."""
        return f"staff:{self.name}"

    def may_open(self, queue: Queue) -> bool:
        """Child-safety cases are for those who chose and trained for that work."""
        return queue is not Queue.CHILD_SAFETY or self.child_safety

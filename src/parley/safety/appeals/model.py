"""An appeal against a statement of reasons."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from parley.core.ids import AppealId, CaseId, StatementId


class AppealOutcome(StrEnum):
    """The decision stands, or it is taken back."""

    UPHELD = "upheld"
    OVERTURNED = "overturned"


@dataclass(frozen=True, slots=True)
class Appeal:
    """One appeal; `title` names the subject of its case."""

    appeal_id: AppealId
    statement_id: StatementId
    case_id: CaseId
    text: str
    via: str
    filed_at: datetime
    due_at: datetime
    title: str
    locked_by: str | None
    locked_until: datetime | None
    outcome: AppealOutcome | None
    reasons: str | None
    decided_by: str | None
    decided_at: datetime | None

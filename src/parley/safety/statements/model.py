"""A statement of reasons as the law lists it, and as the owner reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from parley.core.ids import AccountId, CaseId, DecisionId, StatementId


@dataclass(frozen=True, slots=True)
class Statement:
    """`fields` are those of the EU's DSA Transparency Database; `text` is what the owner was sent."""

    statement_id: StatementId
    decision_id: DecisionId
    case_id: CaseId
    account: AccountId | None
    fields: Mapping[str, Any]
    text: str
    issued_at: datetime
    appeal_until: datetime


@dataclass(frozen=True, slots=True)
class Grounds:
    """What a statement is made of: the decision and the circumstances that the law asks for."""

    subject_words: str
    policy: str
    facts: str
    content_types: tuple[str, ...]
    content_date: datetime
    source_type: str
    detected_automatically: bool
    automated: str

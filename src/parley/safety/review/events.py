"""Facts of the review that others may hear once they are committed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from parley.core.ids import CaseId, DecisionId
from parley.safety.subjects import Subject


@dataclass(frozen=True, slots=True)
class CaseDecided:
    """A decision took effect, or an appeal took it back: limits on accounts may have changed."""

    case_id: CaseId
    decision_id: DecisionId
    subject: Subject
    overturned: bool = False


Listener = Callable[[CaseDecided], Awaitable[None]]

"""Who may appeal, until when, who may decide, and what each side is told (DSA Article 20)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timedelta

from parley.safety.appeals.model import AppealOutcome
from parley.safety.errors import AppealRefused, SameReviewer

DECIDE_WITHIN = timedelta(days=7)
MAX_TEXT = 4000
_COMMAND = re.compile(r"^/appeal(?:@\w+)?\s+([0-9a-f]{32})\b\s*(.*)$", re.DOTALL)
HOW_TO = "To appeal, write: /appeal, the number of the statement, and your reasons, in one message."


def read_command(text: str) -> tuple[str, str] | None:
    """The statement id and the reasons of an `/appeal` message; None for anything else."""
    found = _COMMAND.match(text.strip())
    return (found[1], found[2].strip()) if found else None


def check_filing(text: str, until: datetime, now: datetime) -> str:
    """The reasons as they are kept. Raises AppealRefused after the six months or without reasons."""
    if now > until:
        raise AppealRefused("the six months for an appeal are over")
    reasons = text.strip()
    if not reasons:
        raise AppealRefused("say in a few words why the decision is wrong")
    return reasons[:MAX_TEXT]


def check_decider(name: str, deciders: Iterable[str | None]) -> None:
    """Raises SameReviewer for somebody who took part in the decision."""
    if name in set(deciders):
        raise SameReviewer("an appeal is decided by somebody who has not decided before")


def outcome_text(outcome: AppealOutcome, words: str, reasons: str) -> str:
    """What the owner is told."""
    if outcome is AppealOutcome.OVERTURNED:
        return f"Your appeal about {words} was right. We have taken our decision back.\n\n{reasons}".strip()
    return (
        f"A second person has looked at your appeal about {words}. The decision stands.\n\n{reasons}\n\n"
        "You can still turn to a court or to a certified out-of-court dispute settlement body."
    )


def received_text(due_at: datetime) -> str:
    """What the owner is told at once."""
    return f"Your appeal has arrived. Somebody who has not decided before answers it by {due_at:%d %B %Y}."

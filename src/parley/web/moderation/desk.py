"""What the moderation pages need from the safety room."""

from __future__ import annotations

from dataclasses import dataclass

from parley.core.clock import Clock
from parley.safety.appeals.service import Appeals
from parley.safety.classify.service import Rulebook
from parley.safety.enforcement.model import ActionKind
from parley.safety.reports.notices import Notices
from parley.safety.review.service import Review
from parley.storage.database import Database

CARRIED_OUT = frozenset(
    {
        ActionKind.NONE,
        ActionKind.HIDE_FROM_SEARCH,
        ActionKind.REMOVE_CONTENT,
        ActionKind.READ_ONLY,
        ActionKind.SUSPEND,
        ActionKind.TERMINATE,
    }
)


@dataclass(frozen=True, slots=True)
class SafetyDesk:
    """The services behind the pages; `database` is that of the safety duty, for reading.

    `carried_out` lists the actions that this server's messenger has handlers for; the others are not offered.
    Without `notices` the public form for notices of illegal content is not served.
    """

    database: Database
    review: Review
    appeals: Appeals
    rulebook: Rulebook
    clock: Clock
    notices: Notices | None = None
    carried_out: frozenset[ActionKind] = CARRIED_OUT

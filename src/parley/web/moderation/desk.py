"""What the moderation pages need from the safety room."""

from __future__ import annotations

from dataclasses import dataclass

from parley.core.clock import Clock
from parley.safety.appeals.service import Appeals
from parley.safety.classify.service import Rulebook
from parley.safety.reports.notices import Notices
from parley.safety.review.service import Review
from parley.storage.database import Database


@dataclass(frozen=True, slots=True)
class SafetyDesk:
    """The services behind the pages; `database` is that of the safety duty, for reading.

    Without `notices` the public form for notices of illegal content is not served.
    """

    database: Database
    review: Review
    appeals: Appeals
    rulebook: Rulebook
    clock: Clock
    notices: Notices | None = None

"""Search terms that people reported, and what the desk says about each: a curated list, never a word filter."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from parley.core.clock import Clock
from parley.safety.errors import SubjectNotFound
from parley.safety.reports import store
from parley.safety.review.model import Moderator
from parley.storage import audit, outbox
from parley.storage.database import Database, Executor

VERDICTS: Final = ("open", "allowed", "filtered", "help")
"""`filtered`: its results are held to a stricter line; `help`: search offers help to the person who searches."""
TOPIC: Final = "enforce.search_term"
"""Outbox topic: {term (folded), verdict}. The messenger keeps the list; it never learns who searched."""


async def filter_term(conn: Executor, term: str, by: str, now: datetime) -> None:
    """Hold the results of a term to a stricter line, in the transaction of a decision about it."""
    await store.decide_term(conn, term, "filtered", by, now)
    await outbox.put(conn, "safety", TOPIC, {"term": term, "verdict": "filtered"})


class SearchTerms:
    """The curated list of search terms."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def decide(self, moderator: Moderator, term: str, verdict: str) -> None:
        """Say what search does with a reported term. Raises SubjectNotFound for one that nobody reported."""
        if verdict not in VERDICTS:
            raise SubjectNotFound("there is no such verdict")
        now = self._clock.now()
        async with self._database.transaction() as conn:
            if not await store.decide_term(conn, term, verdict, moderator.name, now):
                raise SubjectNotFound("nobody has reported this term")
            await outbox.put(conn, "safety", TOPIC, {"term": term, "verdict": verdict})
            await audit.record(
                conn, now, moderator.actor, "safety.search_term", "search_term", {"verdict": verdict}
            )

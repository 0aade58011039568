"""The search index behind a port, so that a distributed one can take its place."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from parley.core.peers import Peer
from parley.messenger.search.model import Entity, Post, PostHit


class SearchIndex(Protocol):
    """An index of public entities and public posts. PostgreSQL is the truth; this can be rebuilt."""

    def put_entities(self, entities: Iterable[Entity]) -> None:
        """Add or replace entities; visible after `commit`."""
        ...

    def put_posts(self, posts: Iterable[Post]) -> None:
        """Add or replace posts; visible after `commit`."""
        ...

    def remove_entity(self, peer: Peer) -> None:
        """Remove an entity and, for a channel, all of its posts; visible after `commit`."""
        ...

    def remove_posts(self, channel: Peer, message_ids: Iterable[int]) -> None:
        """Remove posts; visible after `commit`."""
        ...

    def commit(self) -> None:
        """Make changes durable and visible."""
        ...

    def find_entities(self, words: Sequence[str], limit: int) -> list[Peer]:
        """Find entities by the folded words of a query, best first."""
        ...

    def find_posts(self, words: Sequence[str], before: int, limit: int) -> list[PostHit]:
        """Find posts older than `before` (Unix seconds; 0 for any), newest first."""
        ...

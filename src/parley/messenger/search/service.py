"""The actions of search: finding people, channels and posts, and changing what is listed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from parley.core.clock import Clock
from parley.core.folding import fold
from parley.core.peers import Peer
from parley.messenger.search import store
from parley.messenger.search.model import ListingState, PeopleFound, PostHit, PostsFound
from parley.messenger.search.ports import SearchIndex
from parley.messenger.search.rules import query_words
from parley.storage.database import Database

#: Hidden results are dropped after the look-up; this many more are read so that a page still fills.
_SURPLUS = 30
_FILTERED = "filtered"


class SearchService:
    """Search over what is public and listed. A query is never stored, nor tied to who typed it."""

    def __init__(
        self,
        database: Database,
        index: SearchIndex,
        clock: Clock,
        changed: Callable[[Peer], None] = lambda peer: None,
    ) -> None:
        self._database = database
        self._index = index
        self._clock = clock
        self._changed = changed
        self.queries = 0

    async def people(self, query: str, limit: int) -> PeopleFound:
        """Find users, bots and public channels by name, with typing errors; an exact username comes first.

        Raises:
            QueryEmpty: the query has no word.
        """
        self.queries += 1
        words = query_words(query)
        found = self._index.find_entities(words, limit + _SURPLUS)
        exact = await store.exact_username(self._database, query.strip().lstrip("@").lower())
        if exact is not None:
            found = [exact, *(peer for peer in found if peer != exact)]
        hidden = await store.withheld(self._database, found)
        if await store.verdict_of(self._database, fold(query)) == _FILTERED:
            hidden |= set(found) - await store.reviewed(self._database, found)
        listed = [peer for peer in found if peer not in hidden]
        return PeopleFound(tuple(listed[:limit]), len(hidden))

    async def posts(self, query: str, before: int, limit: int) -> PostsFound:
        """Find posts of public channels, newest first, older than `before` (Unix seconds; 0 for any).

        Raises:
            QueryEmpty: the query has no word.
        """
        self.queries += 1
        found = self._index.find_posts(query_words(query), before, limit + _SURPLUS)
        hidden = await store.withheld(self._database, {hit.channel for hit in found})
        listed = [hit for hit in found if hit.channel not in hidden]
        return PostsFound(tuple(listed[:limit]), len(found) - len(listed), len(listed) > limit)

    async def set_verdict(self, term: str, verdict: str) -> None:
        """Follow the desk's word on a reported term: a filtered one finds only what a person has looked at."""
        await store.set_verdict(self._database, fold(term), verdict)

    async def listed(self, peers: Sequence[Peer]) -> list[Peer]:
        """Keep those of `peers` that search may show."""
        hidden = await store.withheld(self._database, peers)
        return [peer for peer in peers if peer not in hidden]

    async def set_listing(self, peer: Peer, state: ListingState, reason: str) -> None:
        """Show or hide an entity; search follows with the next query, the index shortly after.

        The decision, its author and its audit record are the safety room's; this is its effect.
        """
        await store.set_listing(self._database, peer, state, reason, self._clock.now())
        self._changed(peer)


def posts_by_channel(hits: Sequence[PostHit]) -> dict[Peer, list[int]]:
    """Group found posts by channel, so that each box is read once."""
    grouped: dict[Peer, list[int]] = {}
    for hit in hits:
        grouped.setdefault(hit.channel, []).append(hit.message_id)
    return grouped

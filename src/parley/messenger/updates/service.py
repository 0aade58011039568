"""Catching up: the state of a box and the difference since a pts."""

from __future__ import annotations

from datetime import timedelta

from parley.core.clock import Clock
from parley.core.ids import AccountId, BoxId, ChannelId, box_of_account, box_of_channel
from parley.messenger.messages import dialog_store
from parley.messenger.messages.model import BoxEvent, EventKind
from parley.messenger.messages.ports import ChannelRights
from parley.messenger.updates import rules, store
from parley.messenger.updates.model import Difference, Reach, State
from parley.storage.database import Database

KEPT = timedelta(days=90)
"""Events are kept this long; whoever was away longer fetches the dialogs anew."""

_NEEDS_MESSAGE = frozenset({EventKind.NEW_MESSAGE, EventKind.EDIT_MESSAGE})


class Updates:
    """State and differences of accounts and channels."""

    def __init__(self, database: Database, clock: Clock, rights: ChannelRights) -> None:
        self._database = database
        self._clock = clock
        self._rights = rights

    async def state(self, account: AccountId) -> State:
        """Where an account's box stands."""
        box = box_of_account(account)
        place = await store.place(self._database, box)
        return State(place.pts, self._clock.now(), await dialog_store.unread_total(self._database, box))

    async def difference(self, account: AccountId, pts: int, limit: int | None = None) -> Difference:
        """What happened in an account's box after `pts`, at most `limit` events."""
        wanted = rules.slice_limit(limit)
        return await self._difference(box_of_account(account), pts, wanted, rules.ACCOUNT_GAP)

    async def channel_difference(self, account: AccountId, channel: ChannelId, pts: int, limit: int) -> Difference:
        """What happened in a channel after `pts`. Raises `CHANNEL_PRIVATE` for a stranger."""
        await self._rights.check_reading(channel, account)
        wanted = rules.slice_limit(limit)
        return await self._difference(box_of_channel(channel), pts, wanted, rules.CHANNEL_GAP)

    async def clear_old_events(self, boxes: int = 1000) -> int:
        """Clear away events past KEPT, box by box; how many boxes had some. A worker calls it until it says 0."""
        before = self._clock.now() - KEPT
        found = await store.boxes_with_old_events(self._database, before, boxes)
        for box in found:
            await store.clear_events(self._database, box, before)
        return len(found)

    async def _difference(self, box: BoxId, pts: int, limit: int, gap: int) -> Difference:
        place = await store.place(self._database, box)
        now = self._clock.now()
        known = rules.reach(pts, place.pts, place.kept_after, gap)
        if known is not None:
            return Difference(known, place.pts, (), now)
        events = await store.events_after(self._database, box, pts, limit)
        full = len(events) == limit and events[-1].pts < place.pts
        reached = events[-1].pts if events else place.pts
        told = tuple(event for event in events if _tellable(event))
        return Difference(Reach.SLICE if full else Reach.FINAL, reached, told, now)


def _tellable(event: BoxEvent) -> bool:
    """A message that is gone needs no telling: its deletion is told, and the pts moves on."""
    return event.message is not None or event.kind not in _NEEDS_MESSAGE

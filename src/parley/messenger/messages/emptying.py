"""Deleted accounts and channels keep nothing: what their boxes hold is deleted in the background, piece by piece.

The order to empty a box is written in the transaction that deletes its owner, so no crash forgets it. What people
sent to others lies in the others' boxes and stays there.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from parley.core.clock import Clock
from parley.core.ids import BoxId
from parley.messenger.messages import emptying_store as store
from parley.storage.database import Database

PIECE: Final = 1000
"""Rows that one statement deletes: short enough to keep nobody waiting."""
BOXES: Final = 100
"""Boxes that are read from the list at once."""
_BEFORE_ALL: Final = BoxId(-(2**63))
LINGER: Final = timedelta(hours=1)
"""A box is looked at again for this long: what was on its way to it when it was deleted may still arrive."""


class Emptying:
    """Empties the boxes of deleted accounts and channels. One process at a time does it."""

    def __init__(self, database: Database, clock: Clock, piece: int = PIECE, boxes: int = BOXES) -> None:
        self._database = database
        self._clock = clock
        self._piece = piece
        self._boxes = boxes

    async def once(self) -> None:
        """Empty every box that waits for it; a box leaves the list when nothing can arrive in it any more."""
        after = _BEFORE_ALL
        while found := await store.waiting(self._database, after, self._boxes):
            for box, deleted_at in found:
                await self._empty(box, deleted_at)
            after = found[-1][0]

    async def _empty(self, box: BoxId, deleted_at: datetime) -> None:
        while await self.step(box):
            pass
        # After the messages: one that arrives in between brings a dialog along.
        await store.delete_dialogs(self._database, box)
        lingered = self._clock.now() - deleted_at >= LINGER
        if lingered and not await store.holds_anything(self._database, box):
            await store.done(self._database, box)

    async def step(self, box: BoxId) -> bool:
        """Delete one piece of the messages and events; whether another may follow."""
        messages = await store.delete_messages(self._database, box, self._piece)
        events = await store.delete_events(self._database, box, self._piece)
        return max(messages, events) == self._piece

"""Removing posts by a decision that was made elsewhere, so that an appeal can bring every one of them back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from parley.core.clock import Clock
from parley.core.ids import ChannelId, box_of_channel
from parley.messenger.messages import removal_store
from parley.messenger.messages.changes import Changes
from parley.messenger.messages.ports import EventSink, PostListener
from parley.messenger.updates import store as updates_store
from parley.storage.database import Database

#: Complaints are taken for six months (Reg. (EU) 2022/2065, Art. 20); a month more for their decision.
KEPT = timedelta(days=215)
_AT_ONCE = 100


class Removal:
    """The effect of moderation on posts. `effect` names one decision's effect, so that repeats are harmless."""

    def __init__(
        self, database: Database, clock: Clock, changes: Changes, sink: EventSink, posts: PostListener
    ) -> None:
        self._database = database
        self._clock = clock
        self._changes = changes
        self._sink = sink
        self._posts = posts

    async def remove(self, channel: ChannelId, effect: str, ids: Sequence[int], until: datetime | None) -> None:
        """Remove the named posts, or with `until` every post up to that time."""
        box = box_of_channel(channel)
        wanted = list(ids) if until is None else await removal_store.ids_until(self._database, box, until)
        for start in range(0, len(wanted), _AT_ONCE):
            part = wanted[start : start + _AT_ONCE]
            await removal_store.set_aside(self._database, box, effect, part, self._clock.now())
            await self._changes.remove_posts(channel, part)

    async def restore(self, channel: ChannelId, effect: str) -> int:
        """Put back what an effect removed, in its old places; how many posts came back."""
        box = box_of_channel(channel)
        async with self._database.transaction() as conn:
            pts = await removal_store.lock_box(conn, box)
            back = await removal_store.put_back(conn, box, effect, pts, self._clock.now())
        events = await updates_store.events_after(self._database, box, pts, len(back)) if back else []
        self._sink.publish(events)
        self._posts.posted([event.message for event in events if event.message is not None])
        return len(back)

    async def forget_old(self) -> None:
        """Forget for good what no appeal can bring back; a background task calls it."""
        await removal_store.forget_before(self._database, self._clock.now() - KEPT)

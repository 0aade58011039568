"""How the log stands, for the people of the operator alone: what waits, who cosigned, what is wrong.

How many entries wait would tell an onlooker how busy the desk is, so none of this is on a public page or in a
metric.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from parley.core.clock import Clock
from parley.legal.translog import store
from parley.legal.translog.asking import AskWitnesses
from parley.legal.translog.rules import BATCH_EVERY
from parley.legal.translog.worker import Worker
from parley.storage.database import Database

#: An entry that waits longer has missed at least one batch.
_PATIENCE = 2 * BATCH_EVERY


@dataclass(frozen=True, slots=True)
class Backlog:
    """Entries that wait; a batch has room for `places` of them."""

    waiting: int
    emergencies: int
    oldest: datetime | None
    places: int

    @property
    def batches(self) -> int:
        """After how many batches everything that waits now is in the log."""
        return -(-self.waiting // self.places)

    @property
    def emergency_batches(self) -> int:
        """After how many batches every emergency that waits now is in the log."""
        return -(-self.emergencies // self.places)

    def alarms(self, now: datetime) -> list[str]:
        """Say in plain words what somebody should do something about."""
        found = []
        if self.emergency_batches > 1:
            found.append(
                f"{self.emergencies} entries of emergencies wait: the last of them is in the log only after"
                f" {self.emergency_batches} batches, and a release waits for its entry."
            )
        if self.batches > 1:
            found.append(f"More waits than one batch holds: {self.waiting} entries, {self.batches} hours.")
        if self.oldest is not None and now - self.oldest > _PATIENCE:
            hours = (now - self.oldest) // timedelta(hours=1)
            found.append(f"The oldest entry has waited for {hours} hours.")
        return found


@dataclass(frozen=True, slots=True)
class Watcher:
    """A witness: where it is asked, if it is, and what it cosigned last of the log of today."""

    name: str
    url: str | None
    size: int | None
    at: datetime | None


@dataclass(frozen=True, slots=True)
class State:
    """Everything that the desk shows of the log."""

    origin: str | None
    size: int
    newest: datetime | None
    backlog: Backlog
    alarms: tuple[str, ...]
    watchers: tuple[Watcher, ...]


class LogState:
    """Looks at the log for the desk. `leaves` is the size of a batch.

    Where another process writes the log, `worker` and `asking` are None: what they find is in that one's own log.
    """

    def __init__(
        self, database: Database, clock: Clock, worker: Worker | None, asking: AskWitnesses | None, leaves: int
    ) -> None:
        self._database = database
        self._clock = clock
        self._worker = worker
        self._asking = asking
        self._places = leaves - 1

    async def look(self) -> State:
        """Give the state now."""
        log = await store.current_log(self._database)
        last = None if log is None else await store.last_batch(self._database, log.log_id)
        backlog = await self.backlog()
        return State(
            None if log is None else log.origin,
            0 if last is None else last.first_index + last.leaves,
            None if last is None else last.hour,
            backlog,
            (*self._wrong(), *backlog.alarms(self._clock.now())),
            () if log is None else tuple(await _watchers(self._database, log.log_id)),
        )

    async def backlog(self) -> Backlog:
        """Count what waits."""
        row = await self._database.fetchrow(
            "SELECT count(*) AS waiting, count(*) FILTER (WHERE emergency) AS emergencies,"
            " min(submitted_at) AS oldest FROM translog.entries e"
            " WHERE NOT EXISTS (SELECT FROM translog.leaves l WHERE l.entry_id = e.entry_id)"
        )
        assert row is not None
        return Backlog(row["waiting"], row["emergencies"], row["oldest"], self._places)

    async def alarm_count(self) -> int:
        """How many alarms there are, for the desk's first page."""
        return len((await self.look()).alarms)

    def _wrong(self) -> list[str]:
        refusal = None if self._worker is None else self._worker.refusal
        splits: Mapping[str, str] = {} if self._asking is None else self._asking.splits
        found = [] if refusal is None else [f"The log is not continued: {refusal}."]
        return found + [f"The witness {name} holds another history: {what}." for name, what in splits.items()]


async def _watchers(database: Database, log_id: int) -> list[Watcher]:
    rows = await database.fetch(
        """
        SELECT w.name, a.url, c.size, c.made_at AS at
        FROM translog.witnesses w
        LEFT JOIN LATERAL (
            SELECT url FROM translog.witness_addresses WHERE vkey = w.vkey ORDER BY address_id DESC LIMIT 1
        ) a ON true
        LEFT JOIN LATERAL (
            SELECT size, made_at FROM translog.cosignatures
            WHERE log_id = $1 AND vkey = w.vkey ORDER BY size DESC LIMIT 1
        ) c ON true
        WHERE NOT EXISTS (SELECT FROM translog.witness_removals r WHERE r.vkey = w.vkey)
        ORDER BY w.name
        """,
        log_id,
    )
    return [Watcher(**dict(row)) for row in rows]

"""The public log's values as they are stored: logs, entries, placements, batches, quarters."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from parley.legal.translog.openings import Opening


@dataclass(frozen=True, slots=True)
class Log:
    """One log: a new one begins only when the one before cannot be continued, and `reason` says why."""

    log_id: int
    origin: str
    vkey: str
    reason: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Waiting:
    """An entry that no batch has taken yet."""

    entry_id: str
    opening: Opening
    salt: bytes
    emergency: bool
    submitted_at: datetime


@dataclass(frozen=True, slots=True)
class Slot:
    """One place in a batch: what the leaf will commit to. Only a submitted entry has an id."""

    opening: Opening
    salt: bytes
    entry_id: str | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch in the log: its number, the hour that it is for, and where its leaves begin."""

    number: int
    hour: datetime
    first_index: int
    leaves: int


@dataclass(frozen=True, slots=True)
class Placed:
    """A leaf in the log with what it commits to."""

    index: int
    batch: int
    leaf: bytes
    salt: bytes
    opening: Opening
    entry_id: str | None


@dataclass(frozen=True, slots=True)
class Sealed:
    """A leaf that has not been opened, and until when a gag or a hold keeps it closed."""

    index: int
    quarter: str
    salt: bytes
    opening: Opening
    held_until: datetime | None


@dataclass(frozen=True, slots=True)
class Witness:
    """A witness whose cosignatures the log accepts and serves."""

    vkey: str
    name: str
    registered_by: str
    registered_at: datetime

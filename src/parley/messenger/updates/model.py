"""Where a box stands, and what happened in it since a client last looked (core.telegram.org/api/updates)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from parley.messenger.messages.model import BoxEvent


@dataclass(frozen=True, slots=True)
class State:
    """updates.state: `qts` and `seq` are 0 until there are secret chats and a sequence of their own."""

    pts: int
    date: datetime
    unread: int
    qts: int = 0
    seq: int = 0


class Reach(StrEnum):
    """How far a difference gets."""

    EMPTY = "empty"
    FINAL = "final"
    SLICE = "slice"
    TOO_LONG = "too_long"


@dataclass(frozen=True, slots=True)
class Difference:
    """The events after a pts, in order. `pts` is where the client stands after it; TOO_LONG carries none."""

    reach: Reach
    pts: int
    events: tuple[BoxEvent, ...]
    date: datetime

"""Limits as data: a bucket's size and how fast it fills, and what new accounts may do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Tier(StrEnum):
    """How long an account has been around."""

    NEW = "new"
    KNOWN = "known"
    BOT = "bot"


@dataclass(frozen=True, slots=True)
class Limit:
    """A token bucket: at most `burst` calls at once, `per_second` more as time goes by."""

    burst: float
    per_second: float


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket's contents at a moment. `at` is in seconds of a monotonic clock."""

    tokens: float
    at: float


@dataclass(frozen=True, slots=True)
class StrangerLimits:
    """What an account may do towards people who do not know it, per day."""

    new_chats: int
    links: bool
    media: bool

"""Where time comes from, so that deadlines, gags and retention can be tested and, in development, moved.

MTProto's own times never come from here: message ids and salts follow the machine's clock.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Protocol

from parley.core.errors import Invalid


class Clock(Protocol):
    """A source of the present time."""

    def now(self) -> datetime:
        """Give the present time, aware and in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Give the machine's time in UTC."""
        return datetime.now(UTC)


class AdjustableClock:
    """The machine's clock plus an offset that only grows: the development mode's clock."""

    def __init__(self, base: Clock | None = None, offset: timedelta = timedelta()) -> None:
        self._base = base or SystemClock()
        self._offset = offset

    @property
    def offset(self) -> timedelta:
        """How far this clock is ahead of the machine's."""
        return self._offset

    def now(self) -> datetime:
        """Give the moved time in UTC."""
        return self._base.now() + self._offset

    def advance(self, seconds: float) -> None:
        """Move the clock ahead by `seconds`; a deadline that has passed never comes back.

        Raises:
            Invalid: `seconds` is negative.
        """
        if seconds < 0:
            raise Invalid("the clock moves forward only")
        self._offset += timedelta(seconds=seconds)


class ManualClock:
    """A clock that stands still until it is told to move: the tests' clock."""

    def __init__(self, start: datetime = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)) -> None:
        self._now = start

    def now(self) -> datetime:
        """Give the time that was set."""
        return self._now

    def advance(self, seconds: float) -> None:
        """Move the clock ahead by `seconds`."""
        self._now += timedelta(seconds=seconds)

    def set(self, moment: datetime) -> None:
        """Put the clock at `moment`."""
        self._now = moment

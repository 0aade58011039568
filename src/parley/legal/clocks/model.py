"""Clocks as values: what the data file defines, and one clock that runs for one order."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum


class Unit(StrEnum):
    """In what a period is expressed."""

    HOURS = "hours"
    DAYS = "days"
    WEEKS = "weeks"
    MONTHS = "months"
    YEARS = "years"


@dataclass(frozen=True, slots=True)
class Period:
    """A length of time as a law states it."""

    count: int
    unit: Unit

    def __str__(self) -> str:
        return f"{self.count} {self.unit if self.count != 1 else self.unit.removesuffix('s')}"


@dataclass(frozen=True, slots=True)
class Source:
    """Where a rule comes from. `read` is the day on which somebody read it there, empty when nobody has yet."""

    law: str
    url: str
    read: str
    confirmed_by_counsel: bool


@dataclass(frozen=True, slots=True)
class ClockRule:
    """A clock of an instrument. `starts` names the event; without a `period` the order itself states the end.

    `stops` maps a reason to what it does: `suspends` (the time until it is settled does not count) or `ends`.
    """

    instrument: str
    name: str
    title: str
    starts: str
    period: Period | None
    warn: timedelta
    stops: dict[str, str]
    extension: Period | None
    source: Source


@dataclass(frozen=True, slots=True)
class Stop:
    """A time in which a clock stood still; `until` is None while it does."""

    reason: str
    since: datetime
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Running:
    """A clock of one order. `stated_due` is the end that the order itself names, where it names one."""

    rule: ClockRule
    started_at: datetime
    stated_due: datetime | None = None
    stops: tuple[Stop, ...] = ()
    extended: bool = False
    ended_at: datetime | None = None

    @property
    def standing(self) -> Stop | None:
        """The stop that holds now, if any."""
        return next((stop for stop in self.stops if stop.until is None), None)

    def stopped(self, reason: str, now: datetime) -> Running:
        """The clock after it was stopped."""
        return replace(self, stops=(*self.stops, Stop(reason, now)))

    def resumed(self, now: datetime) -> Running:
        """The clock after the reason of its stop was settled."""
        return replace(self, stops=tuple(stop if stop.until else replace(stop, until=now) for stop in self.stops))

"""Working days of a country: weekends and public holidays, from a data file that an operator can change."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from parley.legal.clocks.errors import TableDamaged

FILE = Path(__file__).with_name("holidays.toml")
_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Calendar:
    """A country's days. `known` says whether the file lists its holidays; else only weekends are known."""

    country: str
    zone: ZoneInfo
    fixed: frozenset[tuple[int, int]] = frozenset()
    easter: frozenset[int] = frozenset()
    known: bool = True

    def is_holiday(self, day: date) -> bool:
        """Whether a day is a public holiday; `easter` holds distances in days from Easter Sunday."""
        return (day.month, day.day) in self.fixed or (day - easter_sunday(day.year)).days in self.easter

    def is_working_day(self, day: date) -> bool:
        """All days other than holidays, Sundays and Saturdays (Reg. 1182/71 Art. 2(2))."""
        return day.weekday() < _SATURDAY and not self.is_holiday(day)

    def next_working_day(self, day: date) -> date:
        """The day itself if one works on it, else the first after it on which one does."""
        while not self.is_working_day(day):
            day += timedelta(days=1)
        return day


@cache
def calendar_of(country: str, file: Path = FILE) -> Calendar:
    """The calendar of a country (ISO 3166-1, two letters); an unknown one has weekends only and runs on UTC.

    Raises:
        TableDamaged: the data file cannot be read.
    """
    raw = _read(file).get(country)
    if raw is None:
        return Calendar(country, ZoneInfo("UTC"), known=False)
    try:
        fixed = frozenset((int(item[:2]), int(item[3:])) for item in raw["fixed"])
        return Calendar(country, ZoneInfo(raw["zone"]), fixed, frozenset(raw["easter"]))
    except (KeyError, TypeError, ValueError, ZoneInfoNotFoundError) as error:
        raise TableDamaged(f"{file.name}: the holidays of {country} cannot be read") from error


def easter_sunday(year: int) -> date:
    """Easter Sunday of the Gregorian calendar (the anonymous algorithm that Meeus prints)."""
    golden = year % 19
    century, rest = divmod(year, 100)
    moon = (19 * golden + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    week = (32 + 2 * (century % 4) + 2 * (rest // 4) - moon - rest % 4) % 7
    shift = (golden + 11 * moon + 22 * week) // 451
    month, day = divmod(moon + week - 7 * shift + 114, 31)
    return date(year, month, day + 1)


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise TableDamaged(f"{file.name} cannot be read") from error

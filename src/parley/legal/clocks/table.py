"""Reads the table of clocks, which an operator can replace, and finds a clock in it."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

from parley.legal.clocks.errors import ClockUnknown, TableDamaged
from parley.legal.clocks.model import ClockRule, Period, Source, Unit

FILE = Path(__file__).with_name("clocks.toml")
_EFFECTS = ("suspends", "ends")


@cache
def clock_rules(file: Path = FILE) -> tuple[ClockRule, ...]:
    """Every clock of the table.

    Raises:
        TableDamaged: the file cannot be read as a table of clocks.
    """
    try:
        raw = tomllib.loads(file.read_text("utf-8"))
        return tuple(_rule(item) for item in raw["clock"])
    except (OSError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise TableDamaged(f"{file.name} cannot be read: {error}") from error


def clock_rule(instrument: str, name: str, rules: Sequence[ClockRule] | None = None) -> ClockRule:
    """The clock of this name for an instrument, or the one for every instrument (`*`).

    Raises:
        ClockUnknown: there is none.
    """
    found = {rule.instrument: rule for rule in rules or clock_rules() if rule.name == name}
    if instrument not in found and "*" not in found:
        raise ClockUnknown(f"no clock {name!r} is defined for {instrument}")
    return found.get(instrument) or found["*"]


def parse_period(text: str) -> Period:
    """Read `10 days` or `1 hour`.

    Raises:
        ValueError: not a period.
    """
    count, _, unit = text.partition(" ")
    period = Period(int(count), Unit(unit.removesuffix("s") + "s"))
    if period.count < 1:
        raise ValueError(f"{text!r} is no period")
    return period


def _rule(raw: dict[str, Any]) -> ClockRule:
    stops = dict(raw["stops"])
    if not set(stops.values()) <= set(_EFFECTS):
        raise ValueError(f"a stop of {raw['instrument']}/{raw['name']} neither suspends nor ends")
    return ClockRule(
        raw["instrument"],
        raw["name"],
        raw["title"],
        raw["starts"],
        _optional_period(raw.get("period")),
        timedelta(hours=raw["warn_hours"]),
        stops,
        _optional_period(raw.get("extension")),
        Source(raw["law"], raw["url"], raw["read"], bool(raw["confirmed_by_counsel"])),
    )


def _optional_period(text: str | None) -> Period | None:
    return None if text is None else parse_period(text)

"""Reads the table of who tells the person when, which an operator can replace."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from parley.legal.clocks.model import Period, Source
from parley.legal.clocks.table import parse_period
from parley.legal.notices.errors import NoticeTableDamaged
from parley.legal.notices.model import NoticeRule, Rule

FILE = Path(__file__).with_name("notices.toml")


@dataclass(frozen=True, slots=True)
class NoticeTable:
    """All rules and the texts on remedies."""

    rules: dict[str, NoticeRule]
    remedies: dict[str, str]

    def rule_of(self, instrument: str) -> NoticeRule:
        """The rule of an instrument.

        Raises:
            NoticeTableDamaged: there is none; nobody may be left untold by an oversight.
        """
        if instrument not in self.rules:
            raise NoticeTableDamaged(f"no rule says who tells the person of an order of kind {instrument!r}")
        return self.rules[instrument]


@cache
def notice_table(file: Path = FILE) -> NoticeTable:
    """The table.

    Raises:
        NoticeTableDamaged: the file cannot be read as one.
    """
    try:
        raw = tomllib.loads(file.read_text("utf-8"))
        rules = {item["instrument"]: _rule(item) for item in raw["rule"]}
        remedies = {str(key): str(text) for key, text in raw["remedies"].items()}
    except (OSError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise NoticeTableDamaged(f"{file.name} cannot be read: {error}") from error
    missing = {rule.remedies for rule in rules.values()} - set(remedies) | {"attempt"} - set(remedies)
    if missing:
        raise NoticeTableDamaged(f"{file.name} has no text on remedies {sorted(missing)[0]!r}")
    return NoticeTable(rules, remedies)


def _rule(raw: dict[str, Any]) -> NoticeRule:
    return NoticeRule(
        raw["instrument"],
        Rule(raw["rule"]),
        _period(raw.get("after")),
        _period(raw.get("before")),
        tuple(int(day) for day in raw["reviews"]),
        _period(raw.get("gag_max")),
        _period(raw.get("gag_prolonged")),
        raw["remedies"],
        Source(raw["law"], raw["url"], raw["read"], bool(raw["confirmed_by_counsel"])),
    )


def _period(text: str | None) -> Period | None:
    return None if text is None or text.startswith("0 ") else parse_period(text)

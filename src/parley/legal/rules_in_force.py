"""The data files that orders are examined by: the shipped ones, or the operator's own copies of them.

One value holds them all, so that the desk, the public page of rules and the public log speak of the same files.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from parley.legal.analysis import catalogue
from parley.legal.analysis.catalogue import Catalogue
from parley.legal.clocks import calendar, table
from parley.legal.clocks.calendar import Calendar, calendar_of
from parley.legal.clocks.model import ClockRule
from parley.legal.clocks.table import clock_rules
from parley.legal.notices import table as notice_rules
from parley.legal.notices.table import NoticeTable, notice_table

_SHIPPED = {"clocks": table.FILE, "holidays": calendar.FILE, "notices": notice_rules.FILE}


@dataclass(frozen=True, slots=True)
class RulesInForce:
    """The rules of one server. `hashes` maps each file's name to its SHA-256 in hexadecimal digits."""

    catalogue: Catalogue
    clocks: tuple[ClockRule, ...]
    notices: NoticeTable
    hashes: dict[str, str]
    _files: dict[str, Path]

    def calendar(self, country: str) -> Calendar:
        """The working days of a country."""
        return calendar_of(country, self._files["holidays"])


def load(folder: Path | None = None) -> RulesInForce:
    """Read every file; one in `folder` (`<data-dir>/legal`) takes the shipped one's place.

    Raises:
        RulesInvalid, TableDamaged, NoticeTableDamaged: a file breaks its form.
    """
    checks = catalogue.load(folder)
    files = {name: _chosen(folder, shipped) for name, shipped in _SHIPPED.items()}
    hashes = {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in files.items()}
    return RulesInForce(
        catalogue=checks,
        clocks=clock_rules(files["clocks"]),
        notices=notice_table(files["notices"]),
        hashes={**checks.sha256, **hashes},
        _files=files,
    )


def _chosen(folder: Path | None, shipped: Path) -> Path:
    own = folder / shipped.name if folder else None
    return own if own is not None and own.exists() else shipped

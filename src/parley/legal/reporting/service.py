"""Answers questions about the figures: for the page, the exports, the command line and @transparency."""

from __future__ import annotations

import asyncio
from collections import OrderedDict

from parley.core.clock import Clock
from parley.legal.reporting import exports
from parley.legal.reporting.countries import code_of
from parley.legal.reporting.errors import CountryUnknown
from parley.legal.reporting.model import Report
from parley.legal.reporting.rules import count
from parley.legal.translog.errors import Malformed, QuarterNotOpened
from parley.legal.translog.quarterly import Quarterly
from parley.legal.translog.rules import Quarter

_KEPT = 8
FORMATS = ("json", "csv", "text", "dsa")
_HELP = (
    "Send the name of a country, or its two letters, and I tell how many requests its authorities made, how many "
    "we fulfilled or refused, and how many users were affected. “all” gives the sum of all countries. A quarter "
    "may follow, such as: Germany 2026Q4."
)


class Reporting:
    """Reads publications and counts. `page` is the address of the transparency page."""

    def __init__(self, quarterly: Quarterly, clock: Clock, page: str) -> None:
        self._quarterly = quarterly
        self._clock = clock
        self._page = page
        self._counted: OrderedDict[Quarter, Report] = OrderedDict()

    async def quarters(self) -> list[Quarter]:
        """The quarters that have a report, newest first."""
        return (await self._quarterly.opened())[::-1]

    async def report(self, quarter: Quarter) -> Report:
        """The report of a quarter. What is published never changes, so it is counted once and kept.

        Raises:
            QuarterNotOpened: it has not ended, or is before the first one.
        """
        if quarter not in self._counted:
            publications = await self._quarterly.until(quarter)
            self._counted[quarter] = await asyncio.to_thread(count, publications)
            if len(self._counted) > _KEPT:
                self._counted.popitem(last=False)
        return self._counted[quarter]

    async def export(self, quarter: Quarter, form: str) -> str:
        """The report as `json`, `csv`, `text` or `dsa`.

        Raises:
            QuarterNotOpened: there is none.
            Malformed: no such form.
        """
        report = await self.report(quarter)
        if form == "json":
            return exports.as_json(report)
        if form == "csv":
            return exports.as_csv(report)
        if form == "dsa":
            return exports.as_dsa_csv(report)
        if form == "text":
            return exports.report_text(report, None, self._page) + "\n"
        raise Malformed(f"a report is written as {', '.join(FORMATS)}")

    async def answer(self, text: str) -> str:
        """Answer a message to @transparency: any country, to anyone. What was asked is kept nowhere."""
        words = text.removeprefix("/").split()
        if not words or words[0].lower() in ("start", "help"):
            return _HELP
        try:
            quarter = await self._asked_quarter(words[-1])
            named = words if quarter is None else words[:-1]
            country = None if not named or " ".join(named).lower() == "all" else code_of(" ".join(named))
            opened = await self.quarters()
            if quarter is None and not opened:
                return self._first()
            return exports.report_text(await self.report(quarter or opened[0]), country, self._page)
        except (CountryUnknown, QuarterNotOpened) as error:
            return f"{str(error)[:1].upper()}{str(error)[1:]}.\n\n{_HELP}"

    def next_opening(self) -> Quarter:
        """The quarter that runs now; it is opened when it has ended."""
        return Quarter.of(self._clock.now())

    async def _asked_quarter(self, word: str) -> Quarter | None:
        try:
            return Quarter.parse(word.upper())
        except Malformed:
            return None

    def _first(self) -> str:
        end = self.next_opening().end
        return f"The first report comes when this quarter has ended, on {end.strftime('%-d %B %Y')}."

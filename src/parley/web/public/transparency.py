"""The transparency page: the figures of each quarter, their exports, the rules behind them, how to check them."""

from __future__ import annotations

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from parley.legal.reporting.countries import code_of, name_of
from parley.legal.reporting.errors import CountryUnknown
from parley.legal.reporting.model import Figures, Report
from parley.legal.reporting.service import Reporting
from parley.legal.rules_in_force import RulesInForce
from parley.legal.translog.checkpoints import Checkpoint
from parley.legal.translog.cosigning import Witnesses
from parley.legal.translog.errors import Malformed, TileUnknown
from parley.legal.translog.reading import LogReader
from parley.legal.translog.rules import Quarter
from parley.web.pages import render
from parley.web.parts import Door, NavItem, Part
from parley.web.public.chart import Bar, stacked_bars
from parley.web.site import Site

_SERIES = ("Fulfilled", "Refused", "No data held", "Referred or withdrawn")
_FORMS = {
    "json": ("json", "application/json"),
    "csv": ("csv", "text/csv; charset=utf-8"),
    "txt": ("text", "text/plain; charset=utf-8"),
    "dsa.csv": ("dsa", "text/csv; charset=utf-8"),
}
_MOST_BARS = 20


class TransparencyPages:
    """Shows what was asked for, what was given and what was refused, to anyone."""

    def __init__(self, reporting: Reporting, reader: LogReader, witnesses: Witnesses, rules: RulesInForce) -> None:
        self._reporting = reporting
        self._reader = reader
        self._witnesses = witnesses
        self._rules = rules

    async def newest(self, request: Request) -> Response:
        """Show the newest quarter, or when the first one comes."""
        quarters = await self._reporting.quarters()
        if quarters:
            return await self._page(request, quarters[0], quarters)
        return await self._render(request, report=None, quarters=quarters, quarter=None)

    async def quarter(self, request: Request) -> Response:
        """Show a quarter."""
        quarter = _quarter(request.path_params["quarter"])
        return await self._page(request, quarter, await self._reporting.quarters())

    async def export(self, request: Request) -> Response:
        """Give a quarter's report as a file."""
        text, _, ending = request.path_params["name"].partition(".")
        quarter = _quarter(text)
        form, media_type = _FORMS.get(ending, ("", ""))
        if not form:
            raise TileUnknown("a report is there as json, csv, txt and dsa.csv")
        body = await self._reporting.export(quarter, form)
        name = f"transparency-{quarter}.{ending}"
        headers = {"content-disposition": f'inline; filename="{name}"', "access-control-allow-origin": "*"}
        return Response(body, media_type=media_type, headers=headers)

    async def rules(self, request: Request) -> Response:
        """Show the tables that the desk works by: clocks and who is told when."""
        notices = list(self._rules.notices.rules.values())
        return render(request, "public/transparency_rules.html", clocks=self._rules.clocks, notices=notices)

    async def _page(self, request: Request, quarter: Quarter, quarters: list[Quarter]) -> Response:
        report = await self._reporting.report(quarter)
        return await self._render(request, report=report, quarters=quarters, quarter=quarter)

    async def _render(
        self, request: Request, *, report: Report | None, quarters: list[Quarter], quarter: Quarter | None
    ) -> Response:
        note = await self._reader.checkpoint()
        asked = request.query_params.get("country", "")[:60]
        site: Site = request.app.state.site
        return render(
            request,
            "public/transparency.html",
            report=report,
            quarter=quarter,
            quarters=quarters,
            running=self._reporting.next_opening(),
            chart=_chart(report) if report else None,
            country_name=name_of,
            asked=asked,
            answer=await self._country(asked, quarter) if asked else None,
            head=Checkpoint.parse(note.text),
            checkpoint=str(note),
            cosigners=len(note.signatures) - 1,
            witnesses=await self._witnesses.all(),
            logs=await self._reader.logs(),
            log_url=f"{site.origin}/transparency/log",
        )

    async def _country(self, asked: str, quarter: Quarter | None) -> str:
        try:
            code = code_of(asked)
        except CountryUnknown as error:
            return str(error)
        return await self._reporting.answer(f"{code} {quarter}" if quarter else code)


def part(reporting: Reporting, reader: LogReader, witnesses: Witnesses, rules: RulesInForce) -> Part:
    """Build the transparency page's part."""
    pages = TransparencyPages(reporting, reader, witnesses, rules)
    routes = (
        Route("/transparency", pages.newest),
        Route("/transparency/rules", pages.rules),
        Route("/transparency/reports/{name}", pages.export),
        Route("/transparency/{quarter}", pages.quarter),
    )
    nav = (NavItem("public", "Transparency", "/transparency", order=20),)
    return Part("transparency", routes, (Door("/transparency", burst=120, per_second=10.0),), nav)


def _chart(report: Report) -> Markup | None:
    bars = [Bar(name_of(country), _pieces(figures)) for country, figures in report.by_country.items()]
    shown = sorted((bar for bar in bars if any(bar.values)), key=lambda bar: -sum(bar.values))[:_MOST_BARS]
    if not shown:
        return None
    title = f"What came of requests, by country, {report.quarter}"
    text = "; ".join(f"{bar.label}: {_words(bar)}" for bar in shown)
    return stacked_bars("outcomes", title, f"{text}. The table below has the same numbers.", _SERIES, shown)


def _pieces(figures: Figures) -> tuple[int, ...]:
    fulfilled = figures.fulfilled_full + figures.fulfilled_partial
    return (fulfilled, figures.refused, figures.no_data, figures.referred_mlat + figures.withdrawn)


def _words(bar: Bar) -> str:
    named = zip(_SERIES, bar.values, strict=True)
    return ", ".join(f"{value} {name.lower()}" for name, value in named if value)


def _quarter(text: str) -> Quarter:
    try:
        return Quarter.parse(text)
    except Malformed:
        raise TileUnknown("there is no such report; a quarter is written like 2026Q4") from None

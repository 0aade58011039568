"""A report in the forms that people and programs take: JSON, CSV, text for a chat, the DSA's template."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any

from parley.legal.reporting.countries import EU, name_of
from parley.legal.reporting.model import Figures, Group, Report, median_hours
from parley.legal.translog.rules import Quarter

_DISTINCTIONS = ("period", "country", "authority_kind", "instrument", "emergency", "statement_category")
_MEDIANS = ("minutes_to_receipt", "minutes_to_effect")
_LOG_COLUMNS = ("log_first_index", "log_last_index", "checkpoint")
#: Instruments that ask for information, and those that ask to act against content, in the DSA's words.
_ACT = ("dsa9", "tco")
#: The columns of part 3 of the template of Commission Implementing Regulation (EU) 2024/2835.
_DSA_COLUMNS = (
    "Applicability",
    "Service",
    "Reporting period",
    "Category of illegal content",
    'Description of the sub-category "Other"',
    "Scope",
    "Number of orders to act against illegal content received",
    "Number of specific items of information included in the total number of orders to act against illegal content",
    "Median time to inform the authority of the receipt of the order to act against illegal content",
    "Median time to give effect to the order to act against illegal content",
    "Number of orders to provide information",
    "Median time to inform the authority of the receipt of the order to provide information",
    "Median time to give effect to the order to provide information",
    "Contextual information on number of orders to act against illegal content received",
    "Contextual information on number of specific items of information included in the total number of orders "
    "to act against illegal content",
    "Contextual information on Median time to inform the authority of the receipt of the order to act against "
    "illegal content",
    "Contextual information on Median time to give effect to the order to act against illegal content",
    "Contextual information on Number of orders to provide information",
    "Contextual information on Median time to inform the authority of the receipt of the order to provide "
    "information",
    "Contextual information on Median time to give effect to the order to provide information",
)


def as_rows(report: Report) -> list[dict[str, Any]]:
    """Every row with the names of its columns, ready for JSON."""
    span = _span(report)
    return [
        {"period": report.quarter, **asdict(group), **_plain(figures), **span}
        for group, figures in report.rows.items()
    ]


def as_json(report: Report) -> str:
    """The report as JSON: rows, totals, and the part of the log that they come from."""
    raw = {
        "period": report.quarter,
        "opened_at": report.opened_at.isoformat(),
        "rows": as_rows(report),
        "total": _plain(report.total),
        "by_country": {country: _plain(figures) for country, figures in report.by_country.items()},
        "log": [asdict(item) for item in report.ranges],
    }
    return json.dumps(raw, indent=2, ensure_ascii=False) + "\n"


def as_csv(report: Report) -> str:
    """The rows as CSV; reasons of refusals stand in one cell as `reason:count` with semicolons between them."""
    columns = (*_DISTINCTIONS, *_plain(Figures()), *_LOG_COLUMNS)
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, lineterminator="\r\n")
    writer.writeheader()
    for row in as_rows(report):
        writer.writerow({name: _cell(row[name]) for name in columns})
    return out.getvalue()


def report_text(report: Report, country: str | None, page: str) -> str:
    """The report of one country, or of all, as a message in a chat; `page` is where the rest stands."""
    quarter = Quarter.parse(report.quarter)
    where = name_of(country) if country else "all countries"
    title = f"Transparency report, {where}, {_quarter_words(quarter)}"
    figures = report.by_country.get(country, Figures()) if country else report.total
    lines = [title, "", *(_lines(figures) if _anything(figures) else [_nothing(where)])]
    lines += ["", "Requests under a legal secrecy enter the figures when the secrecy has ended."]
    lines += [f"Every number can be recomputed from the public log: {page}"]
    return "\n".join(lines)


def as_dsa_csv(report: Report) -> str:
    """Part 3 of the DSA's template: orders of member states, with medians in hours."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(_DSA_COLUMNS)
    inside = {group: figures for group, figures in report.rows.items() if group.country in EU}
    for category in ("", *sorted({group.statement_category or "NOT_SPECIFIED_ORDER" for group in inside})):
        of_category = {
            group: item for group, item in inside.items() if not category or _category(group) == category
        }
        writer.writerow(_dsa_row(report, category, "TOTAL", of_category))
        for country in sorted({group.country for group in of_category}):
            members = {group: item for group, item in of_category.items() if group.country == country}
            writer.writerow(_dsa_row(report, category, country, members))
    return out.getvalue()


def _dsa_row(report: Report, category: str, scope: str, rows: Mapping[Group, Figures]) -> list[object]:
    quarter = Quarter.parse(report.quarter)
    act = [figures for group, figures in rows.items() if group.instrument in _ACT]
    inform = [figures for group, figures in rows.items() if group.instrument not in _ACT]
    last = quarter.end.date().toordinal() - 1
    period = f"{quarter.start.date().isoformat()}/{quarter.start.date().fromordinal(last).isoformat()}"
    name = f"STATEMENT_CATEGORY_{category}" if category else "TOTAL"
    items = sum(item.accounts_specified for item in act)
    return [
        "All", "", period, name, "", scope,
        sum(item.received for item in act), items, *_medians(act),
        sum(item.received for item in inform), *_medians(inform),
        *[""] * 7,
    ]  # fmt: skip


def _medians(rows: Sequence[Figures]) -> list[object]:
    receipt = median_hours([minutes for item in rows for minutes in item.minutes_to_receipt])
    effect = median_hours([minutes for item in rows for minutes in item.minutes_to_effect])
    return ["" if hours is None else hours for hours in (receipt, effect)]


def _category(group: Group) -> str:
    return group.statement_category or "NOT_SPECIFIED_ORDER"


def _span(report: Report) -> dict[str, Any]:
    part = report.ranges[-1] if report.ranges else None
    return {
        "log_first_index": part.first_index if part else None,
        "log_last_index": part.last_index if part else None,
        "checkpoint": part.checkpoint if part else None,
    }


def _plain(figures: Figures) -> dict[str, Any]:
    """The figures under the names of their columns, in order."""
    shown = {
        "refused_reasons": "refused_reason",
        **{name: name.replace("minutes_to", "median_hours") for name in _MEDIANS},
    }
    names = [shown.get(item.name, item.name) for item in fields(figures)]
    columns = {"refused_reason": "refused_reasons"}
    return {name: _value(getattr(figures, columns.get(name, name))) for name in names}


def _value(value: object) -> object:
    return dict(value) if isinstance(value, Mapping) else value


def _cell(value: object) -> object:
    if isinstance(value, dict):
        return ";".join(f"{name}:{number}" for name, number in value.items())
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else value


def _anything(figures: Figures) -> bool:
    return figures != Figures()


def _nothing(where: str) -> str:
    return f"No requests from {where} enter the figures of this quarter."


def _lines(figures: Figures) -> list[str]:
    fulfilled = figures.fulfilled_full + figures.fulfilled_partial
    lines = [
        f"Requests received: {figures.received}",
        f"Fulfilled requests: {fulfilled}",
        f"Affected users: {figures.users_affected}",
        f"Refused: {figures.refused}{_reasons(figures)}",
        f"No data held: {figures.no_data}",
        f"Referred to mutual legal assistance: {figures.referred_mlat}",
        f"Phone numbers given: {figures.phone_disclosed}",
        f"Users whose IP addresses were given: {figures.ip_disclosed}",
        f"Users told: {figures.notified_before + figures.notified_after}",
        f"Fake requests found: {figures.fakes_detected}",
    ]
    if figures.median_hours_effect is not None:
        lines.append(f"Median time to an answer: {figures.median_hours_effect:g} hours")
    return lines


def _reasons(figures: Figures) -> str:
    named = ", ".join(f"{name}: {number}" for name, number in figures.refused_reasons.items())
    return f" ({named})" if named else ""


def _quarter_words(quarter: Quarter) -> str:
    months = ("January–March", "April–June", "July–September", "October–December")
    return f"{months[quarter.number - 1]} {quarter.year}"

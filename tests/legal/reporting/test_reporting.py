"""Anyone counts the report's numbers out of the public openings and gets the same."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from parley.core.clock import ManualClock
from parley.legal.reporting import exports
from parley.legal.reporting.countries import code_of, name_of
from parley.legal.reporting.errors import CountryUnknown
from parley.legal.reporting.model import Figures, Group
from parley.legal.reporting.rules import count, outcome_of
from parley.legal.reporting.service import Reporting
from parley.legal.translog.errors import Malformed, QuarterNotOpened
from parley.legal.translog.openings import Opening
from parley.legal.translog.publication import LogPart, Opened, Publication
from parley.legal.translog.quarterly import Quarterly
from parley.legal.translog.rules import Quarter
from parley.legal.translog.service import Translog
from parley.storage.pools import Pools

_PAGE = "https://parley.example/transparency"


def _opening(stage: str, ref: str = "a", country: str = "DE", **more: Any) -> Opening:
    instrument = more.pop("instrument", "national_court")
    return Opening.from_json(
        {"stage": stage, "order_ref": ref, "country": country, "instrument": instrument, **more}
    )


def _published(quarter: str, *openings: Opening, late: tuple[Opening, ...] = ()) -> Publication:
    opened = tuple(Opened(index, bytes(32), item) for index, item in enumerate(openings))
    afterwards = tuple(Opened(900 + index, bytes(32), item) for index, item in enumerate(late))
    part = LogPart("log", 0, 15, 8, "note", opened, afterwards)
    return Publication(quarter, datetime(2027, 1, 1, tzinfo=UTC), (part,))


_FULFILLED = (
    _opening(
        "received", authority_kind="court", statement_category="SCAMS_AND_FRAUD", accounts=1, gag=True,
        minutes_to_receipt=6,
    ),
    _opening("verified"),
    _opening("decided", result="disclose", users=1, fields=["phone", "ip"]),
    _opening("disclosed", result="disclose", users=1, fields=["phone", "ip"], minutes_to_effect=4500),
    _opening("notified", notice="after"),
    _opening("closed", outcome="full"),
)  # fmt: skip
_REFUSED = (
    _opening("received", "b", "TR", authority_kind="police", accounts=1, minutes_to_receipt=30),
    _opening("decided", "b", "TR", result="refuse", reason="D3"),
    _opening("closed", "b", "TR", outcome="refused"),
)


def test_the_story_of_a_fulfilled_and_a_refused_order_is_counted() -> None:
    report = count([_published("2026Q4", *_FULFILLED, *_REFUSED)])
    assert list(report.rows) == [
        Group("DE", "court", "national_court", False, "SCAMS_AND_FRAUD"),
        Group("TR", "police", "national_court", False, ""),
    ]
    given, refused = report.by_country["DE"], report.by_country["TR"]
    assert (given.received, given.fulfilled_full, given.users_affected) == (1, 1, 1)
    assert (given.phone_disclosed, given.ip_disclosed, given.gagged, given.notified_after) == (1, 1, 1, 1)
    assert (given.notice_pending, given.median_hours_receipt, given.median_hours_effect) == (0, 0.1, 75.0)
    assert (refused.received, refused.refused, refused.refused_reasons) == (1, 1, {"D3": 1})
    assert (refused.users_affected, refused.phone_disclosed) == (0, 0)
    assert report.total.received == 2
    assert (report.ranges[0].first_index, report.ranges[0].last_index) == (0, 15)


def test_an_order_under_a_gag_enters_the_figures_when_it_is_opened() -> None:
    first = _published("2026Q4", *_REFUSED)
    second = _published("2027Q1", late=_FULFILLED)
    assert count([first]).total.received == 1
    later = count([first, second])
    assert (later.total.received, later.total.fulfilled_full, later.total.gagged) == (1, 1, 1)
    assert list(later.by_country) == ["DE"]


def test_an_outcome_is_counted_once_whatever_quarters_it_spans() -> None:
    first = _published("2026Q4", *_FULFILLED[:4])
    second = _published("2027Q1", *_FULFILLED[4:])
    assert count([first]).total.fulfilled_full == 1
    assert count([first]).total.notice_pending == 1
    later = count([first, second])
    assert (later.total.fulfilled_full, later.total.received, later.total.notified_after) == (0, 0, 1)
    assert list(later.rows) == [Group("DE", "court", "national_court", False, "SCAMS_AND_FRAUD")]


@pytest.mark.parametrize(
    ("openings", "outcome"),
    [
        ([_opening("decided", result="form3", reason="incomplete")], "refused"),
        ([_opening("decided", result="refer_mlat")], "referred"),
        ([_opening("decided", result="disclose")], None),
        ([_opening("disclosed", result="disclose_partial")], "partial"),
        ([_opening("disclosed"), _opening("closed", outcome="none_held")], "none_held"),
        ([_opening("received")], None),
        ([_opening("closed", outcome="withdrawn")], "withdrawn"),
    ],
)
def test_what_came_of_an_order(openings: list[Opening], outcome: str | None) -> None:
    assert outcome_of(openings) == outcome


def test_fakes_emergencies_challenges_and_preservation_are_counted() -> None:
    report = count(
        [
            _published(
                "2026Q4",
                _opening("received", "e", instrument="emergency"),
                _opening("closed", "e", instrument="emergency", outcome="full", validated=False),
                _opening("fake", "f", instrument="emergency"),
                _opening("preserved", "p", accounts=3),
                _opening("closed", "c", outcome="withdrawn", challenged=True, challenge_won=True),
                _opening("received", "x", content=True),
            )
        ]
    )
    total = report.total
    assert (total.emergency_not_validated, total.fakes_detected, total.preserved_accounts) == (1, 1, 3)
    assert (total.challenged, total.challenge_won, total.withdrawn) == (1, 1, 1)
    assert total.content_orders_to_counsel == 1
    assert any(group.emergency for group in report.rows)


def test_exports_hold_every_column_and_the_same_numbers() -> None:
    report = count([_published("2026Q4", *_FULFILLED, *_REFUSED)])
    raw = json.loads(exports.as_json(report))
    rows = list(csv.DictReader(io.StringIO(exports.as_csv(report))))
    columns = (
        "period country authority_kind instrument emergency statement_category received accounts_specified "
        "fulfilled_full fulfilled_partial no_data refused refused_reason withdrawn referred_mlat users_affected "
        "phone_disclosed ip_disclosed content_orders_to_counsel median_hours_receipt median_hours_effect gagged "
        "notified_before notified_after notice_pending challenged challenge_won fakes_detected "
        "emergency_not_validated preserved_accounts log_first_index log_last_index checkpoint"
    )
    wanted = columns.split()
    assert list(rows[0]) == wanted
    assert list(raw["rows"][0]) == wanted
    assert rows[1]["refused_reason"] == "D3:1"
    assert raw["rows"][1]["refused_reason"] == {"D3": 1}
    assert rows[0]["median_hours_effect"] == "75.0"
    assert raw["total"]["received"] == sum(int(row["received"]) for row in rows) == 2


def test_the_dsa_template_counts_member_states_only() -> None:
    report = count([_published("2026Q4", *_FULFILLED, *_REFUSED)])
    rows = list(csv.reader(io.StringIO(exports.as_dsa_csv(report))))
    assert len({len(row) for row in rows}) == 1
    total = rows[1]
    assert total[2:6] == ["2026-10-01/2026-12-31", "TOTAL", "", "TOTAL"]
    assert total[10:13] == ["1", "0.1", "75.0"]
    assert [row[3] for row in rows[1:]] == ["TOTAL"] * 2 + ["STATEMENT_CATEGORY_SCAMS_AND_FRAUD"] * 2
    # The header row of the Commission's template, as published.
    published = "b057c06fce4c3d6c765fabbbea054728fd32ccc709af049fad9e6a6f57ec781e"
    assert sha256("|".join(rows[0]).encode()).hexdigest() == published


def test_countries_are_understood_by_name_and_code() -> None:
    assert code_of("germany") == code_of(" DE ") == "DE"
    assert code_of("United Kingdom") == code_of("uk") == "GB"
    assert name_of("TR").startswith("T")
    assert name_of("ZZ") == "ZZ"
    with pytest.raises(CountryUnknown):
        code_of("Atlantis")


def test_without_openings_there_is_no_report() -> None:
    with pytest.raises(Malformed):
        count([])
    assert count([_published("2026Q4")]).total == Figures()


async def test_the_account_answers_for_every_country_to_anyone(
    pools: Pools, clock: ManualClock, data_dir: Path
) -> None:
    translog = Translog(pools.of("log"), clock, data_dir / "log", "parley.example/transparency/log")
    quarterly = Quarterly(pools.of("log"), clock, closed=8)
    reporting = Reporting(quarterly, clock, _PAGE)
    await translog.open()
    assert "first report comes" in await reporting.answer("Germany")
    for opening in (*_FULFILLED, *_REFUSED):
        await translog.append(opening)
    await translog.set_gag("a", None)
    clock.advance(3600)
    await translog.write_due()
    quarter = Quarter.of(clock.now())
    with pytest.raises(QuarterNotOpened):
        await reporting.export(quarter, "json")
    clock.set(quarter.end)
    await quarterly.publish_due()
    german = await reporting.answer("germany")
    assert "Fulfilled requests: 1" in german
    assert "Affected users: 1" in german
    assert "Refused: 1 (D3: 1)" in await reporting.answer("TR 2026Q4")
    assert "No requests from France" in await reporting.answer("France")
    assert "Requests received: 2" in await reporting.answer("all")
    assert "no country has this name" in (await reporting.answer("Atlantis")).lower()
    assert "2031Q1" in await reporting.answer("France 2031Q1")
    assert "Send the name of a country" in await reporting.answer("/start")
    for form in ("json", "csv", "dsa", "text"):
        assert await reporting.export(quarter, form)
    with pytest.raises(Malformed):
        await reporting.export(quarter, "pdf")
    clock.advance(timedelta(days=1).total_seconds())
    assert reporting.next_opening() == quarter.later(1)

"""Deadlines end when the law says, over holidays and changes of the clocks, so that none is missed or cut short."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parley.legal.clocks.calendar import Calendar, calendar_of, easter_sunday
from parley.legal.clocks.errors import ClockUnknown, TableDamaged
from parley.legal.clocks.model import Running
from parley.legal.clocks.rules import Standing, due, end_clock, period_end, standing, stop
from parley.legal.clocks.table import clock_rule, clock_rules, parse_period

_DE = calendar_of("DE")
_BERLIN = ZoneInfo("Europe/Berlin")


def _end(event: str, period: str, calendar: Calendar = _DE) -> str:
    moment = datetime.fromisoformat(event).replace(tzinfo=calendar.zone)
    return (
        period_end(moment, parse_period(period), calendar).astimezone(calendar.zone).strftime("%a %Y-%m-%d %H:%M")
    )


@pytest.mark.parametrize(
    ("event", "period", "end"),
    [
        # The day of the event does not count; the last hour of the last day does.
        ("2026-11-02 00:01", "10 days", "Fri 2026-11-13 00:00"),
        ("2026-11-02 23:59", "10 days", "Fri 2026-11-13 00:00"),
        # The last day is a Saturday: the end of Monday.
        ("2026-11-04 12:00", "10 days", "Tue 2026-11-17 00:00"),
        # The last day is Good Friday: over Easter Monday to Tuesday.
        ("2026-03-24 12:00", "10 days", "Wed 2026-04-08 00:00"),
        # Christmas.
        ("2026-12-15 12:00", "10 days", "Tue 2026-12-29 00:00"),
        # Weeks end on the same day of the week, months and years on the same date.
        ("2026-11-02 12:00", "6 weeks", "Tue 2026-12-15 00:00"),
        ("2026-01-31 12:00", "1 month", "Tue 2026-03-03 00:00"),
        ("2026-08-31 12:00", "6 months", "Tue 2027-03-02 00:00"),
        ("2028-02-29 12:00", "1 year", "Thu 2029-03-01 00:00"),
        ("2026-11-02 12:00", "60 days", "Tue 2027-01-05 00:00"),
        # Two days over a weekend: they have two working days in them.
        ("2026-11-06 12:00", "2 days", "Wed 2026-11-11 00:00"),
        ("2026-11-06 12:00", "1 day", "Tue 2026-11-10 00:00"),
    ],
)
def test_days_are_counted_after_regulation_1182_71(event: str, period: str, end: str) -> None:
    assert _end(event, period) == end


def test_a_day_of_25_hours_is_one_day_and_eight_hours_are_eight() -> None:
    # Clocks go back on 25 October 2026.
    assert period_end(datetime(2026, 10, 22, 12, tzinfo=_BERLIN), parse_period("5 days"), _DE) == datetime(
        2026, 10, 27, 23, 0, tzinfo=UTC
    )
    night = datetime(2026, 10, 25, 1, 30, tzinfo=_BERLIN)
    assert period_end(night, parse_period("8 hours"), _DE) == night.astimezone(UTC) + timedelta(hours=8)
    # Clocks go forward on 29 March 2026.
    assert period_end(datetime(2026, 3, 25, 12, tzinfo=_BERLIN), parse_period("5 days"), _DE) == datetime(
        2026, 3, 30, 22, 0, tzinfo=UTC
    )


def test_an_hour_clock_runs_over_holidays_and_at_night() -> None:
    assert _end("2026-12-25 23:30", "8 hours") == "Sat 2026-12-26 07:30"
    assert _end("2026-12-31 23:30", "1 hour") == "Fri 2027-01-01 00:30"


def test_the_day_is_that_of_the_country() -> None:
    late = datetime(2026, 11, 2, 23, 30, tzinfo=UTC)  # the third of November in Berlin
    assert period_end(late, parse_period("5 days"), _DE) == datetime(2026, 11, 9, 23, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("year", "day"), [(2024, (3, 31)), (2025, (4, 20)), (2026, (4, 5)), (2027, (3, 28)), (2038, (4, 25))]
)
def test_easter_falls_where_it_falls(year: int, day: tuple[int, int]) -> None:
    assert easter_sunday(year) == date(year, *day)


def test_a_country_without_a_list_says_so() -> None:
    assert not calendar_of("ZZ").known
    assert calendar_of("FR").is_holiday(date(2026, 7, 14))


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2031, 1, 1)),  # noqa: DTZ001  hypothesis wants naive bounds
    st.integers(1, 400),
    st.sampled_from(["days", "weeks"]),
)
def test_no_period_ends_on_a_day_off_or_before_its_time(event: datetime, count: int, unit: str) -> None:
    moment = event.replace(tzinfo=UTC)
    end = period_end(moment, parse_period(f"{count} {unit}"), _DE)
    last = (end - timedelta(microseconds=1)).astimezone(_DE.zone)
    assert _DE.is_working_day(last.date())
    days = count * (7 if unit == "weeks" else 1)
    assert (last.date() - moment.astimezone(_DE.zone).date()).days >= days


def _running(instrument: str = "emergency", name: str = "answer") -> Running:
    return Running(clock_rule(instrument, name), datetime(2026, 11, 2, 9, tzinfo=UTC))


def test_a_clock_warns_stops_resumes_and_ends() -> None:
    clock = _running()
    at = clock.started_at
    assert standing(clock, _DE, at) is Standing.RUNNING
    assert standing(clock, _DE, at + timedelta(hours=6)) is Standing.WARNING
    assert standing(clock, _DE, at + timedelta(hours=8)) is Standing.OVERDUE
    stopped = stop(clock, "incomplete", at + timedelta(hours=1))
    assert due(stopped, _DE) is None
    assert standing(stopped, _DE, at + timedelta(hours=9)) is Standing.STOPPED
    resumed = stopped.resumed(at + timedelta(hours=4))
    assert due(resumed, _DE) == at + timedelta(hours=11)
    assert standing(end_clock(resumed, at + timedelta(hours=5)), _DE, at + timedelta(days=9)) is Standing.ENDED
    with pytest.raises(ClockUnknown):
        stop(stopped, "incomplete", at)


def test_only_reasons_that_the_rule_knows_stop_a_clock() -> None:
    with pytest.raises(ClockUnknown):
        stop(_running(), "holiday", datetime(2026, 11, 2, 10, tzinfo=UTC))
    ended = stop(_running(), "withdrawn", datetime(2026, 11, 2, 10, tzinfo=UTC))
    assert ended.ended_at is not None


def test_an_order_that_states_its_own_end_is_due_then() -> None:
    clock = _running("national_court")
    assert due(clock, _DE) is None
    assert standing(clock, _DE, clock.started_at) is Standing.OPEN
    stated = datetime(2026, 11, 9, 22, tzinfo=UTC)
    assert due(replace(clock, stated_due=stated), _DE) == stated


def test_a_stopped_day_clock_ends_on_a_working_day_and_an_extension_follows_on() -> None:
    clock = _running("epoc")
    assert due(clock, _DE) == datetime(2026, 11, 12, 23, tzinfo=UTC)
    paused = stop(clock, "incomplete", clock.started_at).resumed(clock.started_at + timedelta(days=2))
    assert due(paused, _DE) == datetime(2026, 11, 16, 23, tzinfo=UTC)
    kept = replace(_running("epoc_pr", "preservation"), extended=True)
    assert due(kept, _DE) == datetime(2027, 2, 3, 23, tzinfo=UTC)


def test_the_table_is_complete_and_says_its_sources() -> None:
    rules = clock_rules()
    assert {rule.instrument for rule in rules} >= {"national_court", "emergency", "epoc", "epoc_pr", "tco"}
    assert all(rule.source.law and not rule.source.confirmed_by_counsel for rule in rules)
    assert clock_rule("emergency", "later_order").starts == "disclosed"
    with pytest.raises(ClockUnknown):
        clock_rule("national_court", "never")


def test_a_damaged_table_stops_everything_that_rests_on_it(tmp_path: Path) -> None:
    file = tmp_path / "clocks.toml"
    for text in ("[[clock]]\n", "clock = 1", "[[["):
        file.write_text(text)
        clock_rules.cache_clear()
        with pytest.raises(TableDamaged):
            clock_rules(file)

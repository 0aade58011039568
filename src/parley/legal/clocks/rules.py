"""When a period ends: Regulation (EEC, Euratom) No 1182/71, which counts the periods of EU law, and stops."""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from parley.legal.clocks.calendar import Calendar
from parley.legal.clocks.errors import ClockUnknown
from parley.legal.clocks.model import Period, Running, Unit

_WORKING_DAYS_AT_LEAST = 2


class Standing(StrEnum):
    """How a clock stands now."""

    RUNNING = "running"
    WARNING = "warning"
    STOPPED = "stopped"
    OVERDUE = "overdue"
    ENDED = "ended"
    OPEN = "open"


def period_end(event: datetime, period: Period, calendar: Calendar) -> datetime:
    """The moment at which a period that an event starts has ended, in UTC (the first moment after it).

    Hours are counted from the event itself. Art. 3(1) would begin with the next full hour; ours is the earlier
    end, so that keeping it keeps both. A period in days, weeks, months or years leaves out the day of the event
    (Art. 3(1)), ends with the last hour of its last day (3(2)), moves on from a holiday, Sunday or Saturday to
    the next working day (3(4)), and has two working days in it (3(5)). Days are those of the calendar's zone,
    so that a day of 23 or 25 hours is one day.
    """
    if period.unit is Unit.HOURS:
        return event.astimezone(UTC) + timedelta(hours=period.count)
    first = event.astimezone(calendar.zone).date()
    last = calendar.next_working_day(_last_day(first, period))
    if period.unit is not Unit.DAYS or period.count >= _WORKING_DAYS_AT_LEAST:
        last = _with_working_days(first, last, calendar)
    midnight = datetime.combine(last + timedelta(days=1), time(), calendar.zone)
    return midnight.astimezone(UTC)


def due(clock: Running, calendar: Calendar) -> datetime | None:
    """When a clock is due, in UTC: the stated end or the period's, later by every finished stop that suspends.

    None while a stop holds, and where neither the law nor the order states an end. What an order states after
    a stop is not moved: its issuer knows of the stop.
    """
    if clock.stated_due is not None:
        return clock.stated_due
    if clock.rule.period is None or clock.standing is not None:
        return None
    end = period_end(clock.started_at, clock.rule.period, calendar)
    if clock.extended and clock.rule.extension is not None:
        end = period_end(end - timedelta(microseconds=1), clock.rule.extension, calendar)
    stopped = sum((stop.until - stop.since for stop in clock.stops if stop.until is not None), timedelta())
    return _moved(end, stopped, clock.rule.period, calendar)


def standing(clock: Running, calendar: Calendar, now: datetime) -> Standing:
    """How a clock stands at a moment."""
    if clock.ended_at is not None:
        return Standing.ENDED
    if clock.standing is not None:
        return Standing.STOPPED
    end = due(clock, calendar)
    if end is None:
        return Standing.OPEN
    if now >= end:
        return Standing.OVERDUE
    return Standing.WARNING if now >= end - clock.rule.warn else Standing.RUNNING


def stop(clock: Running, reason: str, now: datetime) -> Running:
    """Stop a clock for a reason that its rule knows.

    Raises:
        ClockUnknown: the rule knows no such reason, or the clock stands or has ended already.
    """
    effect = clock.rule.stops.get(reason)
    if effect is None:
        raise ClockUnknown(f"{reason!r} does not stop this clock")
    if clock.standing is not None or clock.ended_at is not None:
        raise ClockUnknown("this clock does not run")
    if effect == "ends":
        return end_clock(clock, now)
    return clock.stopped(reason, now)


def end_clock(clock: Running, now: datetime) -> Running:
    """End a clock: what it waited for has happened."""
    return Running(clock.rule, clock.started_at, clock.stated_due, clock.resumed(now).stops, clock.extended, now)


def _last_day(first: date, period: Period) -> date:
    if period.unit is Unit.DAYS:
        return first + timedelta(days=period.count)
    if period.unit is Unit.WEEKS:
        return first + timedelta(weeks=period.count)
    months = period.count * (12 if period.unit is Unit.YEARS else 1)
    years, month = divmod(first.month - 1 + months, 12)
    year = first.year + years
    return date(year, month + 1, min(first.day, monthrange(year, month + 1)[1]))


def _with_working_days(first: date, last: date, calendar: Calendar) -> date:
    """Art. 3(5): any period of two days or more has at least two working days in it."""
    while _working_days(first, last, calendar) < _WORKING_DAYS_AT_LEAST:
        last = calendar.next_working_day(last + timedelta(days=1))
    return last


def _working_days(first: date, last: date, calendar: Calendar) -> int:
    span = min((last - first).days, 30)
    return sum(calendar.is_working_day(last - timedelta(days=offset)) for offset in range(span))


def _moved(end: datetime, stopped: timedelta, period: Period, calendar: Calendar) -> datetime:
    if not stopped:
        return end
    if period.unit is Unit.HOURS:
        return end + stopped
    last = (end + stopped - timedelta(microseconds=1)).astimezone(calendar.zone).date()
    midnight = datetime.combine(calendar.next_working_day(last) + timedelta(days=1), time(), calendar.zone)
    return midnight.astimezone(UTC)

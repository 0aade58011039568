"""When a person is told, and in which words; decided from the table, the gag and the clock alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from parley.legal.clocks.calendar import Calendar
from parley.legal.clocks.rules import period_end
from parley.legal.notices.errors import GagInvalid
from parley.legal.notices.model import Case, Gag, Kind, Notice, NoticeRule, Rule, State

_GIVEN = {
    "phone": "your phone number",
    "ip": "IP addresses from which you signed in",
    "port": "the ports of those connections",
    "ip_time": "the times of those connections",
}
_INSTRUMENTS = {
    "national_court": "a court order",
    "emergency": "an emergency request",
    "epoc": "a European Production Order",
    "epoc_pr": "a European Preservation Order",
    "dsa10": "an order to provide information",
    "dsa9": "an order to act against illegal content",
    "tco": "a removal order",
    "mlat": "a request for mutual legal assistance",
}


class Waits(StrEnum):
    """What a notice waits for."""

    NOTHING = "nothing"
    TIME = "time"
    GAG = "gag"
    AUTHORITY = "authority"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a notice may go now, and until when it waits where that is known."""

    waits: Waits
    until: datetime | None = None


def earliest(rule: NoticeRule, happened_at: datetime, calendar: Calendar) -> datetime:
    """The time before which a notice of a disclosure does not go, when nothing bars it."""
    return happened_at if rule.after is None else period_end(happened_at, rule.after, calendar)


def verdict(notice: Notice, case: Case, gag: Gag | None, now: datetime) -> Verdict:
    """Decide whether a notice may go.

    A gag comes first; then, where only the authority tells, its release; then the time. When a gag has ended
    the notice goes at once, even where the authority would have had to tell: then it has had its time.
    """
    if gag is not None and bars(gag, now):
        return Verdict(Waits.GAG, gag.until)
    if case.rule is Rule.AUTHORITY_ONLY and case.released_at is None and gag is None:
        return Verdict(Waits.AUTHORITY, case.review_at)
    if notice.earliest > now:
        return Verdict(Waits.TIME, notice.earliest)
    return Verdict(Waits.NOTHING)


def bars(gag: Gag, now: datetime) -> bool:
    """Whether a gag still holds."""
    return gag.until is None or gag.until > now


def next_review(rule: NoticeRule, opened_at: datetime, now: datetime) -> datetime | None:
    """When release from secrecy is asked for next: the table's days after the order, then every last interval."""
    if not rule.reviews:
        return None
    for days in rule.reviews:
        if (at := opened_at + timedelta(days=days)) > now:
            return at
    last = timedelta(days=rule.reviews[-1])
    return opened_at + last * ((now - opened_at) // last + 1)


def gag_limit(rule: NoticeRule, gag: Gag, prolonged: bool, now: datetime, calendar: Calendar) -> datetime | None:
    """The latest end that the law allows a gag of this instrument, or None where it names none."""
    period = rule.gag_prolonged if prolonged else rule.gag_max
    return None if period is None else period_end(now, period, calendar)


def cut(gag: Gag, limit: datetime | None) -> Gag:
    """A gag as the law's limit leaves it; one without an end ends at the limit."""
    if limit is None or (gag.until is not None and gag.until <= limit):
        return gag
    return Gag(gag.barred_by, gag.judge, limit)


def check_prolonged(gag: Gag, held: Gag | None, now: datetime) -> None:
    """Check a gag that prolongs another one: it never shortens, for that is lifting and takes two people.

    Raises:
        GagInvalid: the rule that the message names.
    """
    if not gag.judge.strip() or not gag.barred_by.strip():
        raise GagInvalid("say which judge barred telling, and on which legal basis")
    if gag.until is None or gag.until <= now:
        raise GagInvalid("state an end that lies ahead; the law may allow no more than has passed")
    if held is not None and held.until is None:
        raise GagInvalid("the secrecy that holds has no end; contest it, or lift it by two people first")
    if held is not None and held.until is not None and gag.until <= held.until:
        raise GagInvalid(
            f"this would end on {gag.until:%Y-%m-%d %H:%M} UTC, no later than what holds already"
            " (an earlier end is a lifting, by two people; a longer one than the law allows is cut)"
        )


def notice_text(
    notice: Notice,
    case: Case,
    gag: Gag | None,
    remedies: str,
    operator: str,
    log_url: str,
    *,
    provable: bool = True,
) -> str:
    """The words of a notice: what happened, why only now, what the person can do, how to check it.

    It is not `provable` when the public log has lost what its receipt would need.
    """
    who = f"{_article(case.authority_kind)} of {case.country}"
    instrument = _INSTRUMENTS.get(case.instrument, "an order")
    day = notice.happened_at.strftime("%-d %B %Y")
    parts = [_what(notice, who, instrument, day, operator)]
    if gag is not None and gag.until is not None and notice.kind is not Kind.ATTEMPT:
        until = gag.until.strftime("%-d %B %Y")
        parts.append(f"We were forbidden to tell you until {until} ({gag.barred_by}, {gag.judge}).")
    parts.append(remedies)
    parts.append(_proof(log_url) if provable else _NO_PROOF)
    return "\n\n".join(parts)


_NO_PROOF = (
    "This stands in our public log, but we cannot prove it to you: parts of that log are lost, and no receipt can"
    " be made any more. The log that followed says publicly that this happened, and why."
)


def _proof(log_url: str) -> str:
    return (
        "The attached receipt proves that this stands in our public log. Anybody can check it without us:\n"
        f"parley log verify {log_url} --receipt receipt.json"
    )


def may_change(state: State) -> bool:
    """Whether a notice can still be withheld or sent."""
    return state is State.WAITING


def _what(notice: Notice, who: str, instrument: str, day: str, operator: str) -> str:
    if notice.kind is Kind.ATTEMPT:
        return (
            f"An attempt was made to get data about you from us: on {day} we refused {instrument} in the name of "
            f"{who}. Nothing was given."
        )
    if notice.kind is Kind.UNRECOVERABLE:
        return (
            f"{operator} had decided to give {who} data about you, because of {instrument}. On {day} it turned out"
            " that nobody can open this data any more. Nothing was given."
        )
    given = [_GIVEN[field] for field in notice.fields if field in _GIVEN]
    listed = ", ".join(given[:-1]) + (" and " if len(given) > 1 else "") + given[-1] if given else "nothing"
    return (
        f"On {day} {operator} gave {who} data about your account, because of {instrument}: {listed}. "
        "None of your messages was given."
    )


def _article(kind: str) -> str:
    return {"court": "a court", "prosecutor": "a prosecutor", "police": "a police force"}.get(kind, "an authority")

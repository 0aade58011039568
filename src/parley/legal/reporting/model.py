"""A report as values: one row per country, kind of authority, instrument, urgency and category."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from statistics import median


@dataclass(frozen=True, slots=True, order=True)
class Group:
    """What a row is about. `statement_category` is the DSA's, empty where the order named nothing of its list."""

    country: str
    authority_kind: str
    instrument: str
    emergency: bool
    statement_category: str


@dataclass(frozen=True, slots=True)
class Figures:
    """What is counted. `refused_reasons` counts refusals by reason; medians are in hours, None without a case.
    The minutes are kept so that the medians of several rows together come out right.

    `gagged` and `notice_pending` count orders whose secrecy has ended: what is still secret is in no figure.
    """

    received: int = 0
    accounts_specified: int = 0
    fulfilled_full: int = 0
    fulfilled_partial: int = 0
    no_data: int = 0
    refused: int = 0
    refused_reasons: Mapping[str, int] = field(default_factory=dict)
    withdrawn: int = 0
    referred_mlat: int = 0
    users_affected: int = 0
    phone_disclosed: int = 0
    ip_disclosed: int = 0
    content_orders_to_counsel: int = 0
    minutes_to_receipt: tuple[int, ...] = ()
    minutes_to_effect: tuple[int, ...] = ()
    gagged: int = 0
    notified_before: int = 0
    notified_after: int = 0
    notice_pending: int = 0
    challenged: int = 0
    challenge_won: int = 0
    fakes_detected: int = 0
    emergency_not_validated: int = 0
    preserved_accounts: int = 0

    @property
    def median_hours_receipt(self) -> float | None:
        """Median time until the authority was told that its order came."""
        return median_hours(self.minutes_to_receipt)

    @property
    def median_hours_effect(self) -> float | None:
        """Median time until the order was answered."""
        return median_hours(self.minutes_to_effect)


@dataclass(frozen=True, slots=True)
class LogRange:
    """The leaves that a quarter's numbers come from, and the checkpoint under which they stand."""

    origin: str
    first_index: int | None
    last_index: int | None
    opened_late: int
    still_closed: int
    checkpoint: str


@dataclass(frozen=True, slots=True)
class Report:
    """A quarter's report."""

    quarter: str
    opened_at: datetime
    rows: Mapping[Group, Figures]
    total: Figures
    by_country: Mapping[str, Figures]
    ranges: tuple[LogRange, ...]


def median_hours(minutes: Sequence[int]) -> float | None:
    """The median in hours, to two places."""
    return round(median(minutes) / 60, 2) if minutes else None

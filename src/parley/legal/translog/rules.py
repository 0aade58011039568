"""The log's decisions without I/O: what a batch holds, when it is due, which leaves a quarter keeps closed."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from parley.legal.translog.errors import Malformed
from parley.legal.translog.model import Sealed, Slot, Waiting
from parley.legal.translog.openings import PADDING, SALT_BYTES, Opening, Stage

BATCH_EVERY = timedelta(hours=1)
#: Padding that stayed closed beside gagged leaves is opened after this many quarters, when no gag of the same
#: quarter still lasts: until then nobody can tell how many of the closed leaves are gagged.
CLOSED_PADDING_QUARTERS = 4
_QUARTER = re.compile(r"(?P<year>\d{4})Q(?P<number>[1-4])")
_random = secrets.SystemRandom()


def hour_of(moment: datetime) -> datetime:
    """The hour that a moment lies in, by its beginning, in UTC."""
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def batch_due(last_hour: datetime, now: datetime) -> datetime | None:
    """Give the hour of the batch that is due, or None. Hours in which nothing ran are not made up for."""
    hour = hour_of(now)
    return hour if hour >= last_hour + BATCH_EVERY else None


def compose(waiting: Sequence[Waiting], audit_head: Opening, leaves: int) -> list[Slot]:
    """Fill a batch of exactly `leaves` places and shuffle it: emergencies first, then by age, one audit head,
    padding for the rest. What does not fit waits for the next batch, in order.

    Raises:
        Malformed: a batch this small would have no room beside the audit head.
    """
    if leaves < 2:
        raise Malformed("a batch has at least two leaves")
    in_order = sorted(waiting, key=lambda item: (not item.emergency, item.submitted_at, item.entry_id))
    slots = [Slot(item.opening, item.salt, item.entry_id) for item in in_order[: leaves - 1]]
    slots.append(Slot(audit_head, new_salt()))
    slots += [Slot(PADDING, new_salt()) for _ in range(leaves - len(slots))]
    _random.shuffle(slots)
    return slots


def new_salt() -> bytes:
    """Draw a salt."""
    return secrets.token_bytes(SALT_BYTES)


def again(entry_id: str, log_id: int) -> str:
    """The id under which log `log_id` takes an entry that the log before it never signed."""
    return f"{entry_id.partition('~')[0]}~{log_id}"


@dataclass(frozen=True, slots=True, order=True)
class Quarter:
    """A quarter of a year, in UTC; as text `2026Q4`."""

    year: int
    number: int

    @classmethod
    def parse(cls, text: str) -> Quarter:
        """Read `2026Q4`.

        Raises:
            Malformed: not a quarter.
        """
        match = _QUARTER.fullmatch(text)
        if match is None:
            raise Malformed("a quarter is written like 2026Q4")
        return cls(int(match["year"]), int(match["number"]))

    @classmethod
    def of(cls, moment: datetime) -> Quarter:
        """The quarter that a moment lies in."""
        moment = moment.astimezone(UTC)
        return cls(moment.year, (moment.month + 2) // 3)

    @property
    def start(self) -> datetime:
        """Its first moment."""
        return datetime(self.year, self.number * 3 - 2, 1, tzinfo=UTC)

    @property
    def end(self) -> datetime:
        """The first moment after it."""
        return self.later(1).start

    def later(self, quarters: int) -> Quarter:
        """The quarter that many quarters later."""
        years, rest = divmod(self.number - 1 + quarters, 4)
        return Quarter(self.year + years, rest + 1)

    def __str__(self) -> str:
        return f"{self.year:04d}Q{self.number}"


def quarters_due(first: Quarter, opened: Sequence[Quarter], now: datetime) -> list[Quarter]:
    """List the quarters that have ended and were not opened, oldest first."""
    due: list[Quarter] = []
    quarter = max(opened).later(1) if opened else first
    while quarter.end <= now:
        due.append(quarter)
        quarter = quarter.later(1)
    return due


def choose_closed(leaves: Sequence[Sealed], at_least: int, now: datetime) -> frozenset[int]:
    """Choose which leaves of a quarter stay closed: the gagged ones, and padding up to a round number.

    The number is `at_least`, or the next multiple of it that all gagged leaves fit into, so that it tells
    nothing about how many there are. Where a young log has too little padding, all of it stays closed.
    """
    gagged = [item.index for item in _with_their_orders(leaves, now)]
    padding = [item.index for item in leaves if item.opening.stage is Stage.PADDING]
    steps = max(1, -(-len(gagged) // at_least))
    wanted = steps * at_least - len(gagged)
    return frozenset(gagged) | frozenset(_random.sample(padding, min(wanted, len(padding))))


def choose_late(closed: Sequence[Sealed], quarter: Quarter, now: datetime) -> frozenset[int]:
    """Choose which leaves of earlier quarters are opened together with `quarter`: those whose gag has ended,
    and a quarter's closed padding when its time has come and none of its leaves is gagged any more."""
    gagged = _with_their_orders(closed, now)
    still = {item.quarter for item in gagged}
    kept = {item.index for item in gagged}
    return frozenset(item.index for item in closed if item.index not in kept and _is_ripe(item, quarter, still))


def is_gagged(item: Sealed, now: datetime) -> bool:
    """Whether a gag keeps the leaf closed.

    An order that says it is gagged and whose gag was not recorded (yet) counts as gagged: to open late is
    mended a quarter later, to open early never.
    """
    if item.held_until is None:
        return bool(item.opening.gag)
    return item.held_until > now


def _with_their_orders(leaves: Sequence[Sealed], now: datetime) -> list[Sealed]:
    """The gagged leaves and all others of the same orders: an order is closed as a whole."""
    gagged = [item for item in leaves if is_gagged(item, now)]
    orders = {item.opening.order_ref for item in gagged if item.opening.order_ref is not None}
    alone = {item.index for item in gagged}
    return [item for item in leaves if item.index in alone or item.opening.order_ref in orders]


def _is_ripe(item: Sealed, quarter: Quarter, still: set[str]) -> bool:
    """Padding waits for its time and for the gags of its quarter; everything else opens when it may."""
    if item.opening.stage is not Stage.PADDING:
        return True
    ripe = Quarter.parse(item.quarter).later(CLOSED_PADDING_QUARTERS) <= quarter
    return ripe and item.quarter not in still

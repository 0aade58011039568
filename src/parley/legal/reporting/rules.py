"""Counts a report from the published openings; whoever has the files counts the same.

An order enters the figures with the file that opens it, so one under a gag enters when its gag has ended. Its
outcome is counted once, in the first quarter that knows it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from parley.legal.reporting.model import Figures, Group, LogRange, Report
from parley.legal.translog.errors import Malformed
from parley.legal.translog.openings import ORDER_STAGES, Opening, Stage
from parley.legal.translog.publication import Publication

_RESULTS = {"refuse": "refused", "form3": "refused", "refer_mlat": "referred"}
_GIVEN = {"disclose": "full", "disclose_partial": "partial"}


@dataclass(frozen=True, slots=True)
class _Case:
    """One order: what was opened of it before this quarter, and in it."""

    before: tuple[Opening, ...]
    fresh: tuple[Opening, ...]

    @property
    def all(self) -> tuple[Opening, ...]:
        return (*self.before, *self.fresh)


def count(publications: Sequence[Publication]) -> Report:
    """Count the report of the last of these quarters; the earlier ones tell what its orders are about.

    Raises:
        Malformed: there is no publication.
    """
    if not publications:
        raise Malformed("a report needs the openings of its quarter")
    now = publications[-1]
    cases = _cases(publications)
    groups: dict[Group, list[_Case]] = defaultdict(list)
    for case in cases.values():
        if case.fresh:
            groups[_group(case)].append(case)
    countries: dict[str, list[_Case]] = defaultdict(list)
    for group, members in groups.items():
        countries[group.country] += members
    return Report(
        now.quarter,
        now.opened_at,
        {group: _figures(groups[group]) for group in sorted(groups)},
        _figures([case for members in groups.values() for case in members]),
        {country: _figures(countries[country]) for country in sorted(countries)},
        tuple(_range(part.origin, now) for part in now.logs),
    )


def outcome_of(openings: Iterable[Opening]) -> str | None:
    """What came of an order: the closing word if there is one, else what was given, else what was decided."""
    found: dict[Stage, str] = {}
    for opening in openings:
        outcome = opening.outcome or _implied(opening)
        if outcome is not None:
            found[opening.stage] = outcome
    for stage in (Stage.CLOSED, Stage.DISCLOSED, Stage.DECIDED):
        if stage in found:
            return found[stage]
    return None


def _implied(opening: Opening) -> str | None:
    if opening.stage is Stage.DISCLOSED:
        return _GIVEN.get(opening.result or "", "full")
    if opening.stage is Stage.DECIDED:
        return _RESULTS.get(opening.result or "")
    return None


def _cases(publications: Sequence[Publication]) -> dict[str, _Case]:
    before: dict[str, list[Opening]] = defaultdict(list)
    fresh: dict[str, list[Opening]] = defaultdict(list)
    for publication in publications:
        target = fresh if publication is publications[-1] else before
        for item in publication.entries():
            if item.opening.stage in ORDER_STAGES and item.opening.order_ref is not None:
                target[item.opening.order_ref].append(item.opening)
    return {ref: _Case(tuple(before[ref]), tuple(fresh[ref])) for ref in {*before, *fresh}}


def _group(case: _Case) -> Group:
    """The order's own words, from its receipt where that is open, else from whatever says them first."""
    in_order = sorted(case.all, key=lambda opening: opening.stage is not Stage.RECEIVED)

    def first(name: str) -> str:
        return next((str(value) for item in in_order if (value := getattr(item, name)) is not None), "")

    emergency = any(item.emergency for item in case.all) or first("instrument") == "emergency"
    category = first("statement_category").removeprefix("STATEMENT_CATEGORY_")
    return Group(first("country"), first("authority_kind") or "other", first("instrument"), emergency, category)


def _figures(cases: Sequence[_Case]) -> Figures:
    outcomes = Counter(outcome for case in cases if (outcome := _fresh_outcome(case)) is not None)
    return Figures(
        received=_stages(cases, Stage.RECEIVED),
        accounts_specified=_sum(cases, Stage.RECEIVED, lambda item: 1 if item.accounts is None else item.accounts),
        fulfilled_full=outcomes["full"],
        fulfilled_partial=outcomes["partial"],
        no_data=outcomes["none_held"],
        refused=outcomes["refused"],
        refused_reasons=_refusals(cases),
        withdrawn=outcomes["withdrawn"],
        referred_mlat=outcomes["referred"],
        users_affected=_sum(cases, Stage.DISCLOSED, _users),
        phone_disclosed=_sum(cases, Stage.DISCLOSED, lambda item: _users(item) * ("phone" in (item.fields or ()))),
        ip_disclosed=_sum(cases, Stage.DISCLOSED, lambda item: _users(item) * ("ip" in (item.fields or ()))),
        content_orders_to_counsel=_orders(cases, lambda item: bool(item.content)),
        minutes_to_receipt=_minutes(cases, lambda item: item.minutes_to_receipt),
        minutes_to_effect=_minutes(cases, lambda item: item.minutes_to_effect),
        gagged=_orders(cases, lambda item: bool(item.gag)),
        notified_before=_sum(cases, Stage.NOTIFIED, lambda item: int(item.notice == "before")),
        notified_after=_sum(cases, Stage.NOTIFIED, lambda item: int(item.notice != "before")),
        notice_pending=sum(map(_notice_pending, cases)),
        challenged=_orders(cases, lambda item: bool(item.challenged)),
        challenge_won=_orders(cases, lambda item: bool(item.challenge_won)),
        fakes_detected=_stages(cases, Stage.FAKE),
        emergency_not_validated=_orders(cases, lambda item: item.validated is False),
        preserved_accounts=_sum(cases, Stage.PRESERVED, lambda item: 1 if item.accounts is None else item.accounts),
    )


def _fresh_outcome(case: _Case) -> str | None:
    return None if outcome_of(case.before) is not None else outcome_of(case.fresh)


def _refusals(cases: Sequence[_Case]) -> dict[str, int]:
    reasons: Counter[str] = Counter()
    for case in cases:
        if _fresh_outcome(case) == "refused":
            named = [item.reason for item in case.fresh if item.reason]
            reasons[named[-1] if named else "other"] += 1
    return dict(sorted(reasons.items()))


def _notice_pending(case: _Case) -> bool:
    disclosed = any(item.stage is Stage.DISCLOSED for item in case.fresh)
    return disclosed and not any(item.stage is Stage.NOTIFIED for item in case.all)


def _stages(cases: Sequence[_Case], stage: Stage) -> int:
    return _sum(cases, stage, lambda _: 1)


def _sum(cases: Sequence[_Case], stage: Stage, value: Callable[[Opening], int]) -> int:
    return sum(value(item) for case in cases for item in case.fresh if item.stage is stage)


def _orders(cases: Sequence[_Case], holds: Callable[[Opening], bool]) -> int:
    """Count orders of which this quarter says something for the first time."""
    return sum(any(map(holds, case.fresh)) and not any(map(holds, case.before)) for case in cases)


def _users(opening: Opening) -> int:
    return 1 if opening.users is None else opening.users


def _minutes(cases: Sequence[_Case], minutes: Callable[[Opening], int | None]) -> tuple[int, ...]:
    found = (minutes(item) for case in cases for item in case.fresh)
    return tuple(sorted(value for value in found if value is not None))


def _range(origin: str, publication: Publication) -> LogRange:
    part = next(part for part in publication.logs if part.origin == origin)
    return LogRange(origin, part.first_index, part.last_index, len(part.late), part.closed, part.checkpoint)

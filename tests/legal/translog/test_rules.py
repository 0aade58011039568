"""Whoever watches the log's size and its files learns nothing about orders under a gag."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from parley.legal.translog.errors import Malformed
from parley.legal.translog.model import Sealed, Waiting
from parley.legal.translog.openings import PADDING, Opening, Stage
from parley.legal.translog.rules import (
    CLOSED_PADDING_QUARTERS,
    Quarter,
    batch_due,
    choose_closed,
    choose_late,
    compose,
    quarters_due,
)

_NOW = datetime(2027, 1, 1, tzinfo=UTC)
_HEAD = Opening(Stage.AUDIT_HEAD, sha256="ab" * 32)
_ORDER = Opening(Stage.RECEIVED, order_ref="a", country="XX", instrument="emergency")


def _waiting(number: int, *, emergency: bool = False) -> Waiting:
    return Waiting(f"{number:03d}", _ORDER, bytes(32), emergency, _NOW + timedelta(seconds=number))


@pytest.mark.parametrize("entries", [0, 1, 15, 16, 40])
def test_a_batch_has_the_same_size_whatever_waits(entries: int) -> None:
    slots = compose([_waiting(i) for i in range(entries)], _HEAD, 16)
    assert len(slots) == 16
    assert sum(slot.opening.stage is Stage.AUDIT_HEAD for slot in slots) == 1
    assert sum(slot.entry_id is not None for slot in slots) == min(entries, 15)


def test_emergencies_come_first_and_the_rest_waits_in_order() -> None:
    waiting = [*(_waiting(i) for i in range(5)), _waiting(9, emergency=True)]
    taken = {slot.entry_id for slot in compose(waiting, _HEAD, 4)} - {None}
    assert taken == {"009", "000", "001"}


def test_the_place_in_a_batch_tells_nothing() -> None:
    places = {
        next(i for i, slot in enumerate(compose([_waiting(0)], _HEAD, 16)) if slot.entry_id) for _ in range(200)
    }
    assert len(places) > 8


def test_a_batch_without_room_is_refused() -> None:
    with pytest.raises(Malformed):
        compose([], _HEAD, 1)


def test_a_batch_comes_each_hour_and_missed_hours_are_not_made_up_for() -> None:
    hour = datetime(2026, 11, 22, 9, tzinfo=UTC)
    assert batch_due(hour, hour + timedelta(minutes=59)) is None
    assert batch_due(hour, hour + timedelta(minutes=60)) == hour + timedelta(hours=1)
    assert batch_due(hour, hour + timedelta(hours=7, minutes=5)) == hour + timedelta(hours=7)
    assert batch_due(hour, hour - timedelta(hours=3)) is None


def test_quarters_are_counted_in_utc() -> None:
    assert str(Quarter.of(datetime(2026, 12, 31, 23, 59, tzinfo=UTC))) == "2026Q4"
    assert str(Quarter.of(datetime.fromisoformat("2027-01-01T00:30:00+01:00"))) == "2026Q4"
    assert Quarter.parse("2026Q4").end == Quarter.parse("2027Q1").start == _NOW
    assert str(Quarter(2026, 3).later(6)) == "2028Q1"
    for text in ("2026Q5", "2026q4", "26Q4", ""):
        with pytest.raises(Malformed):
            Quarter.parse(text)


def test_every_ended_quarter_is_opened_once() -> None:
    first = Quarter(2026, 3)
    assert quarters_due(first, [], _NOW) == [Quarter(2026, 3), Quarter(2026, 4)]
    assert quarters_due(first, [Quarter(2026, 3)], _NOW) == [Quarter(2026, 4)]
    assert quarters_due(first, [Quarter(2026, 4)], _NOW) == []


def _sealed(count: int, gagged: int, quarter: str = "2026Q4") -> list[Sealed]:
    until = _NOW + timedelta(days=30)
    orders = [Sealed(i, quarter, bytes(32), _ORDER, until) for i in range(gagged)]
    return orders + [Sealed(gagged + i, quarter, bytes(32), PADDING, None) for i in range(count - gagged)]


@pytest.mark.parametrize(("gagged", "closed"), [(0, 8), (1, 8), (8, 8), (9, 16)])
def test_the_number_of_closed_leaves_hides_the_number_of_gags(gagged: int, closed: int) -> None:
    leaves = _sealed(200, gagged)
    chosen = choose_closed(leaves, 8, _NOW)
    assert len(chosen) == closed
    assert chosen >= set(range(gagged))


def test_an_order_whose_gag_has_ended_is_opened_with_its_quarter() -> None:
    ended = Sealed(500, "2026Q4", bytes(32), replace(_ORDER, order_ref="b"), _NOW)
    assert 500 not in choose_closed([*_sealed(20, 1), ended], 8, _NOW)


def test_an_order_that_says_gagged_stays_closed_even_if_its_gag_was_lost_on_the_way() -> None:
    said = replace(_ORDER, order_ref="b", gag=True)
    lost = [
        Sealed(500, "2026Q4", bytes(32), said, None),
        Sealed(501, "2026Q4", bytes(32), replace(said, gag=None), None),
    ]
    lifted = Sealed(502, "2026Q4", bytes(32), replace(said, order_ref="c"), _NOW)
    chosen = choose_closed([*_sealed(20, 0), *lost, lifted], 8, _NOW)
    assert {500, 501} <= chosen
    assert 502 not in chosen
    assert choose_late([*lost, lifted], Quarter(2027, 1), _NOW) == {502}


def test_late_openings_come_when_the_gag_has_ended_and_their_padding_much_later() -> None:
    closed = _sealed(8, 2)
    later = _NOW + timedelta(days=91)
    assert choose_late(closed, Quarter(2027, 1), _NOW) == frozenset()
    assert choose_late(closed, Quarter(2027, 1), later) == {0, 1}
    ripe = Quarter(2026, 4).later(CLOSED_PADDING_QUARTERS)
    assert choose_late(closed[2:], ripe, later) == set(range(2, 8))
    assert choose_late(closed, ripe, _NOW) == frozenset(), "while a gag lasts its padding stays with it"

"""Which days a custodian can open and how long a day is kept, at the edges of the day and of the choice."""

from __future__ import annotations

from datetime import UTC, date, datetime
from ipaddress import ip_address

import pytest

from parley.legal.vault import rules
from parley.legal.vault.errors import MalformedRecord, RetentionInvalid
from parley.legal.vault.model import Address, SealingKey

TODAY = date(2026, 11, 30)


def test_a_range_touches_exactly_the_days_that_it_overlaps():
    start = datetime(2026, 11, 1, 23, 59, 59, tzinfo=UTC)
    assert rules.days_of(start, datetime(2026, 11, 3, tzinfo=UTC)) == (
        date(2026, 11, 1),
        date(2026, 11, 2),
    )
    assert rules.days_of(start, start) == ()


def test_a_new_custodian_opens_nothing_that_was_recorded_before_joining():
    noon = datetime(2026, 11, 30, 12, tzinfo=UTC)
    assert rules.first_day(noon, sealed_on_that_day=True) == date(2026, 12, 1)
    assert rules.first_day(noon, sealed_on_that_day=False) == TODAY
    old, new = SealingKey(1, 1, bytes(32), date(2026, 1, 1)), SealingKey(2, 1, bytes(32), date(2026, 12, 1))
    assert rules.eligible([new, old], TODAY) == (old,)
    assert rules.eligible([new, old], date(2026, 12, 1)) == (old, new)


def test_days_are_kept_exactly_as_long_as_was_promised():
    assert not rules.expired("2026-10-31", TODAY, 30)
    assert rules.expired("2026-10-30", TODAY, 30)
    assert rules.expired("2026-11-22.7", TODAY, 30)
    assert not rules.expired("2026-11-23.7", TODAY, 30)
    assert rules.expired("2025-11-29", TODAY, 9999)
    assert not rules.expired("hold-" + "0" * 32, TODAY, 30)


def test_an_account_can_only_shorten():
    assert rules.check_retention(7, 30) == 7
    for days in (30, 8, 0, -1):
        with pytest.raises(RetentionInvalid):
            rules.check_retention(days, 30)
    with pytest.raises(RetentionInvalid):
        rules.check_retention(14, 10)


def test_hostile_addresses_are_refused_and_scopes_fall_away():
    assert str(rules.parse_ip("fe80::1%eth0")) == "fe80::1"
    assert str(rules.parse_ip("::ffff:192.0.2.1")) == "192.0.2.1"
    with pytest.raises(MalformedRecord):
        rules.parse_ip("not an address")
    with pytest.raises(MalformedRecord):
        rules.pack(Address(ip_address("192.0.2.1"), 65536, datetime(2026, 1, 1, tzinfo=UTC)))
    with pytest.raises(MalformedRecord):
        rules.unpack(b"\xff" * 26)


def test_a_port_that_nobody_named_stays_unknown_and_is_never_a_fact():
    at = datetime(2026, 11, 30, tzinfo=UTC)
    for ip in ("192.0.2.7", "2001:db8::7"):
        unknown = rules.address(ip, 0, at)
        assert unknown.port is None
        assert rules.unpack(rules.pack(unknown)) == unknown
        assert len(rules.pack(unknown)) == len(rules.pack(rules.address(ip, 51000, at)))

"""A proxy is recognised however a socket writes its address, and nothing else is taken for it."""

from __future__ import annotations

import pytest

from parley.core.networks import TrustedNetworks, parse_ip


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8::7", "2001:db8::7"),
        ("fe80::1%eth0", "fe80::1"),
    ],
)
def test_one_address_is_one_however_it_is_written(written: str, read: str) -> None:
    assert str(parse_ip(written)) == read


@pytest.mark.parametrize("written", ["", "localhost", "192.0.2", "192.0.2.7:51000", "192.0.2.0/24"])
def test_what_is_no_address_is_not_guessed_at(written: str) -> None:
    with pytest.raises(ValueError, match="does not appear to be"):
        parse_ip(written)


def test_trust_ends_at_the_networks_that_were_named() -> None:
    trusted = TrustedNetworks(["192.0.2.9/24", "2001:db8:1::/48"])
    inside = ["192.0.2.1", "::ffff:192.0.2.1", "2001:db8:1::5"]
    outside = ["192.0.3.1", "::ffff:192.0.3.1", "2001:db8:2::5", "::192.0.2.1"]
    assert [parse_ip(item) in trusted for item in inside + outside] == [True] * 3 + [False] * 4
    assert trusted
    assert not TrustedNetworks([])
    assert parse_ip("192.0.2.1") not in TrustedNetworks([])

"""Clients are told an address that they can reach, whatever the server listens on."""

from __future__ import annotations

import ipaddress
import logging

import pytest

from parley.app import advertising
from parley.app.advertising import endpoint
from parley.core.settings import Settings, load

EVERYWHERE = "0.0.0.0"  # noqa: S104 -- what the container's command listens on
PUBLIC = "https://chat.example.org"


def nobody_asks(version: int) -> str | None:
    """Fail a test in which the machine's own address must play no part."""
    raise AssertionError("the machine's own address plays no part here")


def test_behind_a_proxy_clients_are_told_the_address_outside() -> None:
    settings = Settings(public_url=PUBLIC, advertised_ip=("203.0.113.5",), advertised_port=443)
    told = endpoint(settings, ("127.0.0.1", 8443), nobody_asks)
    assert (told.host, told.port, told.others) == ("203.0.113.5", 443, ())


def test_the_older_family_comes_first_whatever_order_they_were_given_in() -> None:
    settings = load({"advertised_ip": ("2001:db8::5", "203.0.113.5")}, {})
    told = endpoint(settings, (EVERYWHERE, 8443), nobody_asks)
    assert told.text == "203.0.113.5:8443, [2001:db8::5]:8443"


def test_addresses_come_from_the_environment_too() -> None:
    settings = load({}, {"PARLEY_ADVERTISED_IP": "203.0.113.5,2001:db8::5", "PARLEY_ADVERTISED_PORT": "8444"})
    assert endpoint(settings, ("127.0.0.1", 8443)).text == "203.0.113.5:8444, [2001:db8::5]:8444"


def test_a_name_in_the_public_url_never_becomes_the_address() -> None:
    told = endpoint(Settings(public_url=PUBLIC, host="192.0.2.9"), ("192.0.2.9", 8443), nobody_asks)
    assert told.host == "192.0.2.9"


@pytest.mark.parametrize(("host", "own"), [(EVERYWHERE, "203.0.113.9"), ("::", "2001:db8::9")])
def test_a_server_that_listens_everywhere_names_an_address_and_warns(
    host: str, own: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        assert endpoint(Settings(host=host), (host, 8443), lambda version: own).host == own
    assert "advertised_ip" in caplog.text


@pytest.mark.parametrize(("host", "left"), [(EVERYWHERE, "127.0.0.1"), ("::", "::1")])
def test_a_machine_without_a_network_names_itself(host: str, left: str) -> None:
    assert endpoint(Settings(host=host), (host, 8443), lambda version: None).host == left


def test_a_public_server_that_tells_people_loopback_warns(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        endpoint(Settings(public_url=PUBLIC), ("127.0.0.1", 8443), nobody_asks)
    assert "advertised_ip" in caplog.text


def test_the_kernel_is_asked_which_address_packets_carry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(advertising, "_FAR_AWAY", {4: "127.0.0.1"})
    assert advertising.own_address(4) == "127.0.0.1"


def test_a_host_by_name_is_told_by_its_address() -> None:
    assert ipaddress.ip_address(
        endpoint(Settings(host="localhost"), ("localhost", 8443), nobody_asks).host
    ).is_loopback
    assert endpoint(Settings(host="[::1]"), ("[::1]", 8443), nobody_asks).host == "::1"

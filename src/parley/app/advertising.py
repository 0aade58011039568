"""Where clients are told to connect: IP addresses and a port that others reach, never a name and never a wildcard.

A client takes what `help.getConfig` says literally and keeps it. So the operator's word goes first; without it the
listening address holds, and where the server listens everywhere, the address that this machine sends from.
"""

from __future__ import annotations

import ipaddress
import logging
import socket
from collections.abc import Callable

from parley.core.settings import Settings
from parley.web.ports import Endpoint

_log = logging.getLogger(__name__)
#: Addresses for documentation (RFC 5737, RFC 3849): nothing is sent to them, only the way there is looked up.
_FAR_AWAY = {4: "192.0.2.1", 6: "2001:db8::1"}
_FAMILIES = {4: socket.AF_INET, 6: socket.AF_INET6}


def own_address(version: int) -> str | None:
    """Ask the kernel which address of this machine packets to others would carry; nothing is sent."""
    with socket.socket(_FAMILIES[version], socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((_FAR_AWAY[version], 9))
        except OSError:
            return None
        return str(probe.getsockname()[0])


def endpoint(
    settings: Settings, listening: tuple[str, int], ask: Callable[[int], str | None] = own_address
) -> Endpoint:
    """Say what clients are told: the operator's addresses, IPv4 first, or else the one that is listened on."""
    addresses = _stated(settings) or (_listened_on(listening[0], ask),)
    if settings.public_url and all(ipaddress.ip_address(item).is_loopback for item in addresses):
        _log.warning("clients are told to connect to loopback: set advertised_ip to the address that they reach")
    return Endpoint(addresses[0], settings.advertised_port or listening[1], addresses[1:])


def _stated(settings: Settings) -> tuple[str, ...]:
    known = sorted(map(ipaddress.ip_address, settings.advertised_ip), key=lambda item: item.version)
    return tuple(map(str, known))


def _listened_on(host: str, ask: Callable[[int], str | None]) -> str:
    address = ipaddress.ip_address(_address_of(host))
    if not address.is_unspecified:
        return str(address)
    _log.warning("the server listens on every address: set advertised_ip, so that clients are told the right one")
    return ask(address.version) or ("127.0.0.1" if address.version == 4 else "::1")


def _address_of(host: str) -> str:
    """Give the address of a host that a setting may name, such as `localhost`: the one that is listened on."""
    try:
        return str(ipaddress.ip_address(host.strip("[]")))
    except ValueError:
        return str(socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)[0][4][0])

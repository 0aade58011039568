"""IP addresses as sockets write them, and the networks whose word about others is believed.

Pages and MTProto judge a proxy by it alike, so that an operator names a proxy once.
"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network


def plain(ip: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """An IPv4 address that a socket for both families wrote as IPv6 (RFC 4291, 2.5.5.2) is an IPv4 address."""
    return ip.ipv4_mapped or ip if isinstance(ip, IPv6Address) else ip


def parse_ip(text: str) -> IPv4Address | IPv6Address:
    """Read an address as a socket or a proxy gives it; its scope (`%eth0`) means something to this machine only.

    Raises:
        ValueError: it is no IP address.
    """
    return plain(ip_address(text.partition("%")[0]))


class TrustedNetworks:
    """The networks whose word about others is believed; false when there are none."""

    def __init__(self, networks: Sequence[str]) -> None:
        self._networks = [ip_network(one, strict=False) for one in networks]

    def __bool__(self) -> bool:
        return bool(self._networks)

    def __contains__(self, ip: IPv4Address | IPv6Address) -> bool:
        return any(ip in network for network in self._networks)

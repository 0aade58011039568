"""Behind a load balancer the addresses that sign-ins are kept with are the people's own, port included."""

import ipaddress
import struct

import pytest

from parley.mtproto.errors import MalformedFrame
from parley.mtproto.proxy_protocol import SIGNATURE, may_start, parse


def header(command: int, family: int, block: bytes) -> bytes:
    return SIGNATURE + struct.pack(">BBH", 0x20 | command, family, len(block)) + block


def v4(host: str, port: int) -> bytes:
    return ipaddress.ip_address(host).packed + bytes(4) + struct.pack(">HH", port, 443)


def test_an_ipv4_address_and_port_come_through() -> None:
    data = header(1, 0x11, v4("203.0.113.9", 50123))
    found = parse(data + b"\xef")
    assert found is not None
    assert (found.address, found.size) == (("203.0.113.9", 50123), len(data))


def test_an_ipv6_address_and_extensions_come_through() -> None:
    block = ipaddress.ip_address("2001:db8::7").packed + bytes(16) + struct.pack(">HH", 7, 443) + b"\x04\0\x02ab"
    found = parse(header(1, 0x21, block))
    assert found is not None
    assert found.address == ("2001:db8::7", 7)


def test_the_proxys_own_checks_carry_no_address() -> None:
    found = parse(header(0, 0, b""))
    assert found is not None
    assert found.address is None


def test_a_header_in_pieces_is_waited_for() -> None:
    data = header(1, 0x11, v4("203.0.113.9", 1))
    for cut in range(len(data)):
        assert may_start(data[:cut])
        assert parse(data[:cut]) is None
    assert not may_start(b"\xef\x0a")


@pytest.mark.parametrize(
    "data",
    [
        SIGNATURE + struct.pack(">BBH", 0x11, 0x11, 12) + bytes(12),
        SIGNATURE + struct.pack(">BBH", 0x22, 0x11, 12) + bytes(12),
        SIGNATURE + struct.pack(">BBH", 0x21, 0x11, 5000),
        header(1, 0x11, bytes(4)),
    ],
)
def test_broken_headers_are_refused(data: bytes) -> None:
    with pytest.raises(MalformedFrame):
        parse(data)

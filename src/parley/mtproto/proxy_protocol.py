"""PROXY protocol version 2, by which a trusted load balancer tells the client's real address and port.

Source: https://www.haproxy.org/download/2.9/doc/proxy-protocol.txt, section 2.2.
"""

from __future__ import annotations

import ipaddress
import struct
from dataclasses import dataclass

from parley.mtproto.errors import MalformedFrame

SIGNATURE = b"\r\n\r\n\x00\r\nQUIT\n"
_HEAD_SIZE = 16
_LONGEST = 1024


@dataclass(frozen=True, slots=True)
class ProxyHeader:
    """The real address (None when the proxy speaks for itself) and the header's size in bytes."""

    address: tuple[str, int] | None
    size: int


def may_start(data: bytes | bytearray) -> bool:
    """Tell whether these first bytes are, or may become, a PROXY header."""
    return data[:12] == SIGNATURE[: len(data[:12])]


def parse(data: bytes | bytearray) -> ProxyHeader | None:
    """Read the header at the start of `data`; None while it is incomplete.

    Raises:
        MalformedFrame: not version 2, too long, or addresses that do not fit their family.
    """
    if len(data) < _HEAD_SIZE:
        return None
    version_command, family, length = struct.unpack_from(">BBH", data, 12)
    if version_command >> 4 != 2 or version_command & 0x0F > 1 or length > _LONGEST:
        raise MalformedFrame("PROXY header is not version 2")
    size = _HEAD_SIZE + length
    if len(data) < size:
        return None
    if version_command & 0x0F == 0:
        return ProxyHeader(None, size)
    return ProxyHeader(_address(bytes(data[_HEAD_SIZE:size]), family), size)


def _address(block: bytes, family: int) -> tuple[str, int] | None:
    shapes = {0x11: (4, 8), 0x21: (16, 32)}
    if family not in shapes:
        return None
    width, port_at = shapes[family]
    if len(block) < port_at + 4:
        raise MalformedFrame("PROXY header lacks addresses")
    port: int = struct.unpack_from(">H", block, port_at)[0]
    return str(ipaddress.ip_address(block[:width])), port

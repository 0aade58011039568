"""The address of a person behind a trusted proxy, with its source port where the proxy names one.

One header counts, the one that the operator's proxy sets: whoever could choose between two could forge the other.
A port that nobody named is 0, which no connection can have: it means unknown all the way to a delivery.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Sequence
from enum import StrEnum

from starlette.types import ASGIApp, Receive, Scope, Send

from parley.core.networks import TrustedNetworks, parse_ip, plain

Host = tuple[str, int]
_SCHEMES = {"http", "https", "ws", "wss"}
#: So much of the header's right end is read; what the operator's proxy said stands there.
_LONGEST = 4096


class ForwardedHeader(StrEnum):
    """The headers by which a proxy can say who it speaks for."""

    X_FORWARDED_FOR = "x-forwarded-for"
    FORWARDED = "forwarded"


def address_of(text: str) -> Host | None:
    """Read `192.0.2.7`, `192.0.2.7:51000`, `2001:db8::7`, `[2001:db8::7]` or `[2001:db8::7]:51000` (RFC 7239, 6).

    Gives None for what names no address: `unknown`, an obfuscated name, nonsense. A port that is no port is 0.
    """
    text = text.strip().strip('"')
    if text.startswith("["):
        host, _, rest = text[1:].partition("]")
        port = rest.removeprefix(":")
    elif text.count(":") == 1:
        host, _, port = text.partition(":")
    else:
        host, port = text, ""
    try:
        return str(plain(ipaddress.ip_address(host))), _port(port)
    except ValueError:
        return None


def _port(text: str) -> int:
    known = text.isascii() and text.isdigit() and len(text) <= 5 and int(text) <= 65535
    return int(text) if known else 0


def _is_trusted(host: str, trusted: TrustedNetworks) -> bool:
    try:
        return parse_ip(host) in trusted
    except ValueError:
        return False


def client_of(hops: Sequence[str], trusted: TrustedNetworks) -> Host | None:
    """The person at the end of a chain of proxies, each of which added its own peer at the right.

    From the right, trusted proxies are passed over; the first other one is the person. None: nobody can be named.
    """
    for hop in reversed(hops):
        found = address_of(hop)
        if found is None or not _is_trusted(found[0], trusted):
            return found
    return address_of(hops[0]) if hops else None


def hops_of(header: ForwardedHeader, value: str) -> list[str]:
    """What each proxy of a chain said about its peer, in the order of the header.

    Of a header that is too long the left end goes, which anybody can fill; a word that was cut names nobody.
    """
    elements = [element.strip() for element in value[-_LONGEST:].split(",")]
    if len(value) > _LONGEST:
        elements[0] = "unknown"
    if header is ForwardedHeader.X_FORWARDED_FOR:
        return elements
    return [_parameter(element, "for") or "unknown" for element in elements]


def _parameter(element: str, name: str) -> str | None:
    """A parameter of one `Forwarded` element; its name is read without regard to case (RFC 7239, 4)."""
    for pair in element.split(";"):
        key, separator, value = pair.strip().partition("=")
        if separator and key.strip().lower() == name:
            return value.strip().strip('"')
    return None


class ForwardedAddresses:
    """Puts the person's address and scheme into the scope when a trusted proxy names them."""

    def __init__(self, app: ASGIApp, trusted: TrustedNetworks, header: ForwardedHeader) -> None:
        self._app = app
        self._trusted = trusted
        self._header = header

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the call on with the address of the person."""
        client = scope.get("client")
        if scope["type"] in ("http", "websocket") and client and _is_trusted(client[0], self._trusted):
            self._read(scope)
        await self._app(scope, receive, send)

    def _read(self, scope: Scope) -> None:
        values = list(_values(scope, self._header.value))
        scheme = "".join(_values(scope, "x-forwarded-proto"))
        if self._header is ForwardedHeader.FORWARDED:
            scheme = (_parameter(", ".join(values).rpartition(",")[2], "proto") or "").lower()
        if scheme in _SCHEMES:
            scope["scheme"] = scheme.replace("http", "ws") if scope["type"] == "websocket" else scheme
        if values:
            scope["client"] = client_of(hops_of(self._header, ", ".join(values)), self._trusted)


def _values(scope: Scope, name: str) -> Iterator[str]:
    wanted = name.encode()
    return (value.decode("latin-1") for key, value in scope["headers"] if key == wanted)

"""What the web needs from the rooms that only `app` brings together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class ServerKey:
    """The server's RSA key as clients need it: PKCS#1 PEM without a last line end, and its MTProto fingerprint.

    `fingerprint` is the signed 64-bit number of protocol.md; `modulus` and `exponent` are the key's numbers.
    """

    pem: str
    fingerprint: int
    modulus: int
    exponent: int

    @property
    def fingerprint_hex(self) -> str:
        """The fingerprint as 16 hexadecimal digits."""
        return f"{self.fingerprint & 0xFFFF_FFFF_FFFF_FFFF:016x}"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where clients reach MTProto over TCP, as they have to be told."""

    host: str
    port: int


class VaultStatus(Protocol):
    """Whether addresses are stored at all."""

    async def custodians(self) -> int:
        """Say how many custodians have enrolled; from two on addresses are sealed and kept."""
        ...


class Health(Protocol):
    """Whether this process can do its work."""

    async def check(self) -> Mapping[str, bool]:
        """Try each thing that the process needs, by name, such as `database`."""
        ...


@dataclass(frozen=True, slots=True)
class Code:
    """A sign-in code that the development page shows."""

    phone: str
    code: str
    at: datetime


class LoginCodes(Protocol):
    """The newest sign-in codes, in development mode only."""

    def newest(self, phone: str) -> str | None:
        """Give the newest code of a number (digits only)."""
        ...

    def recent(self) -> Sequence[Code]:
        """Give the last codes of all numbers, newest first."""
        ...


@dataclass(frozen=True, slots=True)
class NamedOfficer:
    """An officer whom the development sign-in may enter as."""

    officer_id: str
    name: str


class Officers(Protocol):
    """Officers of authorities, for the development sign-in."""

    async def by_name(self, name: str) -> NamedOfficer | None:
        """Find an officer by name."""
        ...


class MovableClock(Protocol):
    """A clock that development can push forward."""

    def now(self) -> datetime:
        """Give the time."""
        ...

    def advance(self, seconds: float) -> None:
        """Move ahead."""
        ...

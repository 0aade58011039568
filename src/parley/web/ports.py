"""What the web needs from the rooms that only `app` brings together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from parley.core.listening import shown
from parley.messenger.search.model import Face


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
    """Where clients reach MTProto over TCP, as they have to be told: an IP address, others that do as well."""

    host: str
    port: int
    others: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """All addresses with the port, as people write them."""
        return ", ".join(shown((ip, self.port)) for ip in (self.host, *self.others))


class VaultState(Protocol):
    """What the vault says about addresses: whether any is kept, who must agree, for how many days."""

    @property
    def enabled(self) -> bool: ...

    @property
    def custodians(self) -> int: ...

    @property
    def retention_days(self) -> int: ...


class VaultStatus(Protocol):
    """Whether addresses are stored at all; `legal.vault.service.Vault` fits."""

    async def status(self) -> VaultState:
        """Say how the vault stands now."""
        ...


class Names(Protocol):
    """What strangers may be shown of a username; `messenger.search.faces.Faces` fits."""

    async def of(self, name: str) -> Face | None:
        """Give the public face of a name; None for everything else, a person too."""
        ...


class Health(Protocol):
    """Whether this process can do its work."""

    async def check(self) -> Mapping[str, bool]:
        """Try each thing that the process needs, by name, such as `database`."""
        ...


class LoginCodes(Protocol):
    """The newest sign-in codes, in development mode only."""

    def newest(self, phone: str) -> str | None:
        """Give the newest code of a number (digits only)."""
        ...

    def recent(self) -> Sequence[tuple[str, str]]:
        """Give the last (number, code) pairs, newest first."""
        ...


class NamedOfficer(Protocol):
    """An officer whom the development sign-in may enter as."""

    @property
    def officer_id(self) -> str: ...


class Officers(Protocol):
    """Officers of authorities, for the development sign-in."""

    async def officer_by_name(self, name: str) -> NamedOfficer | None:
        """Find an officer by name."""
        ...


class MovableClock(Protocol):
    """A clock that development can push forward."""

    def now(self) -> datetime:
        """Give the time."""
        ...

    async def advance(self, seconds: float) -> None:
        """Move ahead, and come back when everything that fell due by it is done."""
        ...

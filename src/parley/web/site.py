"""What every page knows of the server it belongs to: its origin, its names, its clock, its key for cookies."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from parley.core.clock import Clock
from parley.core.settings import Settings


@dataclass(frozen=True, slots=True)
class Site:
    """The server as its pages see it.

    `secret` (32 bytes or more) keys form tokens, flash messages and the hashes of the rate limits; it comes
    from a file of the data directory, so that forms outlive a restart.
    """

    origin: str
    clock: Clock
    secret: bytes = field(repr=False)
    name: str = "Parley"
    operator_name: str = "the operator of this server"
    operator_contact: str = "not stated yet"
    operator_country: str = "DE"
    operator_establishment: str = "not stated yet"
    operator_authority_contact: str = "not stated yet"
    operator_offers_in_eu: str = "not stated yet"
    operator_size: str = "not stated yet"
    dev: bool = False
    trusted_proxies: tuple[str, ...] = ()
    forwarded_header: str = "x-forwarded-for"

    @classmethod
    def of(cls, settings: Settings, clock: Clock, secret: bytes, *, origin: str | None = None) -> Site:
        """Take from the settings what pages show; `origin` says the real port when the settings say 0."""
        return cls(
            origin=origin or settings.origin,
            clock=clock,
            secret=secret,
            operator_name=settings.operator_name,
            operator_contact=settings.operator_contact,
            operator_country=settings.operator_country,
            operator_establishment=settings.operator_establishment,
            operator_authority_contact=settings.operator_authority_contact,
            operator_offers_in_eu=settings.operator_offers_in_eu,
            operator_size=settings.operator_size,
            dev=settings.dev,
            trusted_proxies=settings.trusted_proxy,
            forwarded_header=settings.forwarded_header,
        )

    @property
    def https(self) -> bool:
        """Whether people reach the server by HTTPS; then cookies are Secure and HSTS is sent."""
        return self.origin.startswith("https://")

    @property
    def host(self) -> str:
        """The host name of the origin, which is also the relying party id of passkeys."""
        return urlsplit(self.origin).hostname or "localhost"

    def cookie(self, name: str) -> str:
        """Give a cookie's full name; over HTTPS the prefix makes browsers refuse it from anywhere else."""
        return f"__Host-parley_{name}" if self.https else f"parley_{name}"

"""The operator's settings as one frozen value: flag, then `PARLEY_…` variable, then `parley.toml`, then default."""

from __future__ import annotations

import ipaddress
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, get_type_hints
from urllib.parse import urlsplit

from parley.core.errors import ConfigurationError
from parley.core.parts import Part

_UNSTATED = "not stated yet"
#: What the operator states at set-up in one of a few words; the sizes are those of Recommendation 2003/361/EC.
_STATEMENTS = {"operator_offers_in_eu": ("yes", "no"), "operator_size": ("micro", "small", "medium", "large")}
_BUS_SCHEMES = ("nats", "tls")
_LOOPBACK_NAMES = frozenset({"localhost"})


def default_data_dir(uid: int | None = None) -> Path:
    """Say where data lives when nothing else is set: `/var/lib/parley` for root, else the user's data folder."""
    if (os.geteuid() if uid is None else uid) == 0:
        return Path("/var/lib/parley")
    base = os.environ.get("XDG_DATA_HOME")
    return (Path(base) if base else Path.home() / ".local" / "share") / "parley"


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that an operator can choose for one server process."""

    data_dir: Path = field(default_factory=default_data_dir)
    host: str = "127.0.0.1"
    mtproto_port: int = 8443
    http_port: int = 8080
    database_url: str | None = None
    bus_url: str | None = None
    public_url: str | None = None
    trusted_proxy: tuple[str, ...] = ()
    forwarded_header: str = "x-forwarded-for"
    advertised_ip: tuple[str, ...] = ()
    advertised_port: int = 0
    dev: bool = False
    only: Part | None = None
    legal_url: str | None = None
    log_level: str = "info"
    sms_webhook_url: str | None = None
    operator_name: str = "the operator of this server"
    operator_country: str = "DE"
    operator_contact: str = _UNSTATED
    operator_establishment: str = _UNSTATED
    operator_authority_contact: str = _UNSTATED
    operator_offers_in_eu: str = _UNSTATED
    operator_size: str = _UNSTATED
    retention_days: int = 30
    log_batch_leaves: int = 16
    log_closed_leaves: int = 64

    def __post_init__(self) -> None:
        _check(self)

    @property
    def loopback(self) -> bool:
        """Whether the server listens on a loopback address only."""
        return is_loopback(self.host)

    @property
    def origin(self) -> str:
        """The base of links for people: the public URL, or `localhost`, on which passkeys work."""
        return self.public_url.rstrip("/") if self.public_url else f"http://localhost:{self.http_port}"

    @property
    def rp_id(self) -> str:
        """The relying party id of passkeys: the host of `origin`."""
        return urlsplit(self.origin).hostname or "localhost"


def is_loopback(host: str) -> bool:
    """Tell whether `host` is a loopback name or address."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host in _LOOPBACK_NAMES


def load(flags: Mapping[str, Any], environ: Mapping[str, str] = os.environ, file: Path | None = None) -> Settings:
    """Merge flags, environment and `parley.toml` into settings.

    `flags` has only what was given on the command line. The file is `file`, or `$PARLEY_CONFIG`, or
    `parley.toml` in the data directory when it exists.

    Raises:
        ConfigurationError: a key is unknown, a value has the wrong type, or two settings contradict.
    """
    chosen: dict[str, Any] = {k: v for k, v in flags.items() if v is not None}
    for name in (f.name for f in fields(Settings)):
        value = environ.get(f"PARLEY_{name.upper()}")
        if name not in chosen and value is not None:
            chosen[name] = value
    data_dir = Path(chosen.get("data_dir") or default_data_dir())
    for name, value in _read_file(file, environ, data_dir).items():
        chosen.setdefault(name, value)
    types = get_type_hints(Settings)
    return Settings(**{name: _convert(name, value, types) for name, value in chosen.items()})


def _read_file(file: Path | None, environ: Mapping[str, str], data_dir: Path) -> dict[str, Any]:
    named = file or (Path(environ["PARLEY_CONFIG"]) if environ.get("PARLEY_CONFIG") else None)
    path = named or data_dir / "parley.toml"
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        if named:
            raise ConfigurationError(f"no settings file at {named}") from None
        return {}
    except PermissionError:
        raise ConfigurationError(f"the settings file {path} cannot be read") from None
    try:
        read = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{path}: {error}") from None
    return {key.replace("-", "_"): value for key, value in read.items()}


def _convert(name: str, value: Any, types: Mapping[str, Any]) -> Any:
    if name not in types:
        raise ConfigurationError(f"unknown setting {name}")
    kind = types[name]
    if kind == Part | None:
        return None if value is None else _part(value)
    if kind is Path:
        return Path(value).expanduser()
    if kind is bool:
        return _boolean(name, value)
    if kind is int:
        return _integer(name, value)
    if kind == tuple[str, ...]:
        given = value if isinstance(value, list | tuple) else str(value).split(",")
        return tuple(one for part in given if (one := str(part).strip()))
    return str(value)


def _part(value: Any) -> Part:
    try:
        return Part(str(value))
    except ValueError:
        raise ConfigurationError(f"only is one of {', '.join(Part)}, not {value!r}") from None


def _boolean(name: str, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    word = str(value).lower()
    if word in {"1", "true", "yes", "on"}:
        return True
    if word in {"", "0", "false", "no", "off"}:
        return False
    raise ConfigurationError(f"{name} is yes or no, not {value!r}")


def _integer(name: str, value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):
        raise ConfigurationError(f"{name} is a whole number, not {value!r}") from None


def _check(settings: Settings) -> None:
    for name, words in _STATEMENTS.items():
        if getattr(settings, name) not in (*words, _UNSTATED):
            raise ConfigurationError(f"{name} is one of {', '.join(words)}, or left out")
    for name in ("mtproto_port", "http_port", "advertised_port"):
        if not 0 <= getattr(settings, name) <= 65535:
            raise ConfigurationError(f"{name} is a port from 0 to 65535")
    if settings.dev and (not settings.loopback or settings.public_url):
        raise ConfigurationError("development mode needs a loopback host and no public URL")
    _check_parts(settings)
    if not 1 <= settings.retention_days <= 365:
        raise ConfigurationError("retention_days is 1 to 365: addresses are kept 12 months at most")
    if settings.forwarded_header not in ("x-forwarded-for", "forwarded"):
        raise ConfigurationError("forwarded_header is x-forwarded-for or forwarded")
    for network in settings.trusted_proxy:
        _check_network(network)
    for address in settings.advertised_ip:
        _check_advertised(address)


def _check_parts(settings: Settings) -> None:
    if settings.bus_url is not None and urlsplit(settings.bus_url).scheme not in _BUS_SCHEMES:
        raise ConfigurationError(f"bus_url begins with {' or '.join(_BUS_SCHEMES)}")
    if settings.only in (None, Part.DATABASE):
        return
    if settings.bus_url is None:
        raise ConfigurationError("the parts of a server need a bus between them: set bus_url")


def _check_network(network: str) -> None:
    try:
        ipaddress.ip_network(network, strict=False)
    except ValueError:
        raise ConfigurationError(f"trusted_proxy: {network!r} is no network") from None


def _check_advertised(address: str) -> None:
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        raise ConfigurationError(
            f"advertised_ip: {address!r} is no IP address; clients cannot use a name"
        ) from None
    if known.is_unspecified or known.is_multicast:
        raise ConfigurationError(
            f"advertised_ip: nobody can connect to {address}; name the address that people reach"
        )

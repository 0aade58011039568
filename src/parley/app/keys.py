"""The data directory and the secrets in it: files of mode 0600 that no backup carries unless it is asked to."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from parley.app.rotation import windows
from parley.core.errors import ConfigurationError
from parley.core.files import create_durably
from parley.messenger.accounts.sealing import Secrets
from parley.mtproto.rsa_key import RsaKey, RsaKeys, fingerprint_of

_SECRET_BYTES = 32
SERVER_KEY = "server_key.pem"
PAGES = "pages"
#: The form tokens of the legal desk, where it is a part of its own.
LEGAL_PAGES = "pages.legal"
#: What the legal desk needs of the accounts' keys to say who held a number: nothing that opens a session.
IDENTITY = "identity"
PUBLIC_SERVER_KEY = "server_key.pub"
#: The key of access hashes; until the accounts key is changed for the first time it is derived from that.
ACCESS_HASHES = "access_hashes"


def prepare(data_dir: Path) -> Path:
    """Make the data directory when it is not there; an existing one keeps its permissions.

    Raises:
        ConfigurationError: it cannot be made or written to.
    """
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(f"the data directory {data_dir} cannot be made: {error.strerror}") from None
    if not os.access(data_dir, os.W_OK | os.X_OK):
        raise ConfigurationError(f"the data directory {data_dir} cannot be written to")
    return data_dir


def secrets_dir(data_dir: Path) -> Path:
    """The folder of the secrets, readable by the server's user alone."""
    folder = data_dir / "secrets"
    if not folder.is_dir():  # a part of a divided server finds it there, and could not make it
        prepare(data_dir)
        folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def server_key(data_dir: Path) -> RsaKey:
    """Load the RSA key that clients pin, or make it at the first start."""
    return RsaKey.load_or_create(secrets_dir(data_dir) / SERVER_KEY)


def identity(data_dir: Path) -> bytes:
    """The legal desk's share of the accounts' keys: a file of its own, or derived where all are at hand."""
    path = data_dir / "secrets" / IDENTITY
    return path.read_bytes() if path.exists() else identity_of(data_dir)


def identity_of(data_dir: Path) -> bytes:
    """Derive the legal desk's share from the accounts' keys."""
    return Secrets.derive(secret(data_dir, "accounts")).identity_share()


def public_server_key(data_dir: Path) -> tuple[str, int, int, int]:
    """PEM, fingerprint, modulus and exponent of the key that clients pin, without its private half where that may
    not be read: `parley parts prepare` puts the public half beside it.
    """
    path = data_dir / PUBLIC_SERVER_KEY
    pem = path.read_text("ascii").strip() if path.exists() else server_key(data_dir).public_pem()
    key = load_pem_public_key(pem.encode())
    assert isinstance(key, RSAPublicKey), "the file was written from an RSA key"
    numbers = key.public_numbers()
    return pem, fingerprint_of(numbers.n, numbers.e), numbers.n, numbers.e


def server_keys(data_dir: Path) -> RsaKeys:
    """The key that clients pin and, for a time after it was changed, the one before."""
    current = server_key(data_dir)
    path = secrets_dir(data_dir) / SERVER_KEY
    until = windows.until_of(path)
    if until is None or not windows.old_path(path).exists():
        return RsaKeys(current)
    return RsaKeys(current, RsaKey.load(windows.old_path(path)), until.timestamp())


@dataclass(frozen=True, slots=True)
class Former:
    """The value of a secret before the present one; `until` is when it stops counting, None while that is open."""

    value: bytes = field(repr=False)
    until: datetime | None

    def counts(self, now: datetime) -> bool:
        """Whether it still counts."""
        return self.until is None or now < self.until


def former(data_dir: Path, name: str, now: datetime) -> Former | None:
    """The value before of a secret that is being changed; `PARLEY_SECRET_<NAME>_OLD` replaces its file."""
    given = os.environ.get(f"PARLEY_SECRET_{name.upper()}_OLD")
    if given:
        return Former(_checked(name, bytes.fromhex(given)), None)
    path = secrets_dir(data_dir) / name
    if not windows.under_way(path, now):
        return None
    return Former(_checked(name, windows.old_path(path).read_bytes()), windows.until_of(path))


def given_by_environment(name: str) -> bool:
    """Whether a variable takes the place of the secret's file."""
    return bool(os.environ.get(f"PARLEY_SECRET_{name.upper()}"))


def exists(data_dir: Path, name: str) -> bool:
    """Whether a secret is there; some are made when they are first needed only."""
    return given_by_environment(name) or (secrets_dir(data_dir) / name).exists()


def secret(data_dir: Path, name: str) -> bytes:
    """Load a secret of 32 bytes, or make it at the first start.

    `PARLEY_SECRET_<NAME>` (hexadecimal) takes its place where secrets come from the environment.

    Raises:
        ConfigurationError: the stored secret is damaged or others can read it.
    """
    given = os.environ.get(f"PARLEY_SECRET_{name.upper()}")
    if given:
        return _checked(name, bytes.fromhex(given))
    path = secrets_dir(data_dir) / name
    if not path.exists():
        create_durably(path, secrets.token_bytes(_SECRET_BYTES))
    if path.stat().st_mode & 0o077:
        raise ConfigurationError(f"the secret {name} can be read by others: its mode must be 0600")
    return _checked(name, path.read_bytes())


def _checked(name: str, value: bytes) -> bytes:
    if len(value) < _SECRET_BYTES:
        raise ConfigurationError(f"the secret {name} is damaged: it has {len(value)} bytes")
    return value

"""The keyed index of phone numbers and the encryption at rest of numbers and authorization keys.

The keys live in files beside the database, never in it, so that a stolen copy of the database gives no number
and impersonates no account. While they are being changed there are two sets: everything is written under the new
one and found under both, until `rekeying` has moved the last row.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from parley.core.errors import ConfigurationError, Invalid
from parley.core.ids import AccountId, AuthKeyId

_NONCE = 12
_KEY = 32


@dataclass(frozen=True, slots=True, repr=False)
class Secrets:
    """The key material of the accounts, 32 bytes each; `app` reads it from the secrets folder.

    `former` is the set that rows may still lie under; `former_access` keys the access hashes that clients were
    given before their key was changed.
    """

    phone_index: bytes = field(repr=False)
    phone: bytes = field(repr=False)
    auth_key: bytes = field(repr=False)
    access_hash: bytes = field(repr=False)
    code: bytes = field(repr=False)
    former: Secrets | None = field(default=None, repr=False)
    former_access: bytes | None = field(default=None, repr=False)

    @classmethod
    def derive(cls, root: bytes, former: bytes | None = None) -> Secrets:
        """Derive all keys from one secret of at least 32 bytes (HKDF-SHA256, RFC 5869).

        Raises:
            ConfigurationError: `root` is too short.
        """
        if len(root) < 32:
            raise ConfigurationError("the secret of the accounts needs at least 32 bytes")
        keys = {name: _expand(root, name) for name in _PURPOSES}
        return cls(**keys, former=None if former is None else cls.derive(former))

    @classmethod
    def for_identity(cls, share: bytes) -> Secrets:
        """Make the keys of somebody who says who held a number and can open neither sessions nor codes.

        Raises:
            ConfigurationError: `share` is not what `identity_share` gave.
        """
        if len(share) != 2 * _KEY:
            raise ConfigurationError("the legal desk's share of the accounts' keys has another length")
        return cls(phone_index=share[:_KEY], phone=share[_KEY:], auth_key=b"", access_hash=b"", code=b"")

    def identity_share(self) -> bytes:
        """Give what `for_identity` needs, and nothing more."""
        return self.phone_index + self.phone

    def with_access(self, key: bytes, former: bytes | None) -> Secrets:
        """Give the same secrets with a key of their own for access hashes."""
        return replace(self, access_hash=key, former_access=former)


_PURPOSES = ("phone_index", "phone", "auth_key", "access_hash", "code")


def _expand(root: bytes, purpose: str) -> bytes:
    info = b"parley accounts " + purpose.encode()
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=info).derive(root)


def phone_index(secrets_: Secrets, phone: str) -> bytes:
    """Give the keyed hash under which the digits of a number are written."""
    return hmac.digest(secrets_.phone_index, phone.encode(), "sha256")


def phone_indexes(secrets_: Secrets, phone: str) -> list[bytes]:
    """Give every keyed hash under which a number may be found: a second one while the key is being changed."""
    index = phone_index(secrets_, phone)
    return [index] if secrets_.former is None else [index, phone_index(secrets_.former, phone)]


def seal_phone(secrets_: Secrets, account: AccountId, phone: str) -> bytes:
    """Encrypt a number for one account; the same bytes under another account do not open."""
    return _seal(secrets_.phone, phone.encode(), _of_phone(account))


def open_phone(secrets_: Secrets, account: AccountId, sealed: bytes) -> str:
    """Decrypt an account's number.

    Raises:
        Invalid: the bytes were made under another key or for another account.
    """
    keys = [secrets_.phone] if secrets_.former is None else [secrets_.phone, secrets_.former.phone]
    return _open(keys, sealed, _of_phone(account)).decode()


def phone_is_current(secrets_: Secrets, account: AccountId, sealed: bytes) -> bool:
    """Whether a number lies under the newest key already."""
    return _opens(secrets_.phone, sealed, _of_phone(account)) is not None


def seal_auth_key(secrets_: Secrets, auth_key_id: AuthKeyId, key: bytes) -> bytes:
    """Encrypt an authorization key for its row."""
    return _seal(secrets_.auth_key, key, _of_auth_key(auth_key_id))


def open_auth_key(secrets_: Secrets, auth_key_id: AuthKeyId, sealed: bytes) -> bytes:
    """Decrypt the authorization key of a row.

    Raises:
        Invalid: the bytes were made under another key or for another row.
    """
    keys = [secrets_.auth_key] if secrets_.former is None else [secrets_.auth_key, secrets_.former.auth_key]
    return _open(keys, sealed, _of_auth_key(auth_key_id))


def auth_key_is_current(secrets_: Secrets, auth_key_id: AuthKeyId, sealed: bytes) -> bool:
    """Whether an authorization key lies under the newest key already."""
    return _opens(secrets_.auth_key, sealed, _of_auth_key(auth_key_id)) is not None


def code_digest(secrets_: Secrets, code_hash: str, code: str) -> bytes:
    """Give what is stored of a sign-in code: a keyed hash, useless without the key and for other requests."""
    return hmac.digest(secrets_.code, f"{code_hash}:{code}".encode(), "sha256")


def device_hash(secrets_: Secrets, account: AccountId, auth_key_id: AuthKeyId) -> int:
    """Give the number by which a list of devices names one, without telling its key's id."""
    material = b"device %d %d" % (account, auth_key_id)
    digest = hashlib.blake2b(material, key=secrets_.access_hash, digest_size=8).digest()
    return int.from_bytes(digest, "little", signed=True)


def _of_phone(account: AccountId) -> bytes:
    return b"phone %d" % account


def _of_auth_key(auth_key_id: AuthKeyId) -> bytes:
    return b"auth key %d" % auth_key_id


def _seal(key: bytes, plain: bytes, binding: bytes) -> bytes:
    nonce = secrets.token_bytes(_NONCE)
    return nonce + AESGCM(key).encrypt(nonce, plain, binding)


def _open(keys: Iterable[bytes], sealed: bytes, binding: bytes) -> bytes:
    for key in keys:
        plain = _opens(key, sealed, binding)
        if plain is not None:
            return plain
    raise Invalid("a sealed value does not open: wrong secret or damaged row")


def _opens(key: bytes, sealed: bytes, binding: bytes) -> bytes | None:
    """The tag of AES-GCM tells which key a value lies under: no row needs to say so."""
    try:
        return AESGCM(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], binding)
    except InvalidTag:
        return None

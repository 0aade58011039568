"""The keyed index of phone numbers and the encryption at rest of numbers and authorization keys.

The keys live in files beside the database, never in it, so that a stolen copy of the database gives no number
and impersonates no account.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from parley.core.errors import ConfigurationError, Invalid
from parley.core.ids import AccountId, AuthKeyId

_NONCE = 12


@dataclass(frozen=True, slots=True, repr=False)
class Secrets:
    """The key material of the accounts, 32 bytes each; `app` reads it from the secrets folder."""

    phone_index: bytes = field(repr=False)
    phone: bytes = field(repr=False)
    auth_key: bytes = field(repr=False)
    access_hash: bytes = field(repr=False)
    code: bytes = field(repr=False)

    @classmethod
    def derive(cls, root: bytes) -> Secrets:
        """Derive all keys from one secret of at least 32 bytes (HKDF-SHA256, RFC 5869).

        Raises:
            ConfigurationError: `root` is too short.
        """
        if len(root) < 32:
            raise ConfigurationError("the secret of the accounts needs at least 32 bytes")
        return cls(**{name: _expand(root, name) for name in cls.__slots__})


def _expand(root: bytes, purpose: str) -> bytes:
    info = b"parley accounts " + purpose.encode()
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=info).derive(root)


def phone_index(secrets_: Secrets, phone: str) -> bytes:
    """Give the keyed hash under which the digits of a number are found."""
    return hmac.digest(secrets_.phone_index, phone.encode(), "sha256")


def seal_phone(secrets_: Secrets, account: AccountId, phone: str) -> bytes:
    """Encrypt a number for one account; the same bytes under another account do not open."""
    return _seal(secrets_.phone, phone.encode(), b"phone %d" % account)


def open_phone(secrets_: Secrets, account: AccountId, sealed: bytes) -> str:
    """Decrypt an account's number.

    Raises:
        Invalid: the bytes were made under another key or for another account.
    """
    return _open(secrets_.phone, sealed, b"phone %d" % account).decode()


def seal_auth_key(secrets_: Secrets, auth_key_id: AuthKeyId, key: bytes) -> bytes:
    """Encrypt an authorization key for its row."""
    return _seal(secrets_.auth_key, key, b"auth key %d" % auth_key_id)


def open_auth_key(secrets_: Secrets, auth_key_id: AuthKeyId, sealed: bytes) -> bytes:
    """Decrypt the authorization key of a row.

    Raises:
        Invalid: the bytes were made under another key or for another row.
    """
    return _open(secrets_.auth_key, sealed, b"auth key %d" % auth_key_id)


def code_digest(secrets_: Secrets, code_hash: str, code: str) -> bytes:
    """Give what is stored of a sign-in code: a keyed hash, useless without the key and for other requests."""
    return hmac.digest(secrets_.code, f"{code_hash}:{code}".encode(), "sha256")


def device_hash(secrets_: Secrets, account: AccountId, auth_key_id: AuthKeyId) -> int:
    """Give the number by which a list of devices names one, without telling its key's id."""
    material = b"device %d %d" % (account, auth_key_id)
    digest = hashlib.blake2b(material, key=secrets_.access_hash, digest_size=8).digest()
    return int.from_bytes(digest, "little", signed=True)


def _seal(key: bytes, plain: bytes, binding: bytes) -> bytes:
    nonce = secrets.token_bytes(_NONCE)
    return nonce + AESGCM(key).encrypt(nonce, plain, binding)


def _open(key: bytes, sealed: bytes, binding: bytes) -> bytes:
    try:
        return AESGCM(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], binding)
    except InvalidTag:
        raise Invalid("a sealed value does not open: wrong secret or damaged row") from None

"""A custodian's key file: private keys and pins under a passphrase; it never leaves the person's machine.

scrypt (RFC 7914) makes the key from the passphrase, AES-256-GCM encrypts; the readable part is authenticated.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import rfc8785
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from parley.app.custodian.errors import KeyFileInvalid
from parley.app.custodian.pins import Pins
from parley.core.files import replace_durably
from parley.legal.disclosure.errors import PackageInvalid
from parley.legal.disclosure.package import decode, encode, number, reading, text
from parley.legal.translog.notes import SignerKey

KIND: Final = "parley custodian key"
SCRYPT_N: Final = 2**17
_LARGEST_N: Final = 2**20
SHORTEST_PASSPHRASE: Final = 12


@dataclass(frozen=True, slots=True)
class SealKey:
    """One sealing key; one that was replaced stays until nothing lies under it any more."""

    key_no: int
    private: X25519PrivateKey
    replaced_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Keys:
    """Everything in a custodian's key file. `next_sign` is set while a rotation is unfinished."""

    server: str
    custodian_id: str
    number: int
    name: str
    seal: tuple[SealKey, ...]
    sign: Ed25519PrivateKey
    cosign: SignerKey
    pins: Pins
    next_sign: Ed25519PrivateKey | None = None

    @property
    def newest(self) -> SealKey:
        """The sealing key that new days are wrapped for."""
        return max(self.seal, key=lambda key: key.key_no)

    @property
    def cosigner(self) -> str:
        """The verifier key of this tool's cosignatures."""
        return str(self.cosign.verifier)

    def seal_key(self, key_no: int) -> X25519PrivateKey | None:
        """The sealing key of that number."""
        return next((key.private for key in self.seal if key.key_no == key_no), None)


def check_passphrase(passphrase: str) -> str:
    """Give a new passphrase back when it is long enough.

    Raises:
        KeyFileInvalid: it is not.
    """
    if len(passphrase) < SHORTEST_PASSPHRASE:
        raise KeyFileInvalid(f"a passphrase has at least {SHORTEST_PASSPHRASE} characters: take several words")
    return passphrase


def save(path: Path, keys: Keys, passphrase: str, scrypt_n: int = SCRYPT_N) -> None:
    """Write the key file whole or not at all, mode 0600."""
    salt, nonce = secrets.token_bytes(16), secrets.token_bytes(12)
    outer: dict[str, Any] = {
        "v": 1,
        "kind": KIND,
        "name": keys.name,
        "server": keys.server,
        "kdf": {"name": "scrypt", "n": scrypt_n, "r": 8, "p": 1, "salt": encode(salt)},
    }
    inner = json.dumps(_inner(keys)).encode()
    sealed = AESGCM(_derive(passphrase, salt, scrypt_n)).encrypt(nonce, inner, rfc8785.dumps(outer))
    document = {**outer, "nonce": encode(nonce), "sealed": encode(sealed)}
    replace_durably(path, json.dumps(document, indent=1).encode() + b"\n")


def load(path: Path, passphrase: str) -> Keys:
    """Open a key file.

    Raises:
        KeyFileInvalid: it is missing, no key file, readable for others, or the passphrase is wrong.
    """
    outer = read_outer(path)
    try:
        nonce, sealed = decode(outer.pop("nonce")), decode(outer.pop("sealed"))
        salt, n = decode(outer["kdf"]["salt"]), number(outer["kdf"]["n"])
        if not 2 <= n <= _LARGEST_N:
            raise KeyFileInvalid("the key file asks for an absurd amount of work")
        inner = AESGCM(_derive(passphrase, salt, n)).decrypt(nonce, sealed, rfc8785.dumps(outer))
        return reading(lambda: _keys(json.loads(inner)))
    except InvalidTag:
        raise KeyFileInvalid("wrong passphrase, or a damaged key file") from None
    except (KeyError, TypeError, ValueError, PackageInvalid):
        raise KeyFileInvalid(f"{path} is no custodian's key file of this version") from None


def read_outer(path: Path) -> dict[str, Any]:
    """Read the part that is not encrypted: whose key it is and for which server.

    Raises:
        KeyFileInvalid: it is missing, no key file, or readable for others.
    """
    try:
        mode = path.stat().st_mode & 0o077
        raw = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise KeyFileInvalid(f"no key file at {path}") from None
    except ValueError:
        raise KeyFileInvalid(f"{path} is no custodian's key file") from None
    if mode:
        raise KeyFileInvalid(f"other people of this machine can read {path}: run chmod 600 on it first")
    if not isinstance(raw, dict) or raw.get("kind") != KIND or raw.get("v") != 1:
        raise KeyFileInvalid(f"{path} is no custodian's key file of this version")
    return raw


def _derive(passphrase: str, salt: bytes, n: int) -> bytes:
    return Scrypt(salt=salt, length=32, n=n, r=8, p=1).derive(passphrase.encode())


def _inner(keys: Keys) -> dict[str, Any]:
    return {
        "server": keys.server,
        "custodian_id": keys.custodian_id,
        "number": keys.number,
        "name": keys.name,
        "seal": [_seal_key_out(key) for key in keys.seal],
        "sign": encode(keys.sign.private_bytes_raw()),
        "next_sign": None if keys.next_sign is None else encode(keys.next_sign.private_bytes_raw()),
        "cosign": keys.cosign.serialize(),
        "pins": keys.pins.to_json(),
    }


def _keys(raw: Mapping[str, Any]) -> Keys:
    next_sign = raw["next_sign"]
    return Keys(
        server=text(raw["server"]),
        custodian_id=text(raw["custodian_id"]),
        number=number(raw["number"]),
        name=text(raw["name"]),
        seal=tuple(_seal_key(one) for one in raw["seal"]),
        sign=Ed25519PrivateKey.from_private_bytes(decode(raw["sign"], 32)),
        cosign=SignerKey.parse(raw["cosign"]),
        pins=Pins.from_json(raw["pins"]),
        next_sign=None if next_sign is None else Ed25519PrivateKey.from_private_bytes(decode(next_sign, 32)),
    )


def _seal_key_out(key: SealKey) -> dict[str, Any]:
    replaced = None if key.replaced_at is None else key.replaced_at.isoformat()
    return {"key_no": key.key_no, "private": encode(key.private.private_bytes_raw()), "replaced_at": replaced}


def _seal_key(raw: Mapping[str, Any]) -> SealKey:
    replaced = raw.get("replaced_at")
    private = X25519PrivateKey.from_private_bytes(decode(raw["private"], 32))
    return SealKey(number(raw["key_no"]), private, None if replaced is None else datetime.fromisoformat(replaced))

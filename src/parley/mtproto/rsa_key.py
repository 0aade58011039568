"""The server's RSA key: made once, kept in a file that only its owner reads, and shown as clients ship it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import gmpy2  # type: ignore[import-untyped]  # it ships no types
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from parley.core.files import create_durably
from parley.mtproto.digests import sha1
from parley.mtproto.errors import KeyFileInvalid
from parley.mtproto.wire import pack_bytes

KEY_BITS = 2048
_EXPONENT = 65537


@dataclass(frozen=True, slots=True)
class _Factors:
    """The private numbers of the Chinese remainder form."""

    p: gmpy2.mpz
    q: gmpy2.mpz
    dp: gmpy2.mpz
    dq: gmpy2.mpz
    q_inverse: gmpy2.mpz


class RsaKey:
    """A 2048-bit key with e = 65537."""

    def __init__(self, private: rsa.RSAPrivateKey) -> None:
        """Take a private key.

        Raises:
            KeyFileInvalid: another size or exponent than clients can ship in place of Telegram's keys.
        """
        numbers = private.private_numbers()
        if private.key_size != KEY_BITS or numbers.public_numbers.e != _EXPONENT:
            raise KeyFileInvalid("the server key must be RSA with 2048 bits and e = 65537")
        self._private = private
        self.modulus = numbers.public_numbers.n
        self._factors = _Factors(
            gmpy2.mpz(numbers.p),
            gmpy2.mpz(numbers.q),
            gmpy2.mpz(numbers.dmp1),
            gmpy2.mpz(numbers.dmq1),
            gmpy2.mpz(numbers.iqmp),
        )
        self.fingerprint = fingerprint_of(self.modulus, _EXPONENT)

    @classmethod
    def generate(cls) -> RsaKey:
        """Make a new key that every client finds by its fingerprint.

        mtcute looks a key up by the fingerprint in hexadecimal digits, and leaves a leading zero out where the
        server names it: with one key in sixteen it would never get past the first step.
        """
        while True:
            key = cls(rsa.generate_private_key(_EXPONENT, KEY_BITS))
            if has_all_digits(key.fingerprint):
                return key

    @classmethod
    def load(cls, path: Path) -> RsaKey:
        """Read a key from a PKCS#1 PEM file.

        Raises:
            KeyFileInvalid: unreadable, not such a key, or open to other users.
        """
        try:
            if path.stat().st_mode & 0o077:
                raise KeyFileInvalid(f"{path.name} may be read by other users; its mode must be 0600")
            private = load_pem_private_key(path.read_bytes(), password=None)
        except (OSError, ValueError, TypeError) as error:
            raise KeyFileInvalid(f"{path.name} is not a readable RSA key") from error
        if not isinstance(private, rsa.RSAPrivateKey):
            raise KeyFileInvalid(f"{path.name} is not an RSA key")
        return cls(private)

    @classmethod
    def load_or_create(cls, path: Path) -> RsaKey:
        """Read the key at `path`, or make one and save it there."""
        if path.exists():
            return cls.load(path)
        cls.generate().save(path)
        return cls.load(path)

    def private_pem(self) -> bytes:
        """Give the whole key as PKCS#1 PEM: what its file holds."""
        return self._private.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())

    def save(self, path: Path) -> None:
        """Write the key to `path` with mode 0600, durably and never half; one that is there already stays.

        So two processes that start together have one key.
        """
        create_durably(path, self.private_pem())

    def public_pem(self) -> str:
        """Give the public key as PKCS#1 PEM: 425 characters, without a last line end."""
        pem = self._private.public_key().public_bytes(Encoding.PEM, PublicFormat.PKCS1)
        return pem.decode().rstrip("\n")

    def decrypt(self, block: int) -> bytes:
        """Raise `block` to the private exponent; 256 bytes, big-endian, padding untouched.

        The exponentiations take the same time for every input (GMP's side-channel silent form).
        """
        f = self._factors
        cipher = gmpy2.mpz(block)
        m_p = gmpy2.powmod_sec(cipher % f.p, f.dp, f.p)
        m_q = gmpy2.powmod_sec(cipher % f.q, f.dq, f.q)
        h = f.q_inverse * (m_p - m_q) % f.p
        return int(m_q + h * f.q).to_bytes(KEY_BITS // 8, "big")


@dataclass(frozen=True, slots=True)
class RsaKeys:
    """The key that clients pin and, for a time, the one before, which counts until `until` (Unix)."""

    current: RsaKey
    former: RsaKey | None = None
    until: float = 0.0

    def offered(self, now: float) -> tuple[RsaKey, ...]:
        """The keys that a client may use at `now`, the newest first: clients take the first that they know."""
        if self.former is None or now >= self.until:
            return (self.current,)
        return (self.current, self.former)

    def named(self, fingerprint: int, now: float) -> RsaKey | None:
        """The offered key with this fingerprint."""
        return next((key for key in self.offered(now) if key.fingerprint == fingerprint), None)


def fingerprint_of(modulus: int, exponent: int) -> int:
    """Give the signed 64-bit fingerprint by which clients choose a key."""
    digest = sha1(pack_bytes(_big_endian(modulus)) + pack_bytes(_big_endian(exponent))).digest()
    return int.from_bytes(digest[-8:], "little", signed=True)


def has_all_digits(fingerprint: int) -> bool:
    """Tell whether a fingerprint, read as unsigned, begins with another hexadecimal digit than zero."""
    return (fingerprint & (1 << 64) - 1) >> 60 != 0


def _big_endian(value: int) -> bytes:
    return value.to_bytes((value.bit_length() + 7) // 8, "big")

"""The vault's cryptography: sealing an address, splitting a day's private key, and the layer of the erasure key.

HPKE (RFC 9180) in base mode with X25519, HKDF-SHA256 and AES-256-GCM. The library offers `info` and no AAD,
so `info` binds everything: length-prefixed version, purpose, account and day, and the pair where there is one.

The private half of a day key is split for every pair of custodians into a random pad and the key under that
pad. Pad and masked key are each sealed to one of the two: two layers, one to each, of which either may be
taken off first. With nested seals the inner custodian could rotate only after the outer had opened; with
these each re-wraps their own layer alone, and what they see meanwhile is random bytes.
"""

from __future__ import annotations

import secrets
import struct
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from parley.core.ids import AccountId
from parley.legal.vault import rules
from parley.legal.vault.errors import MalformedRecord, SealBroken
from parley.legal.vault.model import Address, KeyName, SealingKey, Share

VERSION: Final = b"parley-vault-1"
_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
_OVERHEAD = 32 + 16
KEY_SIZE = 32
SEALED_RECORD_SIZE = rules.RECORD_SIZE + _OVERHEAD
SEALED_SHARE_SIZE = KEY_SIZE + _OVERHEAD
_SHARE = struct.Struct(f">HHH{SEALED_SHARE_SIZE}s")
_NONCE_SIZE = 12


def info(purpose: str, *parts: bytes | int | date) -> bytes:
    """Join version, purpose and parts, each with its length before it, so that no two lists look alike."""
    texts = (part if isinstance(part, bytes) else str(part).encode() for part in parts)
    return b"".join(struct.pack(">H", len(text)) + text for text in (VERSION, purpose.encode(), *texts))


def seal(plain: bytes, to: X25519PublicKey, context: bytes) -> bytes:
    """Seal `plain` to a key; 48 bytes longer than the input."""
    return _SUITE.encrypt(plain, to, context)


def unseal(sealed: bytes, key: X25519PrivateKey, context: bytes) -> bytes:
    """Open what `seal` made.

    Raises:
        SealBroken: another key, another context, or changed bytes.
    """
    try:
        return _SUITE.decrypt(sealed, key, context)
    except (InvalidTag, ValueError) as error:
        raise SealBroken("a seal does not open with this key for this account and day") from error


def seal_address(address: Address, account: AccountId, day: date, to: X25519PublicKey) -> bytes:
    """Seal one address to the key of the account's day; 74 bytes, whatever the address."""
    return seal(rules.pack(address), to, info("address", account, day))


def open_address(sealed: bytes, account: AccountId, day: date, key: X25519PrivateKey) -> Address:
    """Open one address with the day's private key.

    Raises:
        SealBroken: it was sealed for another account, day or key.
        MalformedRecord: it opens and holds no address.
    """
    return rules.unpack(unseal(sealed, key, info("address", account, day)))


def split(private: bytes, name: KeyName, pairs: Iterable[tuple[SealingKey, SealingKey]]) -> tuple[Share, ...]:
    """Split a day's private key for each pair: two shares a pair, each sealed to its holder."""
    shares: list[Share] = []
    for one, other in pairs:
        pad = secrets.token_bytes(KEY_SIZE)
        shares.append(_sealed_for(one, other, pad, name))
        shares.append(_sealed_for(other, one, xor(private, pad), name))
    return tuple(shares)


def _sealed_for(holder: SealingKey, partner: SealingKey, half: bytes, name: KeyName) -> Share:
    to = X25519PublicKey.from_public_bytes(holder.seal_key)
    return seal_half(half, name, holder.number, partner.number, holder.key_no, to)


def seal_half(half: bytes, name: KeyName, holder: int, partner: int, key_no: int, to: X25519PublicKey) -> Share:
    """Seal a half to its holder's key, of which `key_no` is the number and `to` the public half."""
    return Share(holder, partner, key_no, seal(half, to, share_info(name, holder, partner)))


def share_info(name: KeyName, holder: int, partner: int) -> bytes:
    """The context of a share: which key it belongs to, whose it is and with whom it combines."""
    return info("share", name.account, name.day, name.key_id, holder, partner)


def passed_info(release_sha256: bytes, name: KeyName, sender: int, receiver: int) -> bytes:
    """The context of a share that a custodian hands to their partner for one release."""
    return info("passed", release_sha256, name.account, name.day, name.key_id, sender, receiver)


def whole_info(release_sha256: bytes, name: KeyName, sender: int, receiver: int) -> bytes:
    """The context of a whole day key that one custodian hands to a later one for one release."""
    return info("whole", release_sha256, name.account, name.day, name.key_id, sender, receiver)


def open_share(share: Share, name: KeyName, key: X25519PrivateKey) -> bytes:
    """Take off the holder's layer: 32 bytes that alone say nothing.

    Raises:
        SealBroken: the share is another custodian's, or of another key.
    """
    return unseal(share.sealed, key, share_info(name, share.holder, share.partner))


def reseal_share(share: Share, name: KeyName, old: X25519PrivateKey, new: X25519PublicKey, key_no: int) -> Share:
    """Move a share to the holder's next key without combining anything.

    Raises:
        SealBroken: the share does not open with the old key.
    """
    return seal_half(open_share(share, name, old), name, share.holder, share.partner, key_no, new)


def combine(one: bytes, other: bytes, public_key: bytes) -> X25519PrivateKey:
    """Put the two halves of a pair together.

    Raises:
        SealBroken: they are not the halves of the key whose public half is `public_key`.
    """
    if len(one) != KEY_SIZE or len(other) != KEY_SIZE:
        raise SealBroken("a share has 32 bytes")
    return whole_key(xor(one, other), public_key)


def whole_key(private: bytes, public_key: bytes) -> X25519PrivateKey:
    """Take a day's private key.

    Raises:
        SealBroken: it is not that of `public_key`.
    """
    if len(private) != KEY_SIZE:
        raise SealBroken("a key has 32 bytes")
    key = X25519PrivateKey.from_private_bytes(private)
    if key.public_key().public_bytes_raw() != public_key:
        raise SealBroken("what was put together is not the key of that day")
    return key


def xor(one: bytes, other: bytes) -> bytes:
    """Put a half under a pad, or take it off again: both have the same length."""
    return bytes(a ^ b for a, b in zip(one, other, strict=True))


def pack_shares(shares: Sequence[Share]) -> bytes:
    """Write shares as fixed-size entries: holder, partner, number of the holder's key, sealed half."""
    return b"".join(_SHARE.pack(s.holder, s.partner, s.key_no, s.sealed) for s in shares)


def unpack_shares(packed: bytes) -> tuple[Share, ...]:
    """Read what `pack_shares` wrote.

    Raises:
        MalformedRecord: the length is no multiple of an entry's.
    """
    if len(packed) % _SHARE.size:
        raise MalformedRecord("packed shares have a wrong length")
    return tuple(Share(*entry) for entry in _SHARE.iter_unpack(packed))


def lock(packed: bytes, name: KeyName, erasure_key: bytes) -> bytes:
    """Encrypt packed shares under an erasure key (AES-256-GCM, random nonce), so that shredding it ends them."""
    nonce = secrets.token_bytes(_NONCE_SIZE)
    return nonce + AESGCM(erasure_key).encrypt(nonce, packed, _lock_info(name))


def unlock(locked: bytes, name: KeyName, erasure_key: bytes) -> bytes:
    """Undo `lock`.

    Raises:
        SealBroken: another erasure key, another day key, or changed bytes.
    """
    try:
        return AESGCM(erasure_key).decrypt(locked[:_NONCE_SIZE], locked[_NONCE_SIZE:], _lock_info(name))
    except (InvalidTag, ValueError) as error:
        raise SealBroken("the shares of that day do not open with its erasure key") from error


def lock_shares(shares: Sequence[Share], name: KeyName, erasure_key: bytes) -> bytes:
    """Pack shares and encrypt them under an erasure key."""
    return lock(pack_shares(shares), name, erasure_key)


def unlock_shares(locked: bytes, name: KeyName, erasure_key: bytes) -> tuple[Share, ...]:
    """Undo `lock_shares`.

    Raises:
        SealBroken: another erasure key, another day key, or changed bytes.
    """
    return unpack_shares(unlock(locked, name, erasure_key))


def _lock_info(name: KeyName) -> bytes:
    return info("erasure", name.account, name.day, name.key_id)

"""The two ways in which clients pad the inner data of a key exchange before RSA, told apart by their hashes.

Source: https://core.telegram.org/mtproto/auth_key, step 4.1 (RSA_PAD), and the older form, SHA-1, data and
random bytes in 255 bytes, that libraries still send.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from hashlib import sha256

import cryptg

from parley.mtproto.digests import sha1
from parley.mtproto.errors import HandshakeRefused

_PADDED_SIZE = 192


def unpad(block: bytes, size_of: Callable[[bytes], int]) -> bytes:
    """Give the inner data of a decrypted 256-byte block.

    `size_of` tells how many bytes the object at the start of its argument takes; the older form needs it,
    because there the hash covers the object without its padding.

    Raises:
        HandshakeRefused: the block has neither form.
    """
    data = _unpad_new(block)
    if data is None:
        data = _unpad_old(block, size_of)
    if data is None:
        raise HandshakeRefused("inner data does not verify")
    return data


def _unpad_new(block: bytes) -> bytes | None:
    masked_key, sealed = block[:32], block[32:]
    key = bytes(a ^ b for a, b in zip(masked_key, sha256(sealed).digest(), strict=True))
    plain = cryptg.decrypt_ige(sealed, key, bytes(32))
    data = plain[:_PADDED_SIZE][::-1]
    if hmac.compare_digest(sha256(key + data).digest(), plain[_PADDED_SIZE:]):
        return data
    return None


def _unpad_old(block: bytes, size_of: Callable[[bytes], int]) -> bytes | None:
    if block[0]:
        return None
    data = block[21:]
    data = data[: size_of(data)]
    if hmac.compare_digest(sha1(data).digest(), block[1:21]):
        return data
    return None

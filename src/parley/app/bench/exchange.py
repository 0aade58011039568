"""The client's half of a key exchange, which the benchmarks' clients go through like any other.

Source: https://core.telegram.org/mtproto/auth_key and /mtproto/samples-auth_key (RSA_PAD).
"""

from __future__ import annotations

import os
import struct
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from hashlib import sha256

import cryptg
import gmpy2  # type: ignore[import-untyped]  # it ships no types

from parley.app.bench.errors import BenchError
from parley.mtproto import diffie_hellman as dh
from parley.mtproto import keyexchange as kx
from parley.mtproto.digests import sha1
from parley.mtproto.rsa_key import RsaKey
from parley.mtproto.wire import Reader, pack_bytes

Ask = Callable[[bytes], Awaitable[bytes]]


@dataclass(frozen=True, slots=True)
class Agreed:
    """What an exchange ends with: the key of 256 bytes and the first salt."""

    key: bytes
    salt: int


async def exchange(ask: Ask, rsa: RsaKey) -> Agreed:
    """Make an authorization key; `ask` sends an unencrypted message and gives the answer.

    Raises:
        BenchError: the server answered something else than the next step.
    """
    nonce, new_nonce = os.urandom(16), os.urandom(32)
    reader = _expect(await ask(struct.pack("<I", kx.REQ_PQ_MULTI) + nonce), kx.RES_PQ)
    reader.raw(16)
    server_nonce = reader.raw(16)
    pq = reader.blob()
    p, q = sorted(cryptg.factorize_pq_pair(int.from_bytes(pq, "big")))
    both = nonce + server_nonce
    inner = struct.pack("<I", kx.PQ_INNER_DC) + b"".join(map(pack_bytes, (pq, _number(p), _number(q))))
    sealed = _rsa_pad(inner + both + new_nonce + struct.pack("<i", 2), rsa)
    asked = struct.pack("<I", kx.REQ_DH_PARAMS) + both + pack_bytes(_number(p)) + pack_bytes(_number(q))
    answer = await ask(asked + struct.pack("<q", rsa.fingerprint) + pack_bytes(sealed))
    aes = kx.temporary_aes(new_nonce, server_nonce)
    secret = int.from_bytes(os.urandom(256), "big")
    key = int(gmpy2.powmod(_public_value(answer, aes), secret, dh.PRIME)).to_bytes(256, "big")
    public = int(gmpy2.powmod(dh.GENERATOR, secret, dh.PRIME))
    last = struct.pack("<I", kx.CLIENT_DH_INNER_DATA) + both + bytes(8) + pack_bytes(_number(public))
    plain = sha1(last).digest() + last
    sealed = cryptg.encrypt_ige(plain + os.urandom(-len(plain) % 16), *aes)
    _expect(await ask(struct.pack("<I", kx.SET_CLIENT_DH_PARAMS) + both + pack_bytes(sealed)), kx.DH_GEN_OK)
    first_salt = bytes(a ^ b for a, b in zip(new_nonce[:8], server_nonce[:8], strict=True))
    return Agreed(key, int.from_bytes(first_salt, "little", signed=True))


def _rsa_pad(data: bytes, rsa: RsaKey) -> bytes:
    padded = data + os.urandom(192 - len(data))
    while True:
        key = os.urandom(32)
        sealed = cryptg.encrypt_ige(padded[::-1] + sha256(key + padded).digest(), key, bytes(32))
        masked = bytes(a ^ b for a, b in zip(key, sha256(sealed).digest(), strict=True))
        block = int.from_bytes(masked + sealed, "big")
        if block < rsa.modulus:
            return pow(block, 65537, rsa.modulus).to_bytes(256, "big")


def _public_value(answer: bytes, aes: tuple[bytes, bytes]) -> int:
    reader = _expect(answer, kx.SERVER_DH_PARAMS_OK)
    reader.raw(32)
    inner = Reader(cryptg.decrypt_ige(reader.blob(), *aes), 20)
    inner.raw(4 + 32 + 4)
    inner.blob()
    return int.from_bytes(inner.blob(), "big")


def _expect(answer: bytes, constructor: int) -> Reader:
    reader = Reader(answer)
    if reader.uint32() != constructor:
        raise BenchError("the server left the key exchange")
    return reader


def _number(value: int) -> bytes:
    return value.to_bytes((value.bit_length() + 7) // 8, "big")

"""The client's side of a key exchange for tests, with every padding, kind of key and mistake that a test wants."""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass, field
from hashlib import sha256

import cryptg
import gmpy2

from parley.mtproto import diffie_hellman as dh
from parley.mtproto import keyexchange as kx
from parley.mtproto.digests import sha1
from parley.mtproto.rsa_key import RsaKey
from parley.mtproto.wire import Reader, pack_bytes


def number(value: int) -> bytes:
    return value.to_bytes((value.bit_length() + 7) // 8, "big")


def factor(pq: int) -> tuple[int, int]:
    """Pollard's rho, Brent's walk simplified: enough for 62 bits."""
    from math import gcd

    for c in range(1, 20):
        x = y = 2
        product, steps, d = 1, 0, 1
        while d == 1:
            x = (x * x + c) % pq
            y = (y * y + c) % pq
            y = (y * y + c) % pq
            product = product * abs(x - y) % pq
            steps += 1
            if steps % 64 == 0:
                d = gcd(product, pq)
        if d != pq:
            return min(d, pq // d), max(d, pq // d)
    raise AssertionError("not factored")


@dataclass
class ClientExchange:
    """Builds each step from the server's last answer. `factors` may be given to save the work."""

    rsa: RsaKey
    padding: str = "new"
    constructor: int = kx.PQ_INNER
    expires_in: int = 86_400
    factors: tuple[int, int] | None = None
    nonce: bytes = field(default_factory=lambda: os.urandom(16))
    new_nonce: bytes = field(default_factory=lambda: os.urandom(32))
    server_nonce: bytes = b""
    b: int = 0
    g_a: int = 0
    key: bytes = b""

    def start(self, constructor: int = kx.REQ_PQ_MULTI) -> bytes:
        return struct.pack("<I", constructor) + self.nonce

    def parameters(self, res_pq: bytes) -> bytes:
        """Answer resPQ with req_DH_params."""
        reader = Reader(res_pq)
        assert reader.uint32() == kx.RES_PQ
        assert reader.raw(16) == self.nonce
        self.server_nonce = reader.raw(16)
        pq = int.from_bytes(reader.blob(), "big")
        assert self.rsa.fingerprint in reader.longs()
        p, q = self.factors or factor(pq)
        assert p * q == pq
        assert pq < 1 << 63
        encrypted = self.encrypt(self.inner(pq, p, q))
        return (
            struct.pack("<I", kx.REQ_DH_PARAMS)
            + self.nonce
            + self.server_nonce
            + pack_bytes(number(p))
            + pack_bytes(number(q))
            + struct.pack("<q", self.rsa.fingerprint)
            + pack_bytes(encrypted)
        )

    def inner(self, pq: int, p: int, q: int) -> bytes:
        data = struct.pack("<I", self.constructor) + b"".join(pack_bytes(number(n)) for n in (pq, p, q))
        data += self.nonce + self.server_nonce + self.new_nonce
        if self.constructor in (kx.PQ_INNER_DC, kx.PQ_INNER_TEMP_DC):
            data += struct.pack("<i", 10_002)
        if self.constructor in (kx.PQ_INNER_TEMP, kx.PQ_INNER_TEMP_DC):
            data += struct.pack("<i", self.expires_in)
        return data

    def encrypt(self, data: bytes) -> bytes:
        block = self._pad_new(data) if self.padding == "new" else self._pad_old(data)
        return pow(int.from_bytes(block, "big"), 65537, self.rsa.modulus).to_bytes(256, "big")

    def _pad_old(self, data: bytes) -> bytes:
        return sha1(data).digest() + data + os.urandom(235 - len(data))

    def _pad_new(self, data: bytes) -> bytes:
        padded = data + os.urandom(192 - len(data))
        while True:
            key = os.urandom(32)
            sealed = cryptg.encrypt_ige(padded[::-1] + sha256(key + padded).digest(), key, bytes(32))
            masked = bytes(a ^ b for a, b in zip(key, sha256(sealed).digest(), strict=True))
            if int.from_bytes(masked + sealed, "big") < self.rsa.modulus:
                return masked + sealed

    def finish(self, params: bytes, *, g_b: int | None = None, retry_id: int = 0) -> bytes:
        """Answer server_DH_params_ok with set_client_DH_params."""
        if params:
            self._read_parameters(params)
        self.b = int.from_bytes(os.urandom(256), "big")
        public = int(gmpy2.powmod(dh.GENERATOR, self.b, dh.PRIME)) if g_b is None else g_b
        self.key = int(gmpy2.powmod(self.g_a, self.b, dh.PRIME)).to_bytes(256, "big")
        inner = struct.pack("<I", kx.CLIENT_DH_INNER_DATA) + self.nonce + self.server_nonce
        inner += struct.pack("<q", retry_id) + pack_bytes(number(public) if public else b"")
        plain = sha1(inner).digest() + inner
        plain += os.urandom(-len(plain) % 16)
        sealed = cryptg.encrypt_ige(plain, *kx.temporary_aes(self.new_nonce, self.server_nonce))
        head = struct.pack("<I", kx.SET_CLIENT_DH_PARAMS) + self.nonce + self.server_nonce
        return head + pack_bytes(sealed)

    def _read_parameters(self, params: bytes) -> None:
        reader = Reader(params)
        assert reader.uint32() == kx.SERVER_DH_PARAMS_OK
        assert reader.raw(32) == self.nonce + self.server_nonce
        plain = cryptg.decrypt_ige(reader.blob(), *kx.temporary_aes(self.new_nonce, self.server_nonce))
        inner = Reader(plain, 20)
        assert inner.uint32() == kx.SERVER_DH_INNER_DATA
        assert inner.raw(32) == self.nonce + self.server_nonce
        assert inner.int32() == dh.GENERATOR
        assert int.from_bytes(inner.blob(), "big") == dh.PRIME
        self.g_a = int.from_bytes(inner.blob(), "big")
        inner.int32()
        assert sha1(plain[20 : inner.position]).digest() == plain[:20]

    def verdict(self, body: bytes) -> int:
        """Check the server's last answer and give its constructor."""
        reader = Reader(body)
        constructor = reader.uint32()
        hash_number = {kx.DH_GEN_OK: 1, kx.DH_GEN_RETRY: 2, kx.DH_GEN_FAIL: 3}[constructor]
        assert reader.raw(32) == self.nonce + self.server_nonce
        if constructor != kx.DH_GEN_FAIL:
            assert reader.raw(16) == kx.new_nonce_hash(self.new_nonce, hash_number, self.key)
        return constructor

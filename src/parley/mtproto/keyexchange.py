"""The server's side of making an authorization key, step by step, without sockets.

Source: https://core.telegram.org/mtproto/auth_key.
"""

from __future__ import annotations

import hmac
import secrets
import struct
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import cryptg

from parley.core.auth_keys import AuthKey
from parley.core.ids import AuthKeyId
from parley.mtproto import diffie_hellman as dh
from parley.mtproto.digests import sha1
from parley.mtproto.encryption import key_id_of
from parley.mtproto.errors import HandshakeRefused
from parley.mtproto.rsa_key import RsaKeys
from parley.mtproto.rsa_padding import unpad
from parley.mtproto.wire import VECTOR, Reader, pack_bytes

REQ_PQ, REQ_PQ_MULTI = 0x60469778, 0xBE7E8EF1
REQ_DH_PARAMS, SET_CLIENT_DH_PARAMS = 0xD712E4BE, 0xF5045F1F
RES_PQ, SERVER_DH_PARAMS_OK, SERVER_DH_INNER_DATA = 0x05162463, 0xD0E8075C, 0xB5890DBA
PQ_INNER, PQ_INNER_DC, PQ_INNER_TEMP, PQ_INNER_TEMP_DC = 0x83C95AEC, 0xA9F55F95, 0x3C6A84D4, 0x56FDDF88
CLIENT_DH_INNER_DATA = 0x6643B654
DH_GEN_OK, DH_GEN_RETRY, DH_GEN_FAIL = 0x3BCBF734, 0x46DC1FB9, 0xA69DAE02

STARTS = (REQ_PQ, REQ_PQ_MULTI)
_MOST_RETRIES = 5
#: Clients ask for a day; a temporary key that lived for months would be none.
_LONGEST_TEMPORARY_S = 7 * 24 * 3600
_SHORTEST_TEMPORARY_S = 60

Save = Callable[[AuthKey], Awaitable[bool]]
#: What clients in test mode add to the number of their data centre.
_TEST_DC = 10_000


@dataclass(frozen=True, slots=True)
class Reply:
    """The body to answer with; `key` once the exchange has succeeded, `over` when it has failed for good."""

    body: bytes
    key: AuthKey | None = None
    over: bool = False


@dataclass(frozen=True, slots=True)
class _InnerData:
    """What `p_q_inner_data` holds, and how long a temporary key shall live (None: permanent).

    Clients in test mode name their data centre as 10000 and its number.
    """

    new_nonce: bytes
    expires_in: int | None
    test_mode: bool = False


@dataclass(slots=True)
class _Progress:
    """What both sides have said so far."""

    nonce: bytes
    server_nonce: bytes
    factors: dh.Factors
    inner: _InnerData | None = None
    pair: dh.KeyPair | None = None
    aes: tuple[bytes, bytes] = (b"", b"")
    retry_id: int = 0
    retries: int = 0


class KeyExchange:
    """One connection's key exchange. `answer` takes the client's steps in order; `req_pq` starts over."""

    __slots__ = ("_bench", "_now", "_progress", "_rsa", "_save")

    def __init__(self, rsa: RsaKeys, bench: dh.Workbench, save: Save, now: Callable[[], float]) -> None:
        """`save` must be durable when it returns: the client relies on the key from then on."""
        self._rsa = rsa
        self._bench = bench
        self._save = save
        self._now = now
        self._progress: _Progress | None = None

    async def answer(self, body: bytes) -> Reply:
        """Answer one unencrypted message.

        Raises:
            HandshakeRefused: out of order, not verifiable, or with nonces of another exchange.
            MalformedMessage: the body ends early.
        """
        reader = Reader(body)
        constructor = reader.uint32()
        if constructor in STARTS:
            return self._start(reader)
        if constructor == REQ_DH_PARAMS:
            return await self._parameters(reader)
        if constructor == SET_CLIENT_DH_PARAMS:
            return await self._finish(reader)
        raise HandshakeRefused("not a step of a key exchange")

    def _start(self, reader: Reader) -> Reply:
        self._bench.restock()
        progress = _Progress(reader.raw(16), secrets.token_bytes(16), dh.make_factors())
        self._progress = progress
        offered = self._rsa.offered(self._now())
        return Reply(
            struct.pack("<I", RES_PQ)
            + progress.nonce
            + progress.server_nonce
            + pack_bytes(_number(progress.factors.product))
            + struct.pack(f"<II{len(offered)}q", VECTOR, len(offered), *(key.fingerprint for key in offered))
        )

    def _matching(self, reader: Reader) -> _Progress:
        progress = self._progress
        nonces = reader.raw(32)
        if progress is None or not hmac.compare_digest(nonces, progress.nonce + progress.server_nonce):
            raise HandshakeRefused("nonces of another exchange")
        return progress

    async def _parameters(self, reader: Reader) -> Reply:
        progress = self._matching(reader)
        p, q = reader.blob(), reader.blob()
        fingerprint, encrypted = reader.int64(), reader.blob()
        if (_value(p), _value(q)) != (progress.factors.p, progress.factors.q):
            raise HandshakeRefused("wrong factors")
        key = self._rsa.named(fingerprint, self._now())
        if progress.inner is not None or key is None or len(encrypted) != 256:
            raise HandshakeRefused("step out of order or for another key")
        if _value(encrypted) >= key.modulus:
            raise HandshakeRefused("encrypted data out of range")
        block = await self._bench.run(lambda: key.decrypt(_value(encrypted)))
        progress.inner = _read_inner(unpad(block, _inner_size), progress)
        progress.pair = await self._bench.pair()
        progress.aes = temporary_aes(progress.inner.new_nonce, progress.server_nonce)
        return Reply(
            struct.pack("<I", SERVER_DH_PARAMS_OK)
            + progress.nonce
            + progress.server_nonce
            + pack_bytes(self._sealed_parameters(progress, progress.pair))
        )

    def _sealed_parameters(self, progress: _Progress, pair: dh.KeyPair) -> bytes:
        inner = (
            struct.pack("<I", SERVER_DH_INNER_DATA)
            + progress.nonce
            + progress.server_nonce
            + struct.pack("<i", dh.GENERATOR)
            + pack_bytes(dh.PRIME_BYTES)
            + pack_bytes(pair.public.to_bytes(256, "big"))
            + struct.pack("<i", int(self._now()))
        )
        plain = sha1(inner).digest() + inner
        return cryptg.encrypt_ige(plain + secrets.token_bytes(-len(plain) % 16), *progress.aes)

    async def _finish(self, reader: Reader) -> Reply:
        progress = self._matching(reader)
        inner, pair = progress.inner, progress.pair
        if inner is None or pair is None:
            raise HandshakeRefused("step out of order")
        retry_id, g_b = _read_client_inner(reader.blob(), progress)
        if retry_id != progress.retry_id:
            raise HandshakeRefused("wrong retry id")
        key = await self._bench.run(lambda: dh.shared_key(g_b, pair.secret))
        if not dh.is_acceptable(g_b):
            return self._over(progress, inner, key)
        record = self._record(progress, inner, key)
        if await self._save(record):
            self._progress = None
            return Reply(self._verdict(DH_GEN_OK, 1, progress, inner, key), key=record)
        return self._retry(progress, inner, key)

    def _retry(self, progress: _Progress, inner: _InnerData, key: bytes) -> Reply:
        """Another key has this id already: the client shall choose another g_b."""
        progress.retries += 1
        if progress.retries > _MOST_RETRIES:
            return self._over(progress, inner, key)
        progress.retry_id = int.from_bytes(sha1(key).digest()[:8], "little", signed=True)
        return Reply(self._verdict(DH_GEN_RETRY, 2, progress, inner, key))

    def _over(self, progress: _Progress, inner: _InnerData, key: bytes) -> Reply:
        self._progress = None
        return Reply(self._verdict(DH_GEN_FAIL, 3, progress, inner, key), over=True)

    def _verdict(self, constructor: int, number: int, progress: _Progress, inner: _InnerData, key: bytes) -> bytes:
        return (
            struct.pack("<I", constructor)
            + progress.nonce
            + progress.server_nonce
            + new_nonce_hash(inner.new_nonce, number, key)
        )

    def _record(self, progress: _Progress, inner: _InnerData, key: bytes) -> AuthKey:
        now = int(self._now())
        return AuthKey(
            auth_key_id=AuthKeyId(key_id_of(key)),
            key=key,
            created_at=now,
            first_salt=first_salt(inner.new_nonce, progress.server_nonce),
            expires_at=None if inner.expires_in is None else now + inner.expires_in,
            test_mode=inner.test_mode,
        )


def temporary_aes(new_nonce: bytes, server_nonce: bytes) -> tuple[bytes, bytes]:
    """Give AES key and IV under which the Diffie-Hellman parameters travel."""
    a = sha1(new_nonce + server_nonce).digest()
    b = sha1(server_nonce + new_nonce).digest()
    c = sha1(new_nonce + new_nonce).digest()
    return a + b[:12], b[12:] + c + new_nonce[:4]


def new_nonce_hash(new_nonce: bytes, number: int, key: bytes) -> bytes:
    """Give `new_nonce_hash1`, 2 or 3: proof that the server computed the same key."""
    auxiliary = sha1(key).digest()[:8]
    return sha1(new_nonce + bytes((number,)) + auxiliary).digest()[4:20]


def first_salt(new_nonce: bytes, server_nonce: bytes) -> int:
    """Give the salt that both sides know without exchanging it."""
    mixed = bytes(a ^ b for a, b in zip(new_nonce[:8], server_nonce[:8], strict=True))
    return int.from_bytes(mixed, "little", signed=True)


def _number(value: int) -> bytes:
    return value.to_bytes((value.bit_length() + 7) // 8, "big")


def _value(data: bytes) -> int:
    return int.from_bytes(data, "big")


_INNER_TAIL_SIZES = {PQ_INNER: 0, PQ_INNER_DC: 4, PQ_INNER_TEMP: 4, PQ_INNER_TEMP_DC: 8}


def _inner_size(data: bytes) -> int:
    """Give the size of the `p_q_inner_data` at the start of `data`."""
    reader = Reader(data)
    constructor = reader.uint32()
    if constructor not in _INNER_TAIL_SIZES:
        raise HandshakeRefused("inner data does not verify")
    for _ in range(3):
        reader.blob()
    reader.raw(64 + _INNER_TAIL_SIZES[constructor])
    return reader.position


def _read_inner(data: bytes, progress: _Progress) -> _InnerData:
    reader = Reader(data)
    constructor = reader.uint32()
    if constructor not in _INNER_TAIL_SIZES:
        raise HandshakeRefused("unknown inner data")
    numbers = tuple(_value(reader.blob()) for _ in range(3))
    factors = progress.factors
    if numbers != (factors.product, factors.p, factors.q):
        raise HandshakeRefused("inner data of another exchange")
    if not hmac.compare_digest(reader.raw(32), progress.nonce + progress.server_nonce):
        raise HandshakeRefused("nonces of another exchange")
    new_nonce = reader.raw(32)
    names_dc = constructor in (PQ_INNER_DC, PQ_INNER_TEMP_DC)
    test_mode = names_dc and abs(reader.int32()) >= _TEST_DC
    if constructor in (PQ_INNER_TEMP, PQ_INNER_TEMP_DC):
        wanted = reader.int32()
        return _InnerData(new_nonce, max(_SHORTEST_TEMPORARY_S, min(wanted, _LONGEST_TEMPORARY_S)), test_mode)
    return _InnerData(new_nonce, None, test_mode)


def _read_client_inner(sealed: bytes, progress: _Progress) -> tuple[int, int]:
    """Give retry id and g_b of an encrypted `client_DH_inner_data`."""
    if not 64 <= len(sealed) <= 1024 or len(sealed) % 16:
        raise HandshakeRefused("encrypted data has a wrong size")
    plain = cryptg.decrypt_ige(sealed, *progress.aes)
    reader = Reader(plain, 20)
    constructor, nonces = reader.uint32(), reader.raw(32)
    retry_id, g_b = reader.int64(), reader.blob()
    if not hmac.compare_digest(sha1(plain[20 : reader.position]).digest(), plain[:20]):
        raise HandshakeRefused("client data does not verify")
    if constructor != CLIENT_DH_INNER_DATA or nonces != progress.nonce + progress.server_nonce:
        raise HandshakeRefused("client data of another exchange")
    return retry_id, _value(g_b)

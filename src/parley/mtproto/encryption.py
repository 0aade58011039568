"""MTProto 2.0: how one message is sealed with an authorization key and opened again.

Source: https://core.telegram.org/mtproto/description and /mtproto/security_guidelines.
"""

from __future__ import annotations

import hmac
import os
import struct
from dataclasses import dataclass
from hashlib import sha256

import cryptg

from parley.mtproto.digests import sha1
from parley.mtproto.errors import DecryptionFailed

_ENVELOPE = struct.Struct("<qqqii")
_ENVELOPE_SIZE = 32
#: Where the two digests that make up an AES key and its IV are cut.
_THIRDS = struct.Struct("8s16s8s")
_HEAD_SIZE = 24
_LEAST_PADDING = 12
_MOST_PADDING = 1024
#: Offset into the authorization key: client to server 0, server to client 8.
CLIENT, SERVER = 0, 8


@dataclass(slots=True)
class Decrypted:
    """One message as its sender wrote it, and the token of its quick acknowledgement."""

    salt: int
    session_id: int
    msg_id: int
    seqno: int
    body: bytes
    quick_ack: int = 0


class _Noise:
    """Random bytes fetched from the system by the block: a system call for each message costs more than a hash."""

    __slots__ = ("_block", "_used")
    _SIZE = 4096

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Begin a new block with the next message."""
        self._block = b""
        self._used = 0

    def take(self, size: int) -> bytes:
        """Give bytes that were never given before; `size` is far below a block."""
        start = self._used
        end = self._used = start + size
        if end > len(self._block):
            self._block = os.urandom(self._SIZE)
            start, end = 0, size
            self._used = size
        return self._block[start:end]


_noise = _Noise()
# A forked process must not send the padding that its parent sends.
os.register_at_fork(after_in_child=_noise.forget)


def key_id_of(auth_key: bytes) -> int:
    """Give the signed 64-bit id of an authorization key: the low half of its SHA-1."""
    return int.from_bytes(sha1(auth_key).digest()[12:20], "little", signed=True)


def _combine(a: bytes, b: bytes) -> tuple[bytes, bytes]:
    """Give AES key and IV of one message from the digests that the protocol calls sha256_a and sha256_b."""
    a_head, a_middle, a_tail = _THIRDS.unpack(a)
    b_head, b_middle, b_tail = _THIRDS.unpack(b)
    return a_head + b_middle + a_tail, b_head + a_middle + b_tail


def _derive(auth_key: bytes, msg_key: bytes, side: int) -> tuple[bytes, bytes]:
    a = sha256(msg_key + auth_key[side : side + 36]).digest()
    b = sha256(auth_key[side + 40 : side + 76] + msg_key).digest()
    return _combine(a, b)


class Sealer:
    """Seals what one side sends with one key, whose parts are cut out once: every push comes through here."""

    __slots__ = ("_after", "_before", "_key_id", "_keyed")

    def __init__(self, auth_key: bytes, key_id: bytes, side: int = SERVER) -> None:
        """`key_id` is the eight bytes of the key's id."""
        self._key_id = key_id
        self._keyed = auth_key[88 + side : 120 + side]
        self._after = auth_key[side : side + 36]
        self._before = auth_key[side + 40 : side + 76]

    def seal(self, salt: int, session_id: int, msg_id: int, seqno: int, body: bytes) -> bytes:
        """Seal one message."""
        size = len(body)
        padding = _noise.take(_LEAST_PADDING + -(size + _LEAST_PADDING) % 16)
        plain = b"".join((_ENVELOPE.pack(salt, session_id, msg_id, seqno, size), body, padding))
        msg_key = sha256(self._keyed + plain).digest()[8:24]
        a, b = sha256(msg_key + self._after).digest(), sha256(self._before + msg_key).digest()
        return b"".join((self._key_id, msg_key, cryptg.encrypt_ige(plain, *_combine(a, b))))


def encrypt(
    auth_key: bytes, key_id: bytes, head: tuple[int, int, int, int], body: bytes, side: int = SERVER
) -> bytes:
    """Seal one message with a key that seals only this one.

    `head` is salt, session id, message id and sequence number; `key_id` the eight bytes of the key's id.
    """
    return Sealer(auth_key, key_id, side).seal(*head, body)


def decrypt(auth_key: bytes, payload: bytes, side: int = CLIENT) -> Decrypted:
    """Open one message; up to 15 bytes that a padded transport added are cut off.

    Raises:
        DecryptionFailed: the key does not fit, or a length is outside the rules.
    """
    sealed_size = (len(payload) - _HEAD_SIZE) & ~15
    if sealed_size < _ENVELOPE_SIZE + 16:
        raise DecryptionFailed("message too short")
    msg_key = payload[8:24]
    aes_key, aes_iv = _derive(auth_key, msg_key, side)
    plain = cryptg.decrypt_ige(payload[_HEAD_SIZE : _HEAD_SIZE + sealed_size], aes_key, aes_iv)
    digest = sha256(auth_key[88 + side : 120 + side] + plain).digest()
    if not hmac.compare_digest(digest[8:24], msg_key):
        raise DecryptionFailed("message key differs")
    salt, session_id, msg_id, seqno, size = _ENVELOPE.unpack_from(plain)
    padding = sealed_size - _ENVELOPE_SIZE - size
    if size < 4 or size % 4 or not _LEAST_PADDING <= padding <= _MOST_PADDING:
        raise DecryptionFailed("message length out of range")
    body = plain[_ENVELOPE_SIZE : _ENVELOPE_SIZE + size]
    token = int.from_bytes(digest[:4], "little") & 0x7FFFFFFF
    return Decrypted(salt, session_id, msg_id, seqno & 0xFFFFFFFF, body, token)


def decrypt_v1(auth_key: bytes, payload: bytes) -> Decrypted:
    """Open a message sealed with MTProto 1.0, which `auth.bindTempAuthKey` still uses for its inner message.

    Source: https://core.telegram.org/mtproto/description_v1.

    Raises:
        DecryptionFailed: the key does not fit, or a length is outside the rules.
    """
    sealed = payload[_HEAD_SIZE:]
    if len(sealed) < _ENVELOPE_SIZE or len(sealed) % 16:
        raise DecryptionFailed("message too short")
    msg_key = payload[8:24]
    plain = cryptg.decrypt_ige(sealed, *derive_v1(auth_key, msg_key))
    salt, session_id, msg_id, seqno, size = _ENVELOPE.unpack_from(plain)
    if size < 4 or size % 4 or not 0 <= len(plain) - _ENVELOPE_SIZE - size < 16:
        raise DecryptionFailed("message length out of range")
    end = _ENVELOPE_SIZE + size
    if not hmac.compare_digest(sha1(plain[:end]).digest()[4:20], msg_key):
        raise DecryptionFailed("message key differs")
    return Decrypted(salt, session_id, msg_id, seqno, plain[_ENVELOPE_SIZE:end])


def derive_v1(auth_key: bytes, msg_key: bytes) -> tuple[bytes, bytes]:
    """Give AES key and IV of MTProto 1.0 for a message of a client."""
    a = sha1(msg_key + auth_key[:32]).digest()
    b = sha1(auth_key[32:48] + msg_key + auth_key[48:64]).digest()
    c = sha1(auth_key[64:96] + msg_key).digest()
    d = sha1(msg_key + auth_key[96:128]).digest()
    return a[:8] + b[8:20] + c[4:16], a[8:20] + b[:8] + c[16:20] + d[:8]

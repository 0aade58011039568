"""MTProto 1.0 sealing and the binding call, as a client with temporary keys makes them."""

from __future__ import annotations

import os
import struct

import cryptg

from parley.core.auth_keys import AuthKey
from parley.mtproto.digests import sha1
from parley.mtproto.encryption import derive_v1
from parley.mtproto.wire import pack_bytes


def seal(record: AuthKey, msg_id: int, body: bytes) -> bytes:
    """Seal one message of a client with MTProto 1.0."""
    plain = os.urandom(16) + struct.pack("<qii", msg_id, 0, len(body)) + body
    msg_key = sha1(plain).digest()[4:20]
    plain += os.urandom(-len(plain) % 16)
    key_id = record.auth_key_id.to_bytes(8, "little", signed=True)
    return key_id + msg_key + cryptg.encrypt_ige(plain, *derive_v1(record.key, msg_key))


def bind_query(
    permanent: AuthKey,
    temporary: AuthKey,
    *,
    session_id: int,
    msg_id: int,
    expires_at: int,
    sealed_with: AuthKey | None = None,
    said_until: int | None = None,
) -> bytes:
    """Make the bytes of `auth.bindTempAuthKey`."""
    nonce = int.from_bytes(os.urandom(7), "little")
    inner = struct.pack(
        "<Iqqqqi",
        0x75A3F765,
        nonce,
        temporary.auth_key_id,
        permanent.auth_key_id,
        session_id,
        expires_at if said_until is None else said_until,
    )
    sealed = seal(sealed_with or permanent, msg_id, inner)
    head = struct.pack("<Iqqi", 0xCDD42A05, permanent.auth_key_id, nonce, expires_at)
    return head + pack_bytes(sealed)

"""Messages without encryption, in which the key exchange travels: a zero key id, message id, length, body."""

from __future__ import annotations

import struct

from parley.mtproto.errors import MalformedMessage

_HEAD = struct.Struct("<qqi")
_LONGEST = 4096


def parse(payload: bytes) -> bytes:
    """Give the body of an unencrypted message; padding of the transport after it is dropped.

    Raises:
        MalformedMessage: a wrong length, or longer than any step of a key exchange.
    """
    if len(payload) < _HEAD.size:
        raise MalformedMessage("message too short")
    _, _, size = _HEAD.unpack_from(payload)
    if not 4 <= size <= _LONGEST or size % 4 or _HEAD.size + size > len(payload):
        raise MalformedMessage("message length out of range")
    return payload[_HEAD.size : _HEAD.size + size]


def pack(msg_id: int, body: bytes) -> bytes:
    """Write an unencrypted message."""
    return _HEAD.pack(0, msg_id, len(body)) + body

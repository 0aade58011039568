"""`auth.bindTempAuthKey`: the proof that whoever holds a temporary key also holds the permanent one.

Source: https://core.telegram.org/method/auth.bindTempAuthKey.
"""

from __future__ import annotations

from dataclasses import dataclass

from parley.core.ids import AuthKeyId
from parley.mtproto.encryption import decrypt_v1
from parley.mtproto.errors import BindingInvalid, DecryptionFailed, MalformedMessage
from parley.mtproto.wire import Reader

BIND_TEMP_AUTH_KEY = 0xCDD42A05
_BIND_AUTH_KEY_INNER = 0x75A3F765
_LONGEST_S = 7 * 24 * 3600


@dataclass(frozen=True, slots=True)
class BindRequest:
    """The arguments of the method."""

    permanent: AuthKeyId
    nonce: int
    expires_at: int
    encrypted: bytes


def read_request(query: bytes) -> BindRequest:
    """Parse the method's bytes, constructor included.

    Raises:
        BindingInvalid: they end early.
    """
    try:
        reader = Reader(query, 4)
        return BindRequest(AuthKeyId(reader.int64()), reader.int64(), reader.int32(), reader.blob())
    except MalformedMessage:
        raise BindingInvalid("arguments end early") from None


def verify(
    request: BindRequest, secret: bytes, temporary: AuthKeyId, session_id: int, msg_id: int, now: float
) -> int:
    """Check the inner message, sealed with the permanent key `secret`; give when the binding ends (Unix seconds).

    Raises:
        BindingInvalid: it was sealed with another key, says something else than the call, or has expired.
    """
    if request.encrypted[:8] != request.permanent.to_bytes(8, "little", signed=True):
        raise BindingInvalid("sealed with another key")
    try:
        sealed = decrypt_v1(secret, request.encrypted)
        reader = Reader(sealed.body)
        said = (reader.uint32(), *(reader.int64() for _ in range(4)), reader.int32())
    except (DecryptionFailed, MalformedMessage):
        raise BindingInvalid("inner message does not verify") from None
    expected = (
        _BIND_AUTH_KEY_INNER,
        request.nonce,
        temporary,
        request.permanent,
        session_id,
        request.expires_at,
    )
    if said != expected or sealed.msg_id != msg_id:
        raise BindingInvalid("inner message belongs to another call")
    if request.expires_at <= now:
        raise BindingInvalid("the binding has expired")
    return min(request.expires_at, int(now) + _LONGEST_S)

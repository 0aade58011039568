"""What can go wrong while speaking MTProto, under one root, and the error that a method answers with."""

from __future__ import annotations

from parley.core.errors import ParleyError


class MtprotoError(ParleyError):
    """The peer broke the protocol; the connection that did it is closed."""


class MalformedFrame(MtprotoError):
    """Bytes that are no frame of the chosen transport, or a frame beyond the size limit."""


class MalformedMessage(MtprotoError):
    """A frame whose content is no MTProto message."""


class DecryptionFailed(MtprotoError):
    """A message key that does not fit, or lengths and padding outside the rules."""


class HandshakeRefused(MtprotoError):
    """A step of the key exchange that is out of order, does not verify or uses weak numbers."""


class BindingInvalid(MtprotoError):
    """`auth.bindTempAuthKey` with an inner message that does not prove possession of the permanent key."""


class KeyFileInvalid(MtprotoError):
    """A server key file that is unreadable, has the wrong size or may be read by others."""


class RpcError(ParleyError):
    """The answer to one call is `rpc_error`: a code such as 400 and a name such as `PEER_ID_INVALID`."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(f"{code} {message}")
        self.code = code
        self.message = message

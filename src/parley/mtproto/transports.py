"""The four TCP framings of MTProto, told apart by a connection's first bytes, as pure byte machines.

Source: https://core.telegram.org/mtproto/mtproto-transports.
"""

from __future__ import annotations

import secrets
import struct
import zlib
from dataclasses import dataclass
from typing import Protocol

from parley.mtproto.errors import MalformedFrame

_LENGTH = struct.Struct("<I")
_FULL_HEAD = struct.Struct("<II")
_QUICK_ACK = 0x80000000

ABRIDGED_TAG = b"\xef\xef\xef\xef"
INTERMEDIATE_TAG = b"\xee\xee\xee\xee"
PADDED_TAG = b"\xdd\xdd\xdd\xdd"


@dataclass(frozen=True, slots=True)
class Frame:
    """One payload of the transport and whether its sender wants a quick acknowledgement."""

    payload: bytes
    wants_quick_ack: bool = False


class Framing(Protocol):
    """One direction each of a framing; stateless but for the full transport's numbers."""

    def split(self, buffer: bytes | bytearray, start: int, limit: int) -> tuple[Frame, int] | int:
        """Cut one frame out of `buffer` at `start`.

        Returns the frame and the position after it, or how many bytes the buffer needs from `start` on.

        Raises:
            MalformedFrame: the bytes cannot be a frame, or it is longer than `limit` bytes.
        """
        ...

    def wrap(self, payload: bytes) -> bytes:
        """Frame a payload for sending."""
        ...

    def wrap_error(self, code: int) -> bytes:
        """Frame a transport error such as -404: four bytes that are no message."""
        ...

    def wrap_quick_ack(self, token: int) -> bytes | None:
        """Write a quick acknowledgement (31-bit `token`), or None where the framing has none."""
        ...


def _check(size: int, limit: int) -> int:
    if not 0 < size <= limit:
        raise MalformedFrame("frame size out of range")
    return size


class Abridged:
    """One length byte in units of four bytes, or 0x7f and three of them."""

    __slots__ = ()

    def split(self, buffer: bytes | bytearray, start: int, limit: int) -> tuple[Frame, int] | int:
        available = len(buffer) - start
        if available < 1:
            return 1
        head = buffer[start]
        words = head & 0x7F
        offset = 1
        if words == 0x7F:
            if available < 4:
                return 4
            words = int.from_bytes(buffer[start + 1 : start + 4], "little")
            offset = 4
        size = _check(words * 4, limit)
        if available < offset + size:
            return offset + size
        body = start + offset
        return Frame(bytes(buffer[body : body + size]), head >= 0x80), body + size

    def wrap(self, payload: bytes) -> bytes:
        words = len(payload) >> 2
        if words < 0x7F:
            return bytes((words,)) + payload
        return b"\x7f" + words.to_bytes(3, "little") + payload

    def wrap_error(self, code: int) -> bytes:
        return self.wrap(struct.pack("<i", code))

    def wrap_quick_ack(self, token: int) -> bytes | None:
        # In this framing the token's bytes go out reversed, so that the marked byte comes first.
        return struct.pack(">I", token | _QUICK_ACK)


class Intermediate:
    """A length of four bytes, little-endian, whose highest bit asks for a quick acknowledgement."""

    __slots__ = ()

    def split(self, buffer: bytes | bytearray, start: int, limit: int) -> tuple[Frame, int] | int:
        available = len(buffer) - start
        if available < 4:
            return 4
        head: int = _LENGTH.unpack_from(buffer, start)[0]
        size = _check(head & 0x7FFFFFFF, limit)
        if available < 4 + size:
            return 4 + size
        end = start + 4 + size
        return Frame(bytes(buffer[start + 4 : end]), head >= _QUICK_ACK), end

    def wrap(self, payload: bytes) -> bytes:
        return _LENGTH.pack(len(payload)) + payload

    def wrap_error(self, code: int) -> bytes:
        return struct.pack("<Ii", 4, code)

    def wrap_quick_ack(self, token: int) -> bytes | None:
        return _LENGTH.pack(token | _QUICK_ACK)


class PaddedIntermediate(Intermediate):
    """Intermediate with random bytes after each payload; the message layer cuts them off.

    Up to 15 are taken, but no more than 3 are given: Telethon cuts off what exceeds a multiple of four only.
    """

    __slots__ = ()

    def wrap(self, payload: bytes) -> bytes:
        padding = secrets.token_bytes(secrets.randbelow(4))
        return _LENGTH.pack(len(payload) + len(padding)) + payload + padding


class Full:
    """Length, sequence number, payload and CRC-32; both sides count their frames from zero."""

    __slots__ = ("_received", "_sent")

    def __init__(self) -> None:
        self._received = 0
        self._sent = 0

    def split(self, buffer: bytes | bytearray, start: int, limit: int) -> tuple[Frame, int] | int:
        available = len(buffer) - start
        if available < 8:
            return 8
        size, number = _FULL_HEAD.unpack_from(buffer, start)
        _check(size - 12, limit)
        if number != self._received:
            raise MalformedFrame("frame out of sequence")
        if available < size:
            return int(size)
        end = start + size
        expected: int = _LENGTH.unpack_from(buffer, end - 4)[0]
        if zlib.crc32(buffer[start : end - 4]) != expected:
            raise MalformedFrame("frame checksum differs")
        self._received += 1
        return Frame(bytes(buffer[start + 8 : end - 4])), end

    def wrap(self, payload: bytes) -> bytes:
        frame = _FULL_HEAD.pack(len(payload) + 12, self._sent) + payload
        self._sent += 1
        return frame + _LENGTH.pack(zlib.crc32(frame))

    def wrap_error(self, code: int) -> bytes:
        return self.wrap(struct.pack("<i", code))

    def wrap_quick_ack(self, token: int) -> bytes | None:
        return None


_ABRIDGED = Abridged()
_INTERMEDIATE = Intermediate()
_PADDED = PaddedIntermediate()

_BY_TAG: dict[bytes, Framing] = {
    ABRIDGED_TAG: _ABRIDGED,
    INTERMEDIATE_TAG: _INTERMEDIATE,
    PADDED_TAG: _PADDED,
}

TAGS = frozenset(_BY_TAG)

#: HTTP, TLS, and a PROXY header from somebody who is not trusted with one.
_FOREIGN_STARTS = (b"GET ", b"POST", b"HEAD", b"OPTI", b"\x16\x03\x01\x02", b"\r\n\r\n")


def framing_of_tag(tag: bytes) -> Framing:
    """Give the framing that an obfuscation header's four-byte tag names.

    Raises:
        MalformedFrame: no framing has that tag.
    """
    try:
        return _BY_TAG[tag]
    except KeyError:
        raise MalformedFrame("unknown transport tag") from None


@dataclass(frozen=True, slots=True)
class Detected:
    """What the first bytes say: a plain framing and how many bytes announced it, or obfuscation (None)."""

    framing: Framing | None
    consumed: int


def detect(start: bytes | bytearray) -> Detected | None:
    """Tell the transport from a connection's first bytes; None while there are too few of them.

    Raises:
        MalformedFrame: the bytes are those of another protocol.
    """
    if start[:1] == b"\xef":
        return Detected(_ABRIDGED, 1)
    if len(start) < 8:
        return None
    tag = bytes(start[:4])
    if tag in (INTERMEDIATE_TAG, PADDED_TAG):
        return Detected(_BY_TAG[tag], 4)
    if tag in _FOREIGN_STARTS:
        raise MalformedFrame("not MTProto")
    if start[4:8] == b"\0\0\0\0":
        return Detected(Full(), 0)
    return Detected(None, 0)

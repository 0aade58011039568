"""Reading and writing the few TL primitives that MTProto's own messages are made of.

Service messages are on the hot path and have a dozen fixed shapes, so they are parsed here by hand; everything
of the API goes through `parley.tl`.
"""

from __future__ import annotations

import struct

from parley.mtproto.errors import MalformedMessage

VECTOR = 0x1CB5C415

_INT = struct.Struct("<i")
_UINT = struct.Struct("<I")
_LONG = struct.Struct("<q")


class Reader:
    """A cursor over TL bytes. Every method raises `MalformedMessage` where the bytes end too early."""

    __slots__ = ("data", "position")

    def __init__(self, data: bytes, position: int = 0) -> None:
        self.data = data
        self.position = position

    def int32(self) -> int:
        """Read a signed 32-bit number."""
        value: int = self._unpack(_INT, 4)
        return value

    def uint32(self) -> int:
        """Read an unsigned 32-bit number: constructor ids and flags."""
        value: int = self._unpack(_UINT, 4)
        return value

    def int64(self) -> int:
        """Read a signed 64-bit number."""
        value: int = self._unpack(_LONG, 8)
        return value

    def _unpack(self, shape: struct.Struct, size: int) -> int:
        try:
            value: int = shape.unpack_from(self.data, self.position)[0]
        except struct.error:
            raise MalformedMessage("message ends early") from None
        self.position += size
        return value

    def raw(self, size: int) -> bytes:
        """Read exactly `size` bytes."""
        end = self.position + size
        if size < 0 or end > len(self.data):
            raise MalformedMessage("message ends early")
        value = self.data[self.position : end]
        self.position = end
        return value

    def blob(self) -> bytes:
        """Read a TL `bytes` with its length prefix and its padding to four bytes."""
        head = self.raw(1)[0]
        if head < 254:
            value = self.raw(head)
            self._skip_padding(head + 1)
            return value
        if head == 255:
            raise MalformedMessage("unknown length prefix")
        size = int.from_bytes(self.raw(3), "little")
        value = self.raw(size)
        self._skip_padding(size)
        return value

    def _skip_padding(self, size: int) -> None:
        self.raw(-size % 4)

    def string(self) -> str:
        """Read a TL `string`; bytes that are not UTF-8 are malformed."""
        try:
            return self.blob().decode()
        except UnicodeDecodeError:
            raise MalformedMessage("string is not UTF-8") from None

    def longs(self) -> list[int]:
        """Read a `Vector<long>`."""
        if self.uint32() != VECTOR:
            raise MalformedMessage("not a vector")
        count = self.uint32()
        if count * 8 > len(self.data) - self.position:
            raise MalformedMessage("vector longer than its message")
        values = list(struct.unpack_from(f"<{count}q", self.data, self.position))
        self.position += count * 8
        return values

    def rest(self) -> bytes:
        """Give everything that is left."""
        value = self.data[self.position :]
        self.position = len(self.data)
        return value

    def at_end(self) -> bool:
        """Tell whether nothing is left."""
        return self.position >= len(self.data)


def pack_bytes(value: bytes) -> bytes:
    """Write a TL `bytes`: a length of one or four bytes, the value, zeros up to a multiple of four."""
    size = len(value)
    if size < 254:
        return bytes((size,)) + value + bytes(-(size + 1) % 4)
    return b"\xfe" + size.to_bytes(3, "little") + value + bytes(-size % 4)


def pack_longs(values: list[int]) -> bytes:
    """Write a `Vector<long>`."""
    return struct.pack(f"<II{len(values)}q", VECTOR, len(values), *values)

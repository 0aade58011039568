"""The base types of TL on the wire: numbers, strings, vectors, Bool (core.telegram.org/mtproto/serialize).

Readers take the data and a position and refuse to run past the end, or leave a position beyond it.
"""

from __future__ import annotations

import struct

from parley.tl.definitions import Definition
from parley.tl.errors import Malformed, Unencodable, UnknownConstructor

MAX_DEPTH = 40
"""How deep objects may nest; rich texts and JSON nest freely in the schema, real ones stay below ten."""

VECTOR = 0x1CB5C415
BOOL_TRUE = 0x997275B5
BOOL_FALSE = 0xBC799737

FIXED = {"#": "I", "int": "i", "long": "q", "double": "d", "int128": "16s", "int256": "32s"}
"""TL types of a fixed size -> their format for `struct`."""

first_id = struct.Struct("<I").unpack_from
"""The constructor id at a position, in a tuple."""
_two_words = struct.Struct("<II").unpack_from


def read_long_bytes(data: bytes, at: int) -> tuple[bytes, int]:
    """Reads a string or bytes of any length: core.telegram.org/mtproto/serialize#base-types."""
    size = data[at]
    if size < 254:
        start = at + 1
    elif size == 254:
        size = int.from_bytes(data[at + 1 : at + 4], "little")
        start = at + 4
    else:
        raise Malformed("a length byte of 255")
    end = start + size
    return data[start:end], (end + 3) & -4


def no_zero() -> None:
    """Refuses a text with a zero character: no text of a person has one, and PostgreSQL cannot store it."""
    raise Malformed("a text with a zero character")


def read_long_text(data: bytes, at: int) -> tuple[str, int]:
    value, after = read_long_bytes(data, at)
    text = value.decode()
    if "\0" in text:
        no_zero()
    return text, after


def vector_size(data: bytes, at: int, smallest: int) -> int:
    """The item count of a boxed vector; refused if so many items cannot be in what is left."""
    constructor, count = _two_words(data, at)
    if constructor != VECTOR:
        raise UnknownConstructor(constructor, "Vector")
    if count * smallest > len(data) - at - 8:
        raise Malformed("a vector longer than the message")
    return int(count)


def bare_vector_size(data: bytes, at: int, smallest: int) -> int:
    """The same for a bare vector, which has no constructor id."""
    (count,) = first_id(data, at)
    if count * smallest > len(data) - at - 4:
        raise Malformed("a vector longer than the message")
    return int(count)


def read_sized(data: bytes, at: int) -> tuple[bytes, int]:
    """Reads an int32 length and that many bytes, as a message in a container has them."""
    (size,) = first_id(data, at)
    end = at + 4 + size
    return data[at + 4 : end], end


def too_deep() -> Malformed:
    return Malformed(f"nested deeper than {MAX_DEPTH}")


BROKEN = (IndexError, struct.error, UnicodeDecodeError, OverflowError, MemoryError)
"""What bytes that do not fit raise inside a reader."""


def not_a_value(broken: Exception) -> Malformed:
    return Malformed(f"not a value of the schema: {type(broken).__name__}")


def wrong_length(end: int, data: bytes) -> Malformed:
    return Malformed("bytes left over" if end < len(data) else "cut short")


class BoolTable(dict[int, bool]):
    """The two constructors of Bool."""

    def __missing__(self, constructor_id: int) -> bool:
        raise UnknownConstructor(constructor_id, "Bool")


# Struct's Pascal string is a length byte, the content and zeros up to the given size: TL's short string.
SHORT = [struct.Struct(f"{(size + 4) & -4}p").pack for size in range(254)]
_PADDING = (b"", b"\0\0\0", b"\0\0", b"\0")
vector_head = struct.Struct("<II").pack
int_of = struct.Struct("<i").pack
_LONGEST = 1 << 24


def bytes_of(value: bytes) -> bytes:
    """The TL form of a string or bytes: length, content, zeros up to a multiple of four."""
    size = len(value)
    if size < 254:
        return SHORT[size](value)
    if size >= _LONGEST:
        raise Unencodable("a string of 16 MiB or more")
    return b"\xfe" + size.to_bytes(3, "little") + value + _PADDING[size & 3]


def text_of(value: str) -> bytes:
    return bytes_of(value.encode())


def exactly(value: bytes, size: int) -> bytes:
    """Checks an int128 or int256, which `struct` would pad in silence."""
    if len(value) != size:
        raise Unencodable(f"{size} bytes expected, got {len(value)}")
    return value


def refuse_absent(definition: Definition, name: str) -> Unencodable:
    return Unencodable(f"{definition.name}: {name} is missing although its flag is set")

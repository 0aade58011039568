"""Reads and writes MTProto's own constructors, which are the same in every layer of the API.

What a message carries inside (an API call, a packed answer) stays bytes: `Rpc_result.result`, `Message.body`.
"""

from __future__ import annotations

import struct
from functools import cache
from typing import Any

from parley.tl.base import TlObject
from parley.tl.classes import MTPROTO
from parley.tl.definitions import Definition, service
from parley.tl.errors import Malformed, UnknownConstructor
from parley.tl.reader_source import Reader
from parley.tl.readers import Readers
from parley.tl.writers import Writers


class _ServiceReaders(Readers):
    """Reads constructors and methods alike: both arrive as messages."""

    def find(self, constructor_id: int, expected: str) -> Reader:
        definition = _definition(constructor_id)
        if definition is None or (expected != "Object" and definition.result != expected):
            raise UnknownConstructor(constructor_id, expected)
        return self.compile(definition)


def _definition(constructor_id: int) -> Definition | None:
    for section in (service().types, service().functions):
        if name := section.name_of_id.get(constructor_id):
            return section[name]
    return None


@cache
def _readers() -> Readers:
    return _ServiceReaders(service(), MTPROTO)


@cache
def _writers() -> Writers:
    return Writers(service(), MTPROTO)


def peek(data: bytes) -> int:
    """The constructor id that `data` starts with; Malformed if there are fewer than four bytes."""
    if len(data) < 4:
        raise Malformed("shorter than a constructor id")
    return int(struct.unpack_from("<I", data)[0])


def knows(constructor_id: int) -> bool:
    """Whether the id is MTProto's own; other messages are calls of the API."""
    return _definition(constructor_id) is not None


def decode(data: bytes) -> Any:
    """Reads one constructor or method of MTProto that fills `data`; raises Malformed or UnknownConstructor."""
    readers = _readers()
    return readers.read_all(readers.table("Object"), data)


def encode(value: TlObject) -> bytes:
    """The bytes of a constructor or method of MTProto; raises Unencodable."""
    writers = _writers()
    return writers.write_all(writers.table("Object"), value)

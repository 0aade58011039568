"""Compiles readers: for each constructor of a layer a Python function, written from its definition on first use.

A reader takes the whole data, a position and the depth so far, and returns the object and the position after it.
It trusts nothing: `struct` and indexing refuse to run past the end, a slice that was cut short leaves a position
beyond the end, which `read_all` refuses. Data must start at a multiple of four, as every TL message does.
"""

from __future__ import annotations

from typing import Any

from parley.tl.base import TlObject
from parley.tl.classes import Classes
from parley.tl.definitions import Definition, Field, Schema
from parley.tl.errors import UnknownConstructor
from parley.tl.reader_source import Reader, ReaderSource
from parley.tl.wire import BROKEN, first_id, not_a_value, wrong_length


class ReadTable(dict[int, Reader]):
    """Constructor id -> reader, for the constructors of one boxed type; compiles what it lacks."""

    def __init__(self, readers: Readers, expected: str) -> None:
        super().__init__()
        self._readers = readers
        self._expected = expected

    def __missing__(self, constructor_id: int) -> Reader:
        reader = self[constructor_id] = self._readers.find(constructor_id, self._expected)
        return reader


class Readers:
    """The readers of one layer, which produce objects of the canonical classes."""

    def __init__(self, schema: Schema, classes: Classes) -> None:
        self.schema = schema
        self.classes = classes
        self._tables: dict[str, ReadTable] = {}

    def table(self, boxed: str) -> ReadTable:
        """The table of a boxed type; `Object` takes any constructor."""
        found = self._tables.get(boxed)
        if found is None:
            found = self._tables.setdefault(boxed, ReadTable(self, boxed))
        return found

    def find(self, constructor_id: int, expected: str) -> Reader:
        types = self.schema.types
        name = types.name_of_id.get(constructor_id)
        if name is None or (expected != "Object" and types[name].result != expected):
            raise UnknownConstructor(constructor_id, expected)
        return self.compile(types[name])

    def compile(self, definition: Definition) -> Reader:
        """The reader of a definition that matches its class field by field, or has fewer optional ones."""
        return self.compile_into(definition, self.classes.of(definition.section, definition.name))

    def compile_into(
        self, definition: Definition, into: type[TlObject], defaults: dict[str, object] | None = None
    ) -> Reader:
        """Compiles a reader that fills `into`.

        A field that the class lacks is read and dropped; one that the definition lacks becomes its default
        (from `defaults`, literals, else False for a mark and None for the rest).
        """
        emitter = ReaderSource(self, definition, into)
        for name, value in _missing(definition, into).items():
            emitter.line(f"o.{name} = {(defaults or {}).get(name, value)!r}")
        return emitter.finish()

    def read_result(self, type_: str, data: bytes) -> Any:
        """Reads a method's result: Bool, a vector or a boxed type that fills `data`; raises like `read_all`."""
        if type_ != "Bool" and not type_.startswith("Vector<"):
            return self.read_all(self.table(type_), data)
        holder = Definition("types", "result", 0, (Field("value", type_),), type_)
        reader = self.compile_into(holder, _Result)
        table = ReadTable(self, type_)
        table[0] = reader
        return self.read_all(table, bytes(4) + data).value

    def read_all(self, table: ReadTable, data: bytes) -> Any:
        """Reads one boxed value that fills `data` exactly; raises Malformed (or UnknownConstructor) otherwise."""
        value, end = self.read_prefix(table, data)
        if end != len(data):
            raise wrong_length(end, data)
        return value

    def read_prefix(self, table: ReadTable, data: bytes) -> tuple[Any, int]:
        """Reads one boxed value at the start of `data`; returns it and its length."""
        try:
            value, end = table[first_id(data, 0)[0]](data, 4, 0)
        except BROKEN as broken:
            raise not_a_value(broken) from None
        if end > len(data):
            raise wrong_length(end, data)
        return value, end


def _missing(definition: Definition, into: type[TlObject]) -> dict[str, object]:
    """Python names of the class's fields that the definition lacks -> False for marks, None for others."""
    present = {field.python_name for field in definition.values}
    return {name: False if name in into.TL_MARKS else None for name in into.TL_FIELDS if name not in present}


class _Result(TlObject):
    """Holds a result that is not an object of its own while it is read."""

    __slots__ = ("value",)
    TL_NAME = "result"
    TL_FIELDS = ("value",)
    value: Any

"""Compiles writers: for each constructor of a layer a Python function, written from its definition on first use.

A writer takes an object and a list of byte strings to append to. Flags are computed from which optional fields
are set, so an object can be written in a layer whose flags stand elsewhere; their place in the list is kept
free and filled when all fields have been seen.
"""

from __future__ import annotations

import struct
from typing import Any

from parley.tl.base import TlFunction, TlObject
from parley.tl.classes import Classes
from parley.tl.definitions import Definition, Schema
from parley.tl.errors import NotInLayer, Unencodable
from parley.tl.writer_source import Parts, Writer, WriterSource, vector_lines


class WriteTable(dict[type, Writer]):
    """Class -> writer, for the constructors of one boxed type in one layer; compiles what it lacks."""

    def __init__(self, writers: Writers, expected: str) -> None:
        super().__init__()
        self._writers = writers
        self._expected = expected

    def __missing__(self, class_: type) -> Writer:
        if not issubclass(class_, TlObject):
            raise Unencodable(f"{class_.__name__} is not a {self._expected}")
        writer = self[class_] = self._writers.find(class_, self._expected)
        return writer


class Writers:
    """The writers of one layer for objects of the canonical classes."""

    droppable: frozenset[str] = frozenset()
    """Types whose values may be left out of a vector when the layer cannot say them."""

    def __init__(self, schema: Schema, classes: Classes) -> None:
        self.schema = schema
        self.classes = classes
        self._tables: dict[str, WriteTable] = {}
        self._vectors: dict[str, Writer] = {}

    def table(self, boxed: str) -> WriteTable:
        """The table of a boxed type; `Object` takes every constructor and method."""
        found = self._tables.get(boxed)
        if found is None:
            found = self._tables.setdefault(boxed, WriteTable(self, boxed))
        return found

    def find(self, class_: type[TlObject], expected: str) -> Writer:
        definition = self.definition_of(class_, expected)
        if definition is None:
            raise NotInLayer(class_.TL_NAME, self.schema.layer)
        return self.compile(definition, class_)

    def definition_of(self, class_: type[TlObject], expected: str) -> Definition | None:
        """The layer's definition of the class's name, after a check that the class belongs where it stands."""
        is_method = issubclass(class_, TlFunction)
        if expected != "Object" and (is_method or expected != class_.TL_TYPE):
            raise Unencodable(f"{class_.TL_NAME} is not a {expected}")
        return (self.schema.functions if is_method else self.schema.types).get(class_.TL_NAME)

    def compile(
        self, definition: Definition, from_: type[TlObject], defaults: dict[str, object] | None = None
    ) -> Writer:
        """Compiles a writer that takes its fields from objects of `from_`.

        A field that the class lacks counts as unset; a required field that is None takes its default from
        `defaults` or raises NotInLayer.
        """
        return WriterSource(self, definition, from_, defaults or {}).finish()

    def write_all(self, table: WriteTable, value: object) -> bytes:
        """The bytes of one boxed value; raises Unencodable (or NotInLayer) if it does not fit."""
        parts: Parts = []
        try:
            table[type(value)](value, parts)
        except _PYTHON_SAYS as error:
            raise refusal(value, error) from error
        return b"".join(parts)

    def write_vector(self, type_: str, values: object) -> bytes:
        """The bytes of a list as a method's result; `type_` is `Vector<…>`."""
        parts: Parts = []
        try:
            self._vector(type_)(values, parts)
        except _PYTHON_SAYS as error:
            raise refusal(values, error) from error
        return b"".join(parts)

    def _vector(self, type_: str) -> Writer:
        found = self._vectors.get(type_)
        if found is None:
            scope: dict[str, Any] = {}
            lines = [f" {line}" for line in vector_lines(self, type_, "v", scope)]
            exec("\n".join(["def write(v, L):", *lines]), scope)  # noqa: S102  # from our own schema files
            found = self._vectors[type_] = scope["write"]
        return found


_PYTHON_SAYS = (struct.error, AttributeError, TypeError, ValueError, KeyError, RecursionError)
"""What a value that does not fit raises inside a writer."""


def refusal(value: object, error: Exception) -> Unencodable:
    """The error for a value that does not fit; it names the constructor and shows no content."""
    name = getattr(type(value), "TL_NAME", type(value).__name__)
    return Unencodable(f"{name}: a field has a wrong type or is out of range ({type(error).__name__})")

"""One codec per layer: reads a client's calls into canonical objects and writes canonical objects for the client.

Telegram's server speaks to each client in the client's layer (core.telegram.org/api/invoking); objects are matched
by constructor name, and `layer_hooks` has what is not a matter of added fields.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

from parley.tl.base import TlFunction, TlObject
from parley.tl.classes import API, Classes
from parley.tl.definitions import CANONICAL_LAYER, Definition, Schema, layer
from parley.tl.differences import reading_gaps, writing_gaps
from parley.tl.errors import NotInLayer, Unencodable, UnknownConstructor
from parley.tl.layer_hooks import DOWN, FALLBACKS, RESULTS, UP, Hook, Old
from parley.tl.layer_tables import CHECKED, DROPPABLE, LOST, NEW_REQUIRED, ONCE_REQUIRED, UNSAYABLE
from parley.tl.reader_source import Reader
from parley.tl.readers import Readers, ReadTable
from parley.tl.wire import BROKEN, first_id, not_a_value, wrong_length
from parley.tl.writer_source import Parts, Writer
from parley.tl.writers import Writers, WriteTable

SUPPORTED = (221, 223, 224, 227, 228, 229)
"""The layers with a schema of their own, oldest first; the last one is canonical."""


class _MethodTable(ReadTable):
    """Constructor id -> reader, for the methods of a layer."""

    def __init__(self, readers: Readers) -> None:
        super().__init__(readers, "method")

    def __missing__(self, constructor_id: int) -> Reader:
        functions = self._readers.schema.functions
        name = functions.name_of_id.get(constructor_id)
        if name is None:
            raise UnknownConstructor(constructor_id, "method")
        reader = self[constructor_id] = self._readers.compile(functions[name])
        return reader


class _OldReaders(Readers):
    """Reads an older layer's bytes into canonical objects."""

    def __init__(self, schema: Schema, classes: Classes, old: Old) -> None:
        super().__init__(schema, classes)
        self._old = old

    def compile(self, definition: Definition) -> Reader:
        name = definition.name
        if self._fits(definition):
            into = self.classes.of(definition.section, name)
            return self.compile_into(definition, into, NEW_REQUIRED.get(name))
        hook = UP.get(name)
        if hook is None:
            raise UnknownConstructor(definition.id, definition.result)
        return _hooked_reader(
            self.compile_into(definition, self._old.classes.of(definition.section, name)), hook, self._old
        )

    def _fits(self, definition: Definition) -> bool:
        """Whether the canonical class can hold what the definition says."""
        name = definition.name
        current = getattr(self.classes.schema, definition.section).get(name)
        if current is None or name in CHECKED or (name in UNSAYABLE and definition != current):
            return False
        return reading_gaps(definition, current).keys() <= (
            NEW_REQUIRED.get(name, {}).keys() | LOST.get(name, set())
        )


def _hooked_reader(inner: Reader, hook: Hook, old: Old) -> Reader:
    def read(data: bytes, at: int, depth: int) -> tuple[Any, int]:
        value, after = inner(data, at, depth)
        return hook(value, old), after

    return read


class _OldWriters(Writers):
    """Writes canonical objects in an older layer's form."""

    droppable = DROPPABLE

    def __init__(self, schema: Schema, classes: Classes, old: Old) -> None:
        super().__init__(schema, classes)
        self._old = old

    def find(self, class_: type[TlObject], expected: str) -> Writer:
        definition = self.definition_of(class_, expected)
        if definition is not None and self._old.classes.owns(class_):
            return self.compile(definition, class_)  # a hook made it, in the layer's own form
        name = class_.TL_NAME
        if definition is not None and self._fits(definition):
            return self.compile(definition, class_, ONCE_REQUIRED.get(name))
        if hook := DOWN.get(name):
            return self._hooked(hook, expected)
        if definition is None and (fallback := FALLBACKS.get(class_.TL_TYPE)):
            return self._hooked(lambda value, _: fallback(value), expected)
        raise NotInLayer(name, self.schema.layer)

    def _fits(self, definition: Definition) -> bool:
        name = definition.name
        current = getattr(self.classes.schema, definition.section)[name]
        if name in UNSAYABLE and definition != current:
            return False
        harmless = NEW_REQUIRED.get(name, {}).keys()
        gaps = {field: gap for field, gap in writing_gaps(definition, current).items() if field not in harmless}
        return all(gap == "is optional, was required" for gap in gaps.values())

    def _hooked(self, hook: Hook, expected: str) -> Writer:
        old, table = self._old, self.table(expected)

        def write(value: Any, parts: Parts) -> None:
            converted = hook(value, old)
            table[type(converted)](converted, parts)

        return write


class LayerCodec:
    """Reads and writes one layer; obtain it from `get`."""

    def __init__(self, number: int) -> None:
        self.layer = number

    @cached_property
    def _schema(self) -> Schema:
        return layer(self.layer)

    @cached_property
    def _old(self) -> Old:
        return Old(self._schema)

    @cached_property
    def _readers(self) -> Readers:
        if self.layer == CANONICAL_LAYER:
            return Readers(self._schema, API)
        return _OldReaders(self._schema, API, self._old)

    @cached_property
    def _writers(self) -> Writers:
        if self.layer == CANONICAL_LAYER:
            return Writers(self._schema, API)
        return _OldWriters(self._schema, API, self._old)

    @cached_property
    def _methods(self) -> ReadTable:
        return _MethodTable(self._readers)

    @cached_property
    def _anything(self) -> WriteTable:
        return self._writers.table("Object")

    def decode_call(self, data: bytes) -> Any:
        """Reads a method call that fills `data` into a canonical function object.

        A wrapper (`invokeWithLayer`, `initConnection`, …) keeps its inner query as bytes, so that it can be read
        with the layer that the wrapper announces. Raises UnknownConstructor for a method that the layer lacks,
        Malformed for anything else that does not fit.
        """
        try:
            call, end = self._methods[first_id(data, 0)[0]](data, 4, 0)
        except BROKEN as broken:
            raise not_a_value(broken) from None
        if end != len(data):
            raise wrong_length(end, data)
        return call

    def decode(self, data: bytes) -> Any:
        """Reads a boxed object of any type that fills `data`; raises like `decode_call`."""
        return self._readers.read_all(self._readers.table("Object"), data)

    def encode(self, value: TlObject) -> bytes:
        """The boxed object (or call) in this layer; raises Unencodable, NotInLayer if the layer cannot say it."""
        return self._writers.write_all(self._anything, value)

    def encode_result(self, function: TlObject, value: object) -> bytes:
        """The answer to `function`: a bool, a list or an object, by the result that the method declares.

        Raises Unencodable if the value is not of that type, NotInLayer if the layer cannot say it.
        """
        result = self.result_type(function)
        hook = RESULTS.get(function.TL_NAME)
        if hook is not None and result != function.TL_TYPE:
            value = hook(value, self._old)
        if result == "Bool":
            return self._encode_bool(function, value)
        if result.startswith("Vector<"):
            return self._writers.write_vector(result, value)
        return self._writers.write_all(self._writers.table(result), value)

    def _encode_bool(self, function: TlObject, value: object) -> bytes:
        if not isinstance(value, bool):
            raise Unencodable(f"{function.TL_NAME} answers with a Bool")
        return _TRUE if value else _FALSE

    def result_type(self, function: TlObject) -> str:
        """The TL type of a call's result in this layer."""
        if not isinstance(function, TlFunction):
            raise Unencodable(f"{function.TL_NAME} is not a method")
        definition = self._schema.functions.get(function.TL_NAME)
        result = definition.result if definition is not None else function.TL_TYPE
        if result == "X":
            raise Unencodable(f"{function.TL_NAME} answers with its inner query's result")
        return result

    def decode_result(self, function: TlObject, data: bytes) -> Any:
        """Reads an answer to `function`, as a client does."""
        result = self.result_type(function)
        return self._readers.read_result(result, data)


_TRUE = (0x997275B5).to_bytes(4, "little")
_FALSE = (0xBC799737).to_bytes(4, "little")


_CODECS = {number: LayerCodec(number) for number in SUPPORTED}


def nearest(number: int) -> int:
    """The supported layer for a client of layer `number`: the highest one not above it, else the oldest."""
    return max((known for known in SUPPORTED if known <= number), default=SUPPORTED[0])


def get(number: int) -> LayerCodec:
    """The codec for a client of that layer; a layer newer than ours is spoken to in ours."""
    return _CODECS.get(number) or _CODECS[nearest(number)]

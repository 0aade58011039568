"""Compiles readers: for each constructor of a layer a Python function, written from its definition on first use.

A reader takes the whole data, a position and the depth so far, and returns the object and the position after it.
It trusts nothing: `struct` and indexing refuse to run past the end, a slice that was cut short leaves a position
beyond the end, which `read_all` refuses. Data must start at a multiple of four, as every TL message does.
"""

from __future__ import annotations

import functools
import itertools
import struct
from collections.abc import Callable
from typing import Any

from parley.tl.base import TlObject
from parley.tl.classes import Classes
from parley.tl.definitions import Definition, Field, Schema
from parley.tl.errors import Malformed, UnknownConstructor

Reader = Callable[[bytes, int, int], tuple[Any, int]]

MAX_DEPTH = 40
"""How deep objects may nest; rich texts and JSON nest freely in the schema, real ones stay below ten."""

VECTOR = 0x1CB5C415
BOOL_TRUE = 0x997275B5
BOOL_FALSE = 0xBC799737

FIXED = {"#": "I", "int": "i", "long": "q", "double": "d", "int128": "16s", "int256": "32s"}
"""TL types of a fixed size -> their format for `struct`."""

first_id = struct.Struct("<I").unpack_from
"""The constructor id at a position, in a tuple."""
_head = struct.Struct("<II").unpack_from


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


def read_long_text(data: bytes, at: int) -> tuple[str, int]:
    value, after = read_long_bytes(data, at)
    return value.decode(), after


def vector_size(data: bytes, at: int, smallest: int) -> int:
    """The item count of a boxed vector; refused if so many items cannot be in what is left."""
    constructor, count = _head(data, at)
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
        emitter = _Emitter(self, definition, into)
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


def _is_boxed(type_: str) -> bool:
    """Whether the type is read by a table: neither a base type nor a vector nor spelled bare."""
    name = type_.rpartition(".")[2]
    return name[0].isupper() and name != "Bool" and "<" not in type_


class _Result(TlObject):
    """Holds a result that is not an object of its own while it is read."""

    __slots__ = ("value",)
    TL_NAME = "result"
    TL_FIELDS = ("value",)
    value: Any


class _Emitter:
    """Writes the source of one reader."""

    def __init__(self, readers: Readers, definition: Definition, into: type[TlObject]) -> None:
        self.readers = readers
        self.into = into
        self.definition = definition
        self.lines: list[str] = []
        self.indent = " "
        self.nests = False
        self.scope: dict[str, Any] = {
            "new": object.__new__, "C": into, "u32": first_id, "long_bytes": read_long_bytes,
            "long_text": read_long_text, "vector_size": vector_size, "bare_vector_size": bare_vector_size,
            "sized": read_sized, "unpack_from": struct.unpack_from, "too_deep": too_deep, "MAX": MAX_DEPTH,
            "BOOL": BoolTable({BOOL_TRUE: True, BOOL_FALSE: False}),
        }  # fmt: skip
        self._write(definition.fields)

    def line(self, text: str) -> None:
        self.lines.append(f"{self.indent}{text}")

    def finish(self) -> Reader:
        guard = " k += 1\n if k > MAX: raise too_deep()\n" if self.nests else ""
        source = f"def read(d, p, k):\n{guard} o = new(C)\n" + "\n".join(self.lines) + "\n return o, p\n"
        exec(compile(source, f"<reader of {self.definition.name}>", "exec"), self.scope)  # noqa: S102
        reader: Reader = self.scope["read"]
        return reader

    def target(self, field: Field) -> str:
        if field.is_flags:
            return field.name
        return f"o.{field.python_name}" if field.python_name in self.into.TL_FIELDS else "dropped"

    def _write(self, fields: tuple[Field, ...]) -> None:
        """Writes required neighbours together, and optional neighbours of one flag word together."""
        for word, group in itertools.groupby(fields, key=lambda field: field.flag and field.flag[0]):
            if word is None:
                self._values(list(group))
            else:
                self._optional(word, list(group))

    def _optional(self, word: str, group: list[Field]) -> None:
        """Most calls set few of the optional fields: one test covers all neighbours."""
        shortcut = len({field.flag for field in group}) > 1
        if shortcut:
            mask = functools.reduce(int.__or__, (1 << field.flag[1] for field in group if field.flag))
            self.line(f"if {word} & {mask}:")
            self.indent += " "
        for bit, run in itertools.groupby(group, key=lambda field: (field.flag, field.is_mark)):
            self._run(list(run), marks=bit[1])
        if shortcut:
            self.indent = self.indent[:-1]
            self.line("else:")
            self.indent += " "
            for marks in (True, False):
                targets = {self.target(field) for field in group if field.is_mark == marks} - {"dropped"}
                if targets:
                    self.line(f"{' = '.join(sorted(targets))} = {False if marks else None}")
            self.line("pass")
            self.indent = self.indent[:-1]

    def _run(self, run: list[Field], marks: bool) -> None:
        """Writes neighbours that are present or absent together."""
        assert run[0].flag is not None
        word, bit = run[0].flag
        if marks:
            for field in run:
                if self.target(field) != "dropped":
                    self.line(f"{self.target(field)} = ({word} & {1 << bit}) != 0")
            return
        self.line(f"if {word} & {1 << bit}:")
        self.indent += " "
        self._values(run)
        self.indent = self.indent[:-1]
        self.line(f"else: {' = '.join(self.target(field) for field in run)} = None")

    def _values(self, run: list[Field]) -> None:
        fixed: list[Field] = []
        for field in run:
            if field.type in FIXED:
                fixed.append(field)
            elif fixed and _is_boxed(field.type):
                self._fixed(fixed, "c")
                fixed = []
                self.line(f"{self.target(field)}, p = {self._table(field.type)}[c](d, p, k)")
            else:
                self._fixed(fixed)
                fixed = []
                self._value(field)
        self._fixed(fixed)

    def _fixed(self, fields: list[Field], constructor: str | None = None) -> None:
        """Reads neighbours of fixed size with one call, and the id of a boxed value after them if asked for."""
        if not fields:
            return
        formats = "".join(FIXED[field.type] for field in fields) + ("I" if constructor else "")
        packed = struct.Struct("<" + formats)
        self.scope[f"u_{formats}"] = packed.unpack_from
        targets = [self.target(field) for field in fields] + ([constructor] if constructor else [])
        comma = "," if len(targets) == 1 else ""
        self.line(f"{', '.join(targets)}{comma} = u_{formats}(d, p); p += {packed.size}")

    def _value(self, field: Field) -> None:
        target = self.target(field)
        if field.type in ("string", "bytes"):
            self._string(target, text=field.type == "string")
        elif field.type in ("rest", "!X"):
            self.line(f"{target} = d[p:]; p = len(d)")
        elif field.type == "sized":
            self.line(f"{target}, p = sized(d, p)")
        elif field.type == "Bool":
            self.line(f"{target} = BOOL[u32(d, p)[0]]; p += 4")
        elif field.type.startswith(("Vector<", "vector<")):
            self._vector(target, field.type)
        else:
            self.line(f"{target}, p = {self._boxed(field.type)}")

    def _string(self, target: str, text: bool) -> None:
        decode = ".decode()" if text else ""
        self.line("n = d[p]")
        self.line("if n < 254:")
        self.line(f" e = p + 1 + n; {target} = d[p + 1:e]{decode}; p = (e + 3) & -4")
        self.line(f"else: {target}, p = {'long_text' if text else 'long_bytes'}(d, p)")

    def _boxed(self, type_: str) -> str:
        """The call that reads one boxed value (or a bare one, spelled `%name`)."""
        self.nests = True
        if type_.startswith("%"):
            name = f"R_{type_[1:]}"
            self.scope[name] = self.readers.compile(self.readers.schema.types[type_[1:]])
            return f"{name}(d, p, k)"
        return f"{self._table(type_)}[u32(d, p)[0]](d, p + 4, k)"

    def _table(self, type_: str) -> str:
        self.nests = True
        name = "T_" + type_.replace(".", "_")
        self.scope[name] = self.readers.table(type_)
        return name

    def _vector(self, target: str, type_: str) -> None:
        bare, inner = type_[0] == "v", type_[7:-1]
        size = {"int": 4, "long": 8, "double": 8}.get(inner)
        smallest = size or 4
        check, head = ("bare_vector_size", 4) if bare else ("vector_size", 8)
        self.line(f"n = {check}(d, p, {smallest}); p += {head}")
        if size is not None:
            self.line(f"{target} = list(unpack_from('<%d{FIXED[inner]}' % n, d, p)); p += {size} * n")
            return
        self.line("a = []")
        self.line("for _ in range(n):")
        if inner in ("string", "bytes"):
            self.line(f" x, p = {'long_text' if inner == 'string' else 'long_bytes'}(d, p); a.append(x)")
        else:
            self.line(f" x, p = {self._boxed(inner)}; a.append(x)")
        self.line(f"{target} = a")

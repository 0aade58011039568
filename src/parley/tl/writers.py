"""Compiles writers: for each constructor of a layer a Python function, written from its definition on first use.

A writer takes an object and a list of byte strings to append to. Flags are computed from which optional fields
are set, so an object can be written in a layer whose flags stand elsewhere; their place in the list is kept
free and filled when all fields have been seen.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

from parley.tl.base import TlFunction, TlObject
from parley.tl.classes import Classes
from parley.tl.definitions import Definition, Field, Schema
from parley.tl.errors import NotInLayer, Unencodable
from parley.tl.readers import BOOL_FALSE, BOOL_TRUE, FIXED, VECTOR

Parts = list[bytes]
Writer = Callable[[Any, Parts], None]

# Struct's Pascal string is a length byte, the content and zeros up to the given size: TL's short string.
_SHORT = [struct.Struct(f"{(size + 4) & -4}p").pack for size in range(254)]
_PADDING = (b"", b"\0\0\0", b"\0\0", b"\0")
_head = struct.Struct("<II").pack
_i32 = struct.Struct("<i").pack
_LONGEST = 1 << 24


def bytes_of(value: bytes) -> bytes:
    """The TL form of a string or bytes: length, content, zeros up to a multiple of four."""
    size = len(value)
    if size < 254:
        return _SHORT[size](value)
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
        return _Emitter(self, definition, from_, defaults or {}).finish()

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
            lines = [f" {line}" for line in _vector_lines(self, type_, "v", scope)]
            exec("\n".join(["def write(v, L):", *lines]), scope)  # noqa: S102  # from our own schema files
            found = self._vectors[type_] = scope["write"]
        return found


_PYTHON_SAYS = (struct.error, AttributeError, TypeError, ValueError, KeyError, RecursionError)
"""What a value that does not fit raises inside a writer."""


def refusal(value: object, error: Exception) -> Unencodable:
    """The error for a value that does not fit; it names the constructor and shows no content."""
    name = getattr(type(value), "TL_NAME", type(value).__name__)
    return Unencodable(f"{name}: a field has a wrong type or is out of range ({type(error).__name__})")


def write_sayable(writers: Writers, type_: str, values: list[TlObject], parts: Parts) -> None:
    """Writes a vector without the items that the layer has no way to say."""
    table = writers.table(type_)
    written: list[Parts] = []
    for value in values:
        item: Parts = []
        try:
            table[type(value)](value, item)
        except NotInLayer:
            continue
        written.append(item)
    parts.append(_head(VECTOR, len(written)))
    for item in written:
        parts.extend(item)


def _vector_lines(writers: Writers, type_: str, source: str, scope: dict[str, Any]) -> list[str]:
    """The lines that write a list."""
    bare, inner = type_[0] == "v", type_[7:-1]
    scope.update(head=_head, pack=struct.pack, i32=_i32)
    if inner in writers.droppable:
        scope.update(write_sayable=write_sayable, writers=writers)
        return [f"write_sayable(writers, {inner!r}, {source}, L)"]
    lines = [f"a = {source}", "L.append(i32(len(a)))" if bare else f"L.append(head({VECTOR}, len(a)))"]
    if inner in FIXED:
        return [*lines, f"L.append(pack('<%d{FIXED[inner]}' % len(a), *a))"]
    if inner in ("string", "bytes"):
        scope.update(text_of=text_of, bytes_of=bytes_of)
        return [*lines, f"for x in a: L.append({'text_of' if inner == 'string' else 'bytes_of'}(x))"]
    return [*lines, f"for x in a: {_boxed_call(writers, inner, 'x', scope)}"]


def _boxed_call(writers: Writers, type_: str, source: str, scope: dict[str, Any]) -> str:
    """The call that writes one boxed value (or a bare one, spelled `%name`)."""
    if type_.startswith("%"):
        definition = writers.schema.types[type_[1:]]
        name = f"W_{type_[1:]}"
        scope[name] = _Emitter(
            writers, definition, writers.classes.of("types", type_[1:]), {}, boxed=False
        ).finish()
        return f"{name}({source}, L)"
    name = "T_" + type_.replace(".", "_")
    scope[name] = writers.table(type_)
    return f"{name}[type({source})]({source}, L)"


class _Emitter:
    """Writes the source of one writer.

    Fields of fixed size wait in `pending` until something of another kind comes, and are then packed by one call.
    """

    def __init__(
        self,
        writers: Writers,
        definition: Definition,
        from_: type[TlObject],
        defaults: dict[str, object],
        boxed: bool = True,
    ) -> None:
        self.writers = writers
        self.definition = definition
        self.from_ = from_
        self.defaults = defaults
        self.lines: list[str] = []
        self.indent = " "
        self.pending: list[tuple[str, str]] = [("I", str(definition.id))] if boxed else []
        self.held: list[str] = []
        self.scope: dict[str, Any] = {
            "text_of": text_of, "bytes_of": bytes_of, "exactly": exactly, "i32": _i32, "SHORT": _SHORT,
            "not_in_layer": self._not_in_layer, "absent": lambda name: refuse_absent(definition, name),
            "BOOL": {True: struct.pack("<I", BOOL_TRUE), False: struct.pack("<I", BOOL_FALSE)},
        }  # fmt: skip

    def _not_in_layer(self, field: str) -> Unencodable:
        name = self.definition.name
        if self.definition.id == self.from_.TL_ID:
            return Unencodable(f"{name}: {field} is missing")
        return NotInLayer(f"{name} without {field}", self.writers.schema.layer)

    def line(self, text: str) -> None:
        self.lines.append(f"{self.indent}{text}")

    def has(self, field: Field) -> bool:
        return field.python_name in self.from_.TL_FIELDS

    def finish(self) -> Writer:
        words = [field.name for field in self.definition.fields if field.is_flags]
        if words:
            self.line(f"{' = '.join(words)} = 0")
        self._marks()
        for field in self.definition.fields:
            if not field.is_mark:
                self._field(field)
        self._flush()
        for held in self.held:
            self.line(held)
        source = "def write(o, L):\n" + ("\n".join(self.lines) or " pass") + "\n"
        exec(compile(source, f"<writer of {self.definition.name}>", "exec"), self.scope)  # noqa: S102
        writer: Writer = self.scope["write"]
        return writer

    def _marks(self) -> None:
        for field in self.definition.values:
            if field.is_mark and field.flag is not None and self.has(field):
                word, bit = field.flag
                self.line(f"if o.{field.python_name}: {word} |= {1 << bit}")

    def _field(self, field: Field) -> None:
        if field.is_flags:
            self.pending.append(("I", field.name))
        elif field.flag is None:
            self._value(field.type, self._required(field))
        elif self._shares_flag(field):
            self._optional_together(field)
        elif self.has(field):
            self._optional(field)

    def _required(self, field: Field) -> str:
        """The expression of a required field's value, with a check where the class knows it as optional."""
        name = field.python_name
        if name in self.defaults:
            self.scope[f"default_{name}"] = self.defaults[name]
        if not self.has(field):
            self._flush()
            self.line(f"raise not_in_layer({name!r})")
            return "None"
        if name not in self.from_.TL_OPTIONAL:
            return f"o.{name}"
        self._flush()
        self.line(f"v_{name} = o.{name}")
        otherwise = f"v_{name} = default_{name}" if name in self.defaults else f"raise not_in_layer({name!r})"
        self.line(f"if v_{name} is None: {otherwise}")
        return f"v_{name}"

    def _optional(self, field: Field) -> None:
        assert field.flag is not None
        word, bit = field.flag
        self._flush()
        self.line(f"v = o.{field.python_name}")
        self.line("if v is not None:")
        self.indent = "  "
        self.line(f"{word} |= {1 << bit}")
        self._value(field.type, "v")
        self._flush()
        self.indent = " "

    def _shares_flag(self, field: Field) -> bool:
        return sum(other.flag == field.flag for other in self.definition.values) > 1

    def _optional_together(self, field: Field) -> None:
        """A field whose flag others set too: it must be there when any of them is."""
        assert field.flag is not None
        sharing = [other for other in self.definition.values if other.flag == field.flag and self.has(other)]
        tests = [f"o.{x.python_name}" + ("" if x.is_mark else " is not None") for x in sharing]
        if not tests:
            return
        word, bit = field.flag
        self._flush()
        self.line(f"if {' or '.join(tests)}:")
        self.indent = "  "
        if not self.has(field):
            self.line(f"raise not_in_layer({field.python_name!r})")
        else:
            self.line(f"{word} |= {1 << bit}; v = o.{field.python_name}")
            self.line(f"if v is None: raise absent({field.python_name!r})")
            self._value(field.type, "v")
        self._flush()
        self.indent = " "

    def _flush(self) -> None:
        """Writes the waiting fields; if flags are among them, keeps their place and writes them at the end."""
        if not self.pending:
            return
        formats = "".join(format_ for format_, _ in self.pending)
        values = [value for _, value in self.pending]
        self.pending = []
        if len(values) == 1 and values[0].isdecimal():
            self.scope[f"c_{values[0]}"] = struct.pack("<I", int(values[0]))
            self.line(f"L.append(c_{values[0]})")
            return
        self.scope[f"p_{formats}"] = struct.Struct(f"<{formats}").pack
        packed = f"p_{formats}({', '.join(values)})"
        if any(value.isidentifier() and value.startswith("flags") for value in values):
            place = f"at{len(self.held)}"
            self.line(f"{place} = len(L); L.append(b'')")
            self.held.append(f"L[{place}] = {packed}")
        else:
            self.line(f"L.append({packed})")

    def _value(self, type_: str, source: str) -> None:
        if type_ in FIXED:
            if type_ in ("int128", "int256"):
                source = f"exactly({source}, {16 if type_ == 'int128' else 32})"
            self.pending.append((FIXED[type_], source))
            return
        self._flush()
        if type_ in ("string", "bytes"):
            self.line(f"b = {source}{'.encode()' if type_ == 'string' else ''}; n = len(b)")
            self.line("L.append(SHORT[n](b) if n < 254 else bytes_of(b))")
        elif type_ in ("rest", "!X"):
            self.line(f"L.append({source})")
        elif type_ == "sized":
            self.line(f"b = {source}; L.append(i32(len(b))); L.append(b)")
        elif type_ == "Bool":
            self.line(f"L.append(BOOL[{source}])")
        elif type_.startswith(("Vector<", "vector<")):
            for line in _vector_lines(self.writers, type_, source, self.scope):
                self.line(line)
        else:
            if not source.isidentifier():
                self.line(f"x = {source}")
                source = "x"
            self.line(_boxed_call(self.writers, type_, source, self.scope))

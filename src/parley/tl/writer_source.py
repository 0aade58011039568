"""Writes the Python source of a writer from a constructor's definition, and compiles it."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from parley.tl.base import TlObject
from parley.tl.definitions import Definition, Field
from parley.tl.errors import NotInLayer, Unencodable
from parley.tl.wire import (
    BOOL_FALSE,
    BOOL_TRUE,
    FIXED,
    SHORT,
    VECTOR,
    bytes_of,
    exactly,
    int_of,
    refuse_absent,
    text_of,
    vector_head,
)

if TYPE_CHECKING:
    from parley.tl.writers import Writers

Parts = list[bytes]
Writer = Callable[[Any, Parts], None]
"""Object and the list that its bytes are appended to."""


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
    parts.append(vector_head(VECTOR, len(written)))
    for item in written:
        parts.extend(item)


def vector_lines(writers: Writers, type_: str, source: str, scope: dict[str, Any]) -> list[str]:
    """The lines that write a list."""
    bare, inner = type_[0] == "v", type_[7:-1]
    scope.update(head=vector_head, pack=struct.pack, i32=int_of)
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
        scope[name] = WriterSource(
            writers, definition, writers.classes.of("types", type_[1:]), {}, boxed=False
        ).finish()
        return f"{name}({source}, L)"
    name = "T_" + type_.replace(".", "_")
    scope[name] = writers.table(type_)
    return f"{name}[type({source})]({source}, L)"


class WriterSource:
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
            "text_of": text_of, "bytes_of": bytes_of, "exactly": exactly, "i32": int_of, "SHORT": SHORT,
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
            for line in vector_lines(self.writers, type_, source, self.scope):
                self.line(line)
        else:
            if not source.isidentifier():
                self.line(f"x = {source}")
                source = "x"
            self.line(_boxed_call(self.writers, type_, source, self.scope))

"""Writes the Python source of a reader from a constructor's definition, and compiles it."""

from __future__ import annotations

import functools
import itertools
import struct
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from parley.tl.base import TlObject
from parley.tl.definitions import Definition, Field
from parley.tl.wire import (
    BOOL_FALSE,
    BOOL_TRUE,
    FIXED,
    MAX_DEPTH,
    BoolTable,
    bare_vector_size,
    first_id,
    no_zero,
    read_long_bytes,
    read_long_text,
    read_sized,
    too_deep,
    vector_size,
)

if TYPE_CHECKING:
    from parley.tl.readers import Readers

Reader = Callable[[bytes, int, int], tuple[Any, int]]
"""Data, position and depth -> object and the position after it."""


def _is_boxed(type_: str) -> bool:
    """Whether the type is read by a table: neither a base type nor a vector nor spelled bare."""
    name = type_.rpartition(".")[2]
    return name[0].isupper() and name != "Bool" and "<" not in type_


class ReaderSource:
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
            "long_text": read_long_text, "no_zero": no_zero, "vector_size": vector_size,
            "bare_vector_size": bare_vector_size, "sized": read_sized, "unpack_from": struct.unpack_from,
            "too_deep": too_deep, "MAX": MAX_DEPTH, "BOOL": BoolTable({BOOL_TRUE: True, BOOL_FALSE: False}),
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
        decode, check = (".decode()", f"; '\\0' in {target} and no_zero()") if text else ("", "")
        self.line("n = d[p]")
        self.line("if n < 254:")
        self.line(f" e = p + 1 + n; {target} = d[p + 1:e]{decode}; p = (e + 3) & -4{check}")
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

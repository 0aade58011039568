"""Reads the compact schema files into definitions of constructors and methods, one line at a time and on demand.

A file is indexed by name with one regular expression; a line is parsed when somebody asks for it, because a
process uses a few hundred of the 2,400 definitions.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

SCHEMA = Path(__file__).parent / "schema"
CANONICAL_LAYER = 229

_NAME = re.compile(r"^([\w.]+)#", re.MULTILINE)
_GONE = re.compile(r"^-([\w.]+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Field:
    """One field; `flag` is (flags field, bit) of an optional one, `type` the TL type without the predicate."""

    name: str
    type: str
    flag: tuple[str, int] | None = None

    @property
    def python_name(self) -> str:
        """The attribute's name: TL's, with an underscore after a Python keyword and after `self`."""
        return python_name(self.name)

    @property
    def is_flags(self) -> bool:
        return self.type == "#"

    @property
    def is_mark(self) -> bool:
        """True for `flags.N?true`: a bit and no bytes."""
        return self.type == "true"


@dataclass(frozen=True, slots=True)
class Definition:
    """A constructor (`section` "types") or method ("functions") of one layer."""

    section: str
    name: str
    id: int
    fields: tuple[Field, ...]
    result: str

    @property
    def class_name(self) -> str:
        """The Python class's name without the namespace."""
        return capitalised(self.name.rpartition(".")[2])

    @property
    def values(self) -> tuple[Field, ...]:
        """The fields that an object carries: all but the flag words."""
        return tuple(field for field in self.fields if not field.is_flags)


def capitalised(name: str) -> str:
    """`sendMessage` -> `SendMessage`; the rest of the name stays as it is."""
    return name[0].upper() + name[1:]


def python_name(name: str) -> str:
    return f"{name}_" if keyword.iskeyword(name) or name == "self" else name


def parse(section: str, line: str) -> Definition:
    """Parses one compact line, `name#id field:type … = Result`."""
    head, *middle, _, result = line.split(" ")
    name, _, number = head.partition("#")
    return Definition(section, name, int(number, 16), tuple(_field(part) for part in middle), result)


def _field(part: str) -> Field:
    name, _, spelled = part.partition(":")
    predicate, mark, type_ = spelled.partition("?")
    if not mark:
        return Field(name, spelled)
    word, _, bit = predicate.partition(".")
    return Field(name, type_, (word, int(bit)))


class Section:
    """One half of a schema, constructors or methods: name -> definition, parsed on demand."""

    def __init__(self, kind: str, lines: dict[str, str]) -> None:
        self.kind = kind
        self._lines = lines
        self._parsed: dict[str, Definition] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._lines

    def __iter__(self) -> Iterator[str]:
        return iter(self._lines)

    def __getitem__(self, name: str) -> Definition:
        found = self._parsed.get(name)
        if found is None:
            found = self._parsed[name] = parse(self.kind, self._lines[name])
        return found

    def get(self, name: str) -> Definition | None:
        return self[name] if name in self._lines else None

    @cached_property
    def name_of_id(self) -> dict[int, str]:
        """Constructor id -> name."""
        return {int(line[len(name) + 1 : len(name) + 9], 16): name for name, line in self._lines.items()}

    @cached_property
    def names_of_result(self) -> dict[str, list[str]]:
        """Boxed type -> its constructors (for methods: result -> methods)."""
        grouped: dict[str, list[str]] = {}
        for name, line in self._lines.items():
            grouped.setdefault(line[line.rindex(" ") + 1 :], []).append(name)
        return grouped

    @cached_property
    def name_of_class(self) -> dict[str, str]:
        """`messages.Dialogs` -> `messages.dialogs`."""
        return {_class_path(name): name for name in self._lines}

    @property
    def namespaces(self) -> frozenset[str]:
        return frozenset(name.partition(".")[0] for name in self._lines if "." in name)


def _class_path(name: str) -> str:
    namespace, dot, short = name.rpartition(".")
    return f"{namespace}{dot}{capitalised(short)}"


@dataclass(frozen=True, slots=True)
class Schema:
    """Everything that one layer (or MTProto itself, layer 0) defines."""

    layer: int
    types: Section
    functions: Section


def _sections(text: str) -> tuple[str, str]:
    types, _, functions = text.partition("---functions---\n")
    return types, functions


def _index(text: str) -> dict[str, str]:
    lines = {}
    for match in _NAME.finditer(text):
        lines[match[1]] = text[match.start() : text.index("\n", match.end())]
    return lines


def _changed(lines: dict[str, str], difference: str) -> dict[str, str]:
    gone = set(_GONE.findall(difference))
    return {name: line for name, line in lines.items() if name not in gone} | _index(difference)


@cache
def canonical() -> Schema:
    """The layer whose classes the program uses."""
    types, functions = _sections((SCHEMA / f"api_{CANONICAL_LAYER}.tl").read_text(encoding="utf-8"))
    return Schema(CANONICAL_LAYER, Section("types", _index(types)), Section("functions", _index(functions)))


@cache
def service() -> Schema:
    """MTProto's own constructors and methods (core.telegram.org/mtproto), the same in every layer."""
    types, functions = _sections((SCHEMA / "mtproto.tl").read_text(encoding="utf-8"))
    return Schema(0, Section("types", _index(types)), Section("functions", _index(functions)))


@cache
def layer(number: int) -> Schema:
    """A supported layer: the canonical one with the layer's differences applied."""
    if number == CANONICAL_LAYER:
        return canonical()
    types, functions = _sections((SCHEMA / f"api_{number}.diff").read_text(encoding="utf-8"))
    base = canonical()
    return Schema(
        number,
        Section("types", _changed(base.types._lines, types)),
        Section("functions", _changed(base.functions._lines, functions)),
    )

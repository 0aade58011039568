"""Makes the Python class of a constructor, method or boxed type when somebody first asks for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from parley.tl.base import TlFunction, TlObject
from parley.tl.definitions import Definition, Schema, Section, canonical, capitalised, service

_MODULES = {"types": "parley.tl.types", "functions": "parley.tl.functions"}


def _initialiser(definition: Definition) -> Callable[..., None]:
    """Writes a keyword-only `__init__`: marks default to False, other optional fields to None."""
    arguments, body = [], []
    for field in definition.values:
        name = field.python_name
        default = "" if field.flag is None else ("=False" if field.is_mark else "=None")
        arguments.append(f"{name}{default}")
        body.append(f" _.{name} = {name}")
    head = f"def __init__(_, *, {', '.join(arguments)}):\n" if arguments else "def __init__(_): pass\n"
    scope: dict[str, Any] = {}
    exec(head + "\n".join(body), scope)  # noqa: S102  # written from our own schema files
    made: Callable[..., None] = scope["__init__"]
    return made


class Classes:
    """The classes of one schema; each is made once and kept."""

    def __init__(self, schema: Callable[[], Schema], modules: dict[str, str]) -> None:
        self._schema = schema
        self._modules = modules
        self._made: dict[tuple[str, str], type[TlObject]] = {}
        self._boxed: dict[str, type[TlObject]] = {}

    @property
    def schema(self) -> Schema:
        return self._schema()

    def boxed(self, name: str) -> type[TlObject]:
        """The abstract class of a boxed type: `TypePeer` for `Peer`, base of its constructors' classes."""
        found = self._boxed.get(name)
        if found is None:
            namespace, dot, short = name.rpartition(".")
            path = f"{namespace}{dot}Type{capitalised(short)}"
            body = {"__slots__": (), "__module__": self._modules["types"], "__qualname__": path, "TL_TYPE": name}
            found = self._boxed.setdefault(name, type(path.rpartition(".")[2], (TlObject,), body))
        return found

    def of(self, section: str, name: str) -> type[TlObject]:
        """The class of a constructor ("types") or method ("functions"); KeyError if there is none of that name."""
        found = self._made.get((section, name))
        if found is None:
            definition = getattr(self.schema, section)[name]
            found = self._made.setdefault((section, name), self._make(definition))
        return found

    def owns(self, class_: type[TlObject]) -> bool:
        """Whether the class was made here, and not from another layer's schema."""
        return class_ in self._made.values()

    def _make(self, definition: Definition) -> type[TlObject]:
        names = tuple(field.python_name for field in definition.values)
        base = self.boxed(definition.result) if definition.section == "types" else TlFunction
        namespace, dot, _ = definition.name.rpartition(".")
        body = {
            "__slots__": names,
            "__module__": self._modules[definition.section],
            "__qualname__": f"{namespace}{dot}{definition.class_name}",
            "__init__": _initialiser(definition),
            "TL_NAME": definition.name,
            "TL_ID": definition.id,
            "TL_TYPE": definition.result,
            "TL_FIELDS": names,
            "TL_MARKS": frozenset(field.python_name for field in definition.values if field.is_mark),
            "TL_OPTIONAL": frozenset(
                field.python_name for field in definition.values if field.flag is not None and not field.is_mark
            ),
        }
        return type(definition.class_name, (base,), body)


API = Classes(canonical, _MODULES)
"""The classes of the canonical layer."""

MTPROTO = Classes(service, dict.fromkeys(_MODULES, "parley.tl.service"))
"""The classes of MTProto's own schema."""


class Namespace:
    """What `types.messages` is: the classes of one namespace, looked up by attribute and then kept."""

    def __init__(self, classes: Classes, section: str, prefix: str) -> None:
        self._classes = classes
        self._section = section
        self._prefix = prefix

    def __getattr__(self, attribute: str) -> type[TlObject]:
        found = lookup(self._classes, self._section, f"{self._prefix}.{attribute}")
        setattr(self, attribute, found)
        return found

    def __repr__(self) -> str:
        return f"<TL namespace {self._prefix}>"


def lookup(classes: Classes, section: str, path: str) -> type[TlObject]:
    """The class at a Python path such as `messages.Dialogs` or `TypePeer`; AttributeError if there is none."""
    half: Section = getattr(classes.schema, section)
    name = half.name_of_class.get(path)
    if name is not None:
        return classes.of(section, name)
    boxed = boxed_type(half, path)
    if section == "types" and boxed is not None:
        return classes.boxed(boxed)
    raise AttributeError(f"the {section} of layer {classes.schema.layer} have no {path}")


def boxed_type(half: Section, path: str) -> str | None:
    """`messages.TypeDialogs` -> `messages.Dialogs`, if the schema has such a type."""
    namespace, dot, short = path.rpartition(".")
    name = f"{namespace}{dot}{short.removeprefix('Type')}"
    return name if short.startswith("Type") and name in half.names_of_result else None

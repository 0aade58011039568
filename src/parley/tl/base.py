"""The base of every TL object: equality by fields, and a repr that never shows what people wrote."""

from __future__ import annotations

from typing import Any, ClassVar, Self

_SHOWN_ITEMS = 3


def _shown(value: object) -> str:
    """Numbers, marks and structure; of texts, binary data and coordinates only that they are there."""
    if isinstance(value, str | bytes):
        return f"<{type(value).__name__} {len(value)}>"
    if isinstance(value, float):
        return "<float>"
    if isinstance(value, list):
        items = [_shown(item) for item in value[:_SHOWN_ITEMS]]
        more = len(value) - _SHOWN_ITEMS
        return f"[{', '.join(items)}{f', +{more}' if more > 0 else ''}]"
    return repr(value)


class TlObject:
    """A constructor of the schema; compared by its fields and mutable, so not hashable."""

    __slots__ = ()

    TL_NAME: ClassVar[str]
    TL_ID: ClassVar[int]
    TL_TYPE: ClassVar[str]
    """The boxed type that it belongs to; a method's is the type of its result."""
    TL_FIELDS: ClassVar[tuple[str, ...]] = ()
    """Python names of the fields, in the schema's order."""
    TL_MARKS: ClassVar[frozenset[str]] = frozenset()
    """Those of the fields that are marks: a flag and no value."""
    TL_OPTIONAL: ClassVar[frozenset[str]] = frozenset()
    """Those of the fields that may be None."""

    def __init__(self, **fields: Any) -> None:
        raise TypeError("a TL type has no values of its own; use one of its constructors")

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in self.TL_FIELDS)

    __hash__ = None  # type: ignore[assignment]  # the objects are mutable

    def __repr__(self) -> str:
        shown = []
        for name in self.TL_FIELDS:
            value = getattr(self, name)
            if value is not None and value is not False:
                shown.append(f"{name}={_shown(value)}")
        return f"{self.TL_NAME}({', '.join(shown)})"

    def replaced(self, **changes: Any) -> Self:
        """A shallow copy with some fields changed."""
        fields = {name: getattr(self, name) for name in self.TL_FIELDS}
        return type(self)(**(fields | changes))


class TlFunction(TlObject):
    """A method of the schema."""

    __slots__ = ()

"""What keeps an older definition from being read into, or written from, the canonical class field by field.

Everything else is additive: a field that one side lacks is unset there, and flags are computed anew.
"""

from __future__ import annotations

from parley.tl.definitions import Definition, Field


def _fields(definition: Definition) -> dict[str, Field]:
    return {field.name: field for field in definition.values}


def reading_gaps(old: Definition, canonical: Definition) -> dict[str, str]:
    """Field -> why an object of `old` cannot simply be read into the canonical class."""
    before, gaps = _fields(old), {}
    for name, field in _fields(canonical).items():
        was = before.get(name)
        if was is None and field.flag is None:
            gaps[name] = f"{field.type} is required and new"
        elif was is not None and was.type != field.type:
            gaps[name] = f"was {was.type}, is {field.type}"
        elif was is not None and was.flag is not None and field.flag is None:
            gaps[name] = "was optional, is required"
    for name in before.keys() - _fields(canonical).keys():
        gaps[name] = "would be lost"
    return gaps


def writing_gaps(old: Definition, canonical: Definition) -> dict[str, str]:
    """Field -> why the canonical object cannot simply be written in the old form."""
    now, gaps = _fields(canonical), {}
    for name, was in _fields(old).items():
        field = now.get(name)
        if field is None and was.flag is None:
            gaps[name] = f"{was.type} was required and is gone"
        elif field is not None and was.type != field.type:
            gaps[name] = f"is {field.type}, was {was.type}"
        elif field is not None and field.flag is not None and was.flag is None:
            gaps[name] = "is optional, was required"
    for name, field in now.items():
        if field.flag is None and name not in _fields(old):
            gaps[name] = "is required and would be lost"
    return gaps

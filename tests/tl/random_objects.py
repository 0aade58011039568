"""Builds random objects of the canonical classes from their definitions, for tests of the codec."""

from __future__ import annotations

import random
from functools import cache
from typing import Any

from parley.tl.base import TlObject
from parley.tl.classes import API
from parley.tl.definitions import Definition, Field, canonical

DEEP = 3


@cache
def least_depths() -> dict[str, int]:
    """How deep an object of each constructor must nest at least, so that building ends."""
    types, depths = canonical().types, {}
    before = -1
    while before < len(depths):
        before = len(depths)
        for name in types:
            needs = [_least(field, depths) for field in types[name].values if field.flag is None]
            if None not in needs:
                depths[name] = 1 + max([need or 0 for need in needs], default=0)
    return depths


def _least(field: Field, depths: dict[str, int]) -> int | None:
    names = canonical().types.names_of_result.get(field.type)
    if names is None:
        return 0
    return min((depths[name] for name in names if name in depths), default=None)


def build(definition: Definition, pick: random.Random, depth: int = 0) -> TlObject:
    """An object with random values; optional fields that share a flag are there together or not at all."""
    fields: dict[str, Any] = {}
    present: dict[tuple[str, int], bool] = {}
    for field in definition.values:
        if field.flag is not None and not present.setdefault(field.flag, depth < DEEP and pick.random() < 0.4):
            continue
        fields[field.python_name] = True if field.flag and field.type == "Bool" else value(field.type, pick, depth)
    return API.of(definition.section, definition.name)(**fields)


def value(type_: str, pick: random.Random, depth: int) -> Any:
    """A random value of a TL type."""
    if type_.startswith("Vector<"):
        count = pick.randrange(3) if depth < DEEP else 0
        return [value(type_[7:-1], pick, depth + 1) for _ in range(count)]
    names = canonical().types.names_of_result.get(type_)
    if names is None:
        return plain(type_, pick)
    if depth + 1 >= DEEP:
        least = min(least_depths()[name] for name in names)
        names = [name for name in names if least_depths()[name] == least]
    return build(canonical().types[pick.choice(names)], pick, depth + 1)


def plain(type_: str, pick: random.Random) -> Any:
    match type_:
        case "true":
            return True
        case "Bool":
            return pick.random() < 0.5
        case "int":
            return pick.choice((0, 1, pick.getrandbits(31)))
        case "long":
            return pick.choice((0, 1, -1, pick.getrandbits(63), -(2**63)))
        case "double":
            return pick.getrandbits(20) / 16
        case "string":
            return "".join(pick.choice("aß漢😀 ") for _ in range(pick.choice((0, 1, 3, 8, 300))))
        case "bytes":
            return pick.randbytes(pick.choice((0, 1, 3, 8, 253, 254, 300)))
        case "int128" | "int256":
            return pick.randbytes(16 if type_ == "int128" else 32)
        case "!X":
            return bytes.fromhex("6b18f9c4")  # help.getConfig
    raise AssertionError(type_)

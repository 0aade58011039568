"""Which function answers which method: one decorator fills one table, and the table is the list of what we have."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from parley import rpc
from parley.rpc.context import Context

R = TypeVar("R")
Handler = Callable[[Context, Any], Awaitable[object]]

#: Packages of this room that hold no methods.
_NO_FAMILY = frozenset({"convert", "push"})


@dataclass(frozen=True, slots=True)
class Method:
    """One method: its Telegram name, its function, and whether a key without an account may call it."""

    name: str
    handler: Handler
    anonymous: bool


METHODS: dict[str, Method] = {}


def method(
    name: str, *, anonymous: bool = False
) -> Callable[[Callable[[Context, R], Awaitable[object]]], Callable[[Context, R], Awaitable[object]]]:
    """Register the decorated function as the answer to the method `name` (such as `messages.sendMessage`).

    `anonymous` methods answer before sign-in; core.telegram.org/api/auth lists them.
    """

    def register(function: Callable[[Context, R], Awaitable[object]]) -> Callable[[Context, R], Awaitable[object]]:
        if name in METHODS:
            raise ValueError(f"{name} has two functions")
        METHODS[name] = Method(name, function, anonymous)
        return function

    return register


def load() -> dict[str, Method]:
    """Import every family and give the filled table."""
    for family in pkgutil.iter_modules(rpc.__path__):
        if family.ispkg and family.name not in _NO_FAMILY:
            package = importlib.import_module(f"parley.rpc.{family.name}")
            for module in pkgutil.iter_modules(package.__path__):
                importlib.import_module(f"parley.rpc.{family.name}.{module.name}")
    return METHODS

"""Waits for conditions, never for time: what one person does reaches the other a moment later."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

T = TypeVar("T")

LIMIT_S = 60.0
"""How long anything may take on a machine that is busy with other work; only what never comes takes as long."""


async def until(
    read: Callable[[], Awaitable[T] | T], fits: Callable[[T], Any] = bool, limit_s: float = LIMIT_S, what: str = ""
) -> T:
    """Read again and again until the answer, awaited where it must be, fits; it is an error when it never does."""
    seen: T | None = None
    try:
        async with asyncio.timeout(limit_s):
            while True:
                answer = read()
                seen = await answer if inspect.isawaitable(answer) else answer
                if fits(seen):
                    return seen
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise AssertionError(f"{what or 'the condition'} did not come within {limit_s} s; last: {seen!r}") from None


async def heard(queue: asyncio.Queue[T], what: str = "the next of what is told") -> T:
    """What comes next in a queue; it is an error when nothing does."""
    try:
        return await asyncio.wait_for(queue.get(), LIMIT_S)
    except TimeoutError:
        raise AssertionError(f"{what} did not come within {LIMIT_S} s") from None

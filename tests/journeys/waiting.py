"""Waits for conditions, never for time: what one person does reaches the other a moment later."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")


async def until(
    read: Callable[[], Awaitable[T]], fits: Callable[[T], bool] = bool, limit_s: float = 20.0, what: str = ""
) -> T:
    """Read again and again until the answer fits; it is an error when it never does."""
    seen: T | None = None
    try:
        async with asyncio.timeout(limit_s):
            while True:
                seen = await read()
                if fits(seen):
                    return seen
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise AssertionError(f"{what or 'the condition'} did not come within {limit_s} s; last: {seen!r}") from None

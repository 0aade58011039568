"""The one supervised group in which background tasks run.

A task that dies of an error is logged with its name and restarted when it was started as a `service`, so
that no work disappears silently; nothing else in the program calls `asyncio.create_task`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from types import TracebackType
from typing import Any, Self

_log = logging.getLogger(__name__)
_RESTART_DELAY_S = (0.1, 0.5, 2.0, 10.0)


class Supervisor:
    """Runs background tasks and ends them all when the program ends."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    def once(self, name: str, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run `work` to its end; an error is logged and ends this task alone."""
        return self._start(name, self._logged(name, work))

    def service(self, name: str, work: Callable[[], Awaitable[None]]) -> asyncio.Task[None]:
        """Run `work` for as long as the program lives, restarting it with growing pauses after errors."""
        return self._start(name, self._forever(name, work))

    async def stop(self) -> None:
        """Cancel what still runs and wait for it."""
        tasks = [task for task in self._tasks if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _start(self, name: str, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _logged(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Exception:
            _log.exception("background task %s failed", name)

    async def _forever(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        failures = 0
        while True:
            try:
                await work()
            except Exception:
                _log.exception("background service %s failed; it starts again", name)
                await asyncio.sleep(_RESTART_DELAY_S[min(failures, len(_RESTART_DELAY_S) - 1)])
                failures += 1
            else:
                return

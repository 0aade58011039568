"""The measured server: `parley serve` as it is, which besides counts its statements and can be profiled.

The benchmark starts it as a process of its own. On SIGUSR1 it writes the statements counted so far, by their text,
into the file that `PARLEY_BENCH_STATEMENTS` names. With `PARLEY_BENCH_PROFILE` SIGUSR2 begins and ends a profile of
the event loop's thread, in processor time, which is written when the server ends.
"""

from __future__ import annotations

import cProfile
import json
import os
import signal
import sys
import time
from collections import Counter
from pathlib import Path
from types import FrameType
from typing import Any

from parley.app.cli import main
from parley.storage import database

STATEMENTS, PROFILE = "PARLEY_BENCH_STATEMENTS", "PARLEY_BENCH_PROFILE"
_sent: Counter[str] = Counter()


class _Counting(database.Connection):
    """Counts every statement that is sent, also those inside transactions."""

    __slots__ = ()

    async def fetch(self, query: str, *args: Any, **options: Any) -> Any:
        _sent[query] += 1
        return await super().fetch(query, *args, **options)

    async def fetchrow(self, query: str, *args: Any, **options: Any) -> Any:
        _sent[query] += 1
        return await super().fetchrow(query, *args, **options)

    async def fetchval(self, query: str, *args: Any, **options: Any) -> Any:
        _sent[query] += 1
        return await super().fetchval(query, *args, **options)

    async def execute(self, query: str, *args: Any, **options: Any) -> Any:
        _sent[query] += 1
        return await super().execute(query, *args, **options)

    async def executemany(self, command: str, args: Any, **options: Any) -> Any:
        _sent[command] += 1
        return await super().executemany(command, args, **options)


def _tell(number: int, frame: FrameType | None) -> None:
    path = Path(os.environ[STATEMENTS])
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps(_sent))
    draft.replace(path)


def run(arguments: list[str]) -> int:
    """Serve until told to stop; the exit code."""
    if STATEMENTS in os.environ:
        database.Database.connection_class = _Counting
        signal.signal(signal.SIGUSR1, _tell)
    if PROFILE not in os.environ:
        return main(["serve", *arguments])
    profile = cProfile.Profile(time.thread_time)
    signal.signal(signal.SIGUSR2, _Switch(profile))
    try:
        return main(["serve", *arguments])
    finally:
        profile.dump_stats(os.environ[PROFILE])


class _Switch:
    """Turns a profile on, and off again."""

    def __init__(self, profile: cProfile.Profile) -> None:
        self._profile = profile
        self._on = False

    def __call__(self, number: int, frame: FrameType | None) -> None:
        self._on = not self._on
        if self._on:
            self._profile.enable()
        else:
            self._profile.disable()


if __name__ == "__main__":
    raise SystemExit(run(sys.argv[1:]))

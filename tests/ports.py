"""Ports that stay a test's own: what is started on one later, or again, finds it free."""

from __future__ import annotations

import fcntl
import os
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
_FIRST, _LAST = 10_000, 65_535
_held: list[TextIO] = []


def free_port() -> int:
    """A port that nobody listens on, and that is nobody else's until this process ends.

    The system gives it to nobody who asks for any port, and other runs of the tests respect the lock of its file.
    """
    folder = Path(tempfile.gettempdir()) / f"parley-test-ports-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    for port in _never_given():
        lock = (folder / str(port)).open("a")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", port))
        except OSError:
            lock.close()
            continue
        _held.append(lock)
        return port
    raise AssertionError("no port is free")


def _never_given() -> Iterator[int]:
    """The ports outside of those that the system gives to whoever asks for any."""
    given = _RANGE.read_text().split() if _RANGE.exists() else ("32768", "65535")
    low, high = int(given[0]), int(given[1])
    return (port for port in range(_FIRST, _LAST + 1) if not low <= port <= high)

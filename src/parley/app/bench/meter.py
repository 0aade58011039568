"""What the server's processes use, read from /proc: processor time of Python and of PostgreSQL, and memory.

Source: proc_pid_stat(5), proc_pid_smaps(5). Processor time has the resolution of the kernel's clock tick (mostly
10 ms), so a figure needs seconds of load. PSS counts a shared page by the share of each process that maps it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_TICK_S = 1 / os.sysconf("SC_CLK_TCK")
_PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Usage:
    """Processor time so far, in seconds."""

    python_s: float
    postgres_s: float

    def __sub__(self, earlier: Usage) -> Usage:
        return Usage(self.python_s - earlier.python_s, self.postgres_s - earlier.postgres_s)

    @property
    def total_s(self) -> float:
        """Both together."""
        return self.python_s + self.postgres_s


@dataclass(frozen=True, slots=True)
class Memory:
    """Proportional set sizes in MB (10^6 bytes)."""

    python_mb: float
    postgres_mb: float

    @property
    def total_mb(self) -> float:
        """Both together."""
        return self.python_mb + self.postgres_mb


@dataclass(frozen=True, slots=True)
class _Stat:
    pid: int
    name: str
    parent: int
    own_s: float
    ended_children_s: float


class Meter:
    """Reads what a server and everything that it started uses."""

    def __init__(self, server_pid: int) -> None:
        self._server = server_pid

    def usage(self) -> Usage:
        """Sum up processor time; that of children which have ended is in their parent's figures."""
        python = postgres = 0.0
        for stat in self._family():
            spent = stat.own_s + stat.ended_children_s
            if stat.name == "postgres":
                postgres += spent
            else:
                python += spent
        return Usage(python, postgres)

    def memory(self) -> Memory:
        """Sum up memory."""
        sizes = {"postgres": 0.0, "python": 0.0}
        for stat in self._family():
            sizes["postgres" if stat.name == "postgres" else "python"] += _pss_mb(stat.pid)
        return Memory(sizes["python"], sizes["postgres"])

    def _family(self) -> Iterator[_Stat]:
        stats = {stat.pid: stat for stat in _processes()}
        for stat in stats.values():
            ancestor: _Stat | None = stat
            while ancestor is not None and ancestor.pid != self._server:
                ancestor = stats.get(ancestor.parent)
            if ancestor is not None:
                yield stat


def _processes() -> Iterator[_Stat]:
    for entry in _PROC.iterdir():
        if not entry.name.isdigit():
            continue
        try:
            text = (entry / "stat").read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue  # it ended while we looked
        head, _, rest = text.rpartition(")")
        fields = rest.split()
        user, system, children_user, children_system = (int(field) * _TICK_S for field in fields[11:15])
        yield _Stat(
            pid=int(entry.name),
            name=head.partition("(")[2],
            parent=int(fields[1]),
            own_s=user + system,
            ended_children_s=children_user + children_system,
        )


def _pss_mb(pid: int) -> float:
    try:
        lines = (_PROC / str(pid) / "smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    sizes = (int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return sum(sizes) * 1024 / 1e6

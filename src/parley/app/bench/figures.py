"""The figures of one benchmark and the JSON object that it prints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from parley.app.bench.meter import Memory, Usage


@dataclass(frozen=True, slots=True)
class Figures:
    """What was done in how many seconds, how long each took (seconds), and what the server used for it."""

    name: str
    ops: int
    seconds: float
    latencies: Sequence[float]
    usage: Usage
    memory: Memory
    more: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Give the printed object; times in milliseconds, memory in MB."""
        ops = max(1, self.ops)
        return {
            "name": self.name,
            "ops": self.ops,
            "seconds": round(self.seconds, 3),
            "ops_per_s": round(self.ops / self.seconds, 1),
            "p50_ms": round(percentile(self.latencies, 50) * 1e3, 3),
            "p99_ms": round(percentile(self.latencies, 99) * 1e3, 3),
            "server_cpu_ms_per_op": round(self.usage.total_s * 1e3 / ops, 4),
            "python_cpu_ms_per_op": round(self.usage.python_s * 1e3 / ops, 4),
            "postgres_cpu_ms_per_op": round(self.usage.postgres_s * 1e3 / ops, 4),
            "pss_mb": round(self.memory.total_mb, 1),
            "python_pss_mb": round(self.memory.python_mb, 1),
            "postgres_pss_mb": round(self.memory.postgres_mb, 1),
            **self.more,
        }


def percentile(values: Sequence[float], share: float) -> float:
    """Give the value that `share` percent of the values do not exceed; 0.0 where there are none."""
    if not values:
        return 0.0
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share / 100))]

"""A small registry of figures in Prometheus' text format (version 0.0.4).

Rooms give sources; nothing is collected until somebody asks. Label values come from fixed sets of words in the
code, never from data about people.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field

_NAME = re.compile(r"[a-z_][a-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Sample:
    """One figure; `labels` have fixed words as values."""

    value: float
    labels: Mapping[str, str] = field(default_factory=dict)


Source = Callable[[], Awaitable[Iterable[Sample]]]


@dataclass(frozen=True, slots=True)
class Metric:
    """A named figure: `kind` is `gauge` or `counter`, `source` gives its samples when asked."""

    name: str
    kind: str
    help: str
    source: Source


class Registry:
    """Collects the metrics of all rooms."""

    def __init__(self) -> None:
        self._metrics: dict[str, Metric] = {}

    def add(self, metric: Metric) -> None:
        """Register a metric.

        Raises:
            ValueError: the name is malformed or taken.
        """
        if not _NAME.fullmatch(metric.name) or metric.name in self._metrics:
            raise ValueError(f"metric name {metric.name!r} is malformed or taken")
        self._metrics[metric.name] = metric

    def gauge(self, name: str, help_text: str, read: Callable[[], float]) -> None:
        """Register a gauge that is read from memory."""
        self.add(Metric(name, "gauge", help_text, _one(read)))

    def counter(self, name: str, help_text: str, read: Callable[[], float]) -> None:
        """Register a counter that is read from memory."""
        self.add(Metric(name, "counter", help_text, _one(read)))

    async def text(self) -> str:
        """Write all figures."""
        return "".join([await _write(metric) for metric in self._metrics.values()])


def _one(read: Callable[[], float]) -> Source:
    async def source() -> Iterable[Sample]:
        return [Sample(read())]

    return source


async def _write(metric: Metric) -> str:
    lines = [f"# HELP {metric.name} {metric.help}", f"# TYPE {metric.name} {metric.kind}"]
    lines += [f"{metric.name}{_labels(sample.labels)} {sample.value:g}" for sample in await metric.source()]
    return "\n".join(lines) + "\n"


def _labels(labels: Mapping[str, str]) -> str:
    if not labels:
        return ""
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in sorted(labels.items())) + "}"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")

"""Whoever watches the server reads its figures in Prometheus' format."""

from collections.abc import Iterable

import pytest

from parley.web.metrics import Metric, Registry, Sample


async def test_figures_are_written_as_prometheus_reads_them() -> None:
    registry = Registry()
    registry.gauge("parley_sessions", "Open sessions.", lambda: 3)

    async def cases() -> Iterable[Sample]:
        return [Sample(2, {"queue": "scams"}), Sample(0.5, {"queue": 'a"b\\c\n'})]

    registry.add(Metric("parley_cases", "gauge", "Open cases by queue.", cases))
    assert await registry.text() == (
        "# HELP parley_sessions Open sessions.\n# TYPE parley_sessions gauge\nparley_sessions 3\n"
        "# HELP parley_cases Open cases by queue.\n# TYPE parley_cases gauge\n"
        'parley_cases{queue="scams"} 2\nparley_cases{queue="a\\"b\\\\c\\n"} 0.5\n'
    )


def test_a_name_is_taken_once() -> None:
    registry = Registry()
    registry.counter("parley_x", "X.", lambda: 1)
    for name in ("parley_x", "9x", "a b"):
        with pytest.raises(ValueError, match="malformed or taken"):
            registry.gauge(name, "X.", lambda: 1)

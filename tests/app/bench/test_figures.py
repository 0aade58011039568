"""A benchmark prints what scripts rely on, and counts the processor time of the server's processes alone."""

import json
import subprocess
import sys

import pytest

from parley.app.bench.figures import Figures, percentile
from parley.app.bench.meter import Memory, Meter, Usage

#: The object that the front door promises.
PROMISED = {
    "name",
    "ops",
    "seconds",
    "ops_per_s",
    "p50_ms",
    "p99_ms",
    "server_cpu_ms_per_op",
    "python_cpu_ms_per_op",
    "postgres_cpu_ms_per_op",
    "pss_mb",
}
BURN = "import sys, time\nwhile time.process_time() < 0.3: pass\nprint('burnt', flush=True)\nsys.stdin.read()"


def test_the_printed_object_has_every_promised_field_in_its_unit() -> None:
    figures = Figures("messages", 200, 4.0, [0.001] * 99 + [0.050], Usage(0.3, 0.1), Memory(90.0, 60.0))
    printed = json.loads(json.dumps(figures.as_json()))
    assert set(printed) >= PROMISED
    assert (printed["ops_per_s"], printed["p50_ms"], printed["p99_ms"]) == (50.0, 1.0, 50.0)
    assert printed["server_cpu_ms_per_op"] == pytest.approx(2.0)
    assert printed["python_cpu_ms_per_op"] == pytest.approx(1.5)
    assert printed["pss_mb"] == 150.0


def test_a_benchmark_that_did_nothing_still_prints() -> None:
    printed = Figures("idle", 0, 1.0, [], Usage(0.0, 0.0), Memory(1.0, 1.0)).as_json()
    assert (printed["ops_per_s"], printed["p99_ms"], printed["server_cpu_ms_per_op"]) == (0.0, 0.0, 0.0)


def test_percentiles_are_values_that_occurred() -> None:
    assert percentile([3.0, 1.0, 2.0], 50) == 2.0
    assert percentile(range(1, 101), 99) == 100
    assert percentile([7.0], 99) == 7.0


def test_a_server_is_charged_for_itself_and_not_for_others() -> None:
    with (
        subprocess.Popen([sys.executable, "-c", BURN], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server,
        subprocess.Popen([sys.executable, "-c", BURN], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other,
    ):
        for process in (server, other):
            assert process.stdout is not None
            assert process.stdout.readline() == b"burnt\n"
        usage, memory = Meter(server.pid).usage(), Meter(server.pid).memory()
        for process in (server, other):
            process.communicate(timeout=60)
    assert 0.25 <= usage.python_s < 0.55
    assert usage.postgres_s == 0.0
    assert memory.python_mb > 1.0

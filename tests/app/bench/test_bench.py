"""The benchmarks run end to end: a server of their own, real key exchanges and calls, the promised figures."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from parley.app.bench.figures import percentile
from parley.app.bench.meter import Meter

PROMISED = {
    "name", "ops", "seconds", "ops_per_s", "p50_ms", "p99_ms",
    "server_cpu_ms_per_op", "python_cpu_ms_per_op", "postgres_cpu_ms_per_op", "pss_mb",
}  # fmt: skip


def bench(*arguments: str) -> dict[str, object]:
    """Run `parley bench` as an operator does; what stands on standard output, and nothing but that."""
    command = [sys.executable, "-c", "import sys; from parley.app.cli import main; sys.exit(main())", "bench"]
    done = subprocess.run([*command, *arguments], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    assert isinstance(figures, dict)
    return figures


def test_private_messages_are_counted_where_they_arrive() -> None:
    """An operator can measure a server in seconds and sees that no message reads the database."""
    figures = bench("messages", "--seconds", "1", "--load", "4")
    assert figures.keys() >= PROMISED | {"selects_per_op", "statements_per_op"}
    assert figures["name"] == "messages"
    assert isinstance(figures["ops"], int)
    assert figures["ops"] > 0
    reading = figures["selects"]
    assert isinstance(reading, dict)
    assert not [sql for sql in reading if "messenger." in sql]


def test_sealing_and_opening_are_measured_with_what_they_take_on_disk() -> None:
    """An operator sees from a sample what a day costs; each account of it has one key."""
    sealed = bench("vault", "--load", "200")
    assert sealed.keys() >= PROMISED | {"record_bytes", "day_key_bytes_per_account", "sweep_s"}
    assert (sealed["ops"], sealed["keys_of_accounts"]) == (400, 200)
    opened = bench("opening", "--seconds", "0.1", "--load", "2")
    assert opened.keys() >= PROMISED
    assert opened["records_per_opening"] == 60


@pytest.mark.parametrize("name", ["fanout", "keyexchange", "idle"])
def test_each_benchmark_gives_the_promised_figures(name: str) -> None:
    """Scripts that read the figures find the same names everywhere."""
    figures = bench(name, "--seconds", "1", "--load", "2")
    assert figures.keys() >= PROMISED
    assert figures["name"] == name


def test_a_process_is_measured_with_what_it_started() -> None:
    """The figures are of the whole server: a child's processor time and memory are in them."""
    meter = Meter(os.getpid())
    before = meter.usage()
    subprocess.run([sys.executable, "-c", "sum(range(10_000_000))"], check=True)
    assert meter.usage().python_s > before.python_s
    assert meter.memory().python_mb > 1


def test_percentiles_are_of_the_sorted_values() -> None:
    """A single slow answer among a hundred shows in p99 and not in p50."""
    assert percentile([1.0] * 99 + [9.0], 50) == 1.0
    assert percentile([1.0] * 99 + [9.0], 99) == 9.0
    assert percentile([], 50) == 0.0


def test_the_log_is_appended_and_verified_by_two_processes() -> None:
    """An operator sees what a batch costs, and a stranger what checking the whole log takes."""
    figures = bench("log", "--load", "2000")
    assert figures.keys() >= PROMISED | {"usual_batch_p50_ms", "verify_cpu_s", "verify_peak_mb", "database_mb"}
    assert (figures["ops"], figures["verified_leaves"]) == (2000, 2000 + 125 * 16)

"""Verifies a folder of a log's public files and prints what that took; the benchmark of the log starts it."""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path

from parley.legal.translog.following import read_checkpoint
from parley.legal.translog.notes import VerifierKey
from parley.legal.translog.survey import check_everything


def main(folder: Path) -> None:
    """Check everything, and print one JSON object."""

    def fetch(path: str) -> bytes:
        return (folder / path).read_bytes()

    head = read_checkpoint(fetch, VerifierKey.parse(fetch("vkey").decode())).checkpoint
    before, at_start = resource.getrusage(resource.RUSAGE_SELF), _peak_mb()
    began = time.perf_counter()
    survey = check_everything(fetch, head)
    seconds = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_SELF)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    figures = {
        "verify_s": round(seconds, 2),
        "verify_cpu_s": round(spent, 2),
        "verify_cpu_us_per_leaf": round(spent * 1e6 / max(1, survey.size), 2),
        "verify_start_mb": at_start,
        "verify_peak_mb": _peak_mb(),
    }
    sys.stdout.write(json.dumps(figures) + "\n")


def _peak_mb() -> float:
    """The largest resident set so far; `ru_maxrss` would count what the parent had before this program began."""
    lines = Path("/proc/self/status").read_text("utf-8").splitlines()
    peak = next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))
    return round(peak * 1024 / 1e6, 1)


if __name__ == "__main__":
    main(Path(sys.argv[1]))

"""Tests that start something on a port later, or again, do not lose it to anybody in between."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests import ports

ROOT = Path(__file__).parents[2]


def test_a_port_is_given_once_to_all_runs() -> None:
    """Two suites side by side never start two servers on one port."""
    mine = {ports.free_port() for _ in range(3)}
    ask = "from tests.ports import free_port; print(free_port())"
    other = subprocess.run([sys.executable, "-c", ask], cwd=ROOT, capture_output=True, text=True, check=True)
    assert len(mine) == 3
    assert int(other.stdout) not in mine


def test_a_port_is_none_that_the_system_gives_away() -> None:
    """A connection of anybody's may have any port that the system chooses: none of those is held."""
    low, high = map(int, ports._RANGE.read_text().split())
    assert not low <= ports.free_port() <= high


def test_a_port_that_somebody_listens_on_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was started by hand on one of these ports is no reason for a test to fail."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        taken = listening.getsockname()[1]
        monkeypatch.setattr(ports, "_never_given", lambda: iter((taken,)))
        with pytest.raises(AssertionError, match="no port is free"):
            ports.free_port()

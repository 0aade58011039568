"""Measure a server that is started for it and print one JSON object: rate, latency, processor time, memory."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from parley.app.bench.figures import Figures

#: Benchmark → how many clients, members, connections, accounts, records or leaves it takes by default.
_LOADS = {
    "messages": 100,
    "fanout": 100,
    "keyexchange": 4,
    "idle": 500,
    "startup": 3,
    "vault": 20_000,
    "opening": 8,
    "log": 1_000_000,
}


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("name", choices=sorted(_LOADS), help="what to measure")
    parser.add_argument("--seconds", type=float, default=10.0, help="for how long (default 10)")
    parser.add_argument(
        "--load", type=int, help="how many clients, members, connections, starts, accounts, records a day, leaves"
    )
    parser.add_argument("--profile", type=Path, help="profile the server into this file; figures mean nothing then")


def run(arguments: argparse.Namespace) -> int:
    """Measure once."""
    import uvloop

    figures = uvloop.run(_measure(arguments))
    print(json.dumps(figures.as_json(), indent=1))
    return 0


async def _measure(arguments: argparse.Namespace) -> Figures:
    from parley.app.bench import fanout, host, idle, keyexchange, log, messages, opening, startup, vault

    name, seconds = arguments.name, arguments.seconds
    load = arguments.load or _LOADS[name]
    if name == "startup":
        return await startup.measure(load)
    if name == "log":
        return await log.measure(load)
    if name == "vault":
        return await vault.measure(load)
    if name == "opening":
        return await opening.measure(seconds, load)
    measures = {
        "messages": messages.measure, "fanout": fanout.measure,
        "keyexchange": keyexchange.measure, "idle": idle.measure,
    }  # fmt: skip
    async with host.running(count_statements=name == "messages", profile=arguments.profile) as server:
        return await measures[name](server, seconds, load)

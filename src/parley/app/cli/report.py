"""Write the transparency report of a quarter, or list the quarters that have one."""

from __future__ import annotations

import argparse
import sys

from parley.app.cli.acting import on_database
from parley.app.cli.options import add_database_options, settings_of
from parley.core.clock import SystemClock
from parley.legal.reporting.service import FORMATS, Reporting
from parley.legal.translog.quarterly import Quarterly
from parley.legal.translog.rules import Quarter
from parley.storage.pools import Pools


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_database_options(parser)
    parser.add_argument("--public-url", help="the address that people use, for the link in the text")
    parser.add_argument("--quarter", help="such as 2026Q4; without it the quarters that have a report are listed")
    parser.add_argument("--format", choices=FORMATS, default="json", help="dsa: part 3 of the DSA's template")


def run(arguments: argparse.Namespace) -> int:
    """Write the report to standard output. It is computed from the openings of the public log, as anyone can."""
    settings = settings_of(arguments)

    async def work(pools: Pools) -> int:
        clock = SystemClock()
        quarterly = Quarterly(pools.of("log"), clock, closed=settings.log_closed_leaves)
        reporting = Reporting(quarterly, clock, f"{settings.origin}/transparency")
        if arguments.quarter is None:
            for quarter in await reporting.quarters():
                print(quarter)
            return 0
        quarter = Quarter.parse(arguments.quarter.upper())
        sys.stdout.write(await reporting.export(quarter, arguments.format))
        return 0

    return on_database(settings, work)

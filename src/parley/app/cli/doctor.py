"""Check that the walls of this installation stand: file modes, database roles, the process's user."""

from __future__ import annotations

import argparse
import asyncio

from parley.app.cli.acting import as_owner, database
from parley.app.cli.options import add_database_options, settings_of
from parley.app.cli.walls import Finding, of_database, of_files, of_user
from parley.core.settings import Settings


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_database_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print every finding; 1 when a wall is down, 0 when there is advice only."""
    settings = settings_of(arguments)
    return as_owner(settings.data_dir, lambda: asyncio.run(_look(settings)))


async def _look(settings: Settings) -> int:
    found: list[Finding] = []
    if settings.data_dir.is_dir():
        found += [*of_user(settings.data_dir), *of_files(settings.data_dir)]
        async with database(settings, migrated=False) as target:
            found += await of_database(target)
    else:
        found.append(Finding(down=False, text=f"there is no data directory {settings.data_dir} yet"))
    for finding in found:
        print(("DOWN    " if finding.down else "advice  ") + finding.text)
    down = sum(finding.down for finding in found)
    print(f"{down} walls are down" if down else "the walls stand")
    return 1 if down else 0

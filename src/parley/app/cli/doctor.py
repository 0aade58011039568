"""Check that the walls of this installation stand: file modes, database roles, the process's user."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path

from parley.app import layout
from parley.app.cli.acting import DatabasePartDown, as_owner, database
from parley.app.cli.options import add_database_options, settings_of
from parley.app.cli.walls import Finding, of_database, of_files, of_user
from parley.app.cli.walls_between_parts import of_layout, of_logins, of_processes, of_units, of_users
from parley.app.cli.walls_of_the_vault import of_copies, of_watchers
from parley.core.clock import SystemClock
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
        found += _of_files(settings.data_dir)
        try:
            async with database(settings, migrated=False) as target:
                found += [*await of_database(target), *await of_watchers(target, SystemClock().now())]
        except DatabasePartDown as stopped:
            found.append(Finding(down=False, text=f"its rights are not checked: {stopped}"))
    else:
        found.append(Finding(down=False, text=f"there is no data directory {settings.data_dir} yet"))
    for finding in found:
        print(("DOWN    " if finding.down else "advice  ") + finding.text)
    down = sum(finding.down for finding in found)
    print(f"{down} walls are down" if down else "the walls stand")
    return 1 if down else 0


def _of_files(data_dir: Path) -> list[Finding]:
    """Everything that can be seen without the database."""
    always = [*of_logins(data_dir), *of_copies(data_dir), *of_units()]
    if layout.is_divided(data_dir):
        return [*of_users(), *of_layout(data_dir), *of_processes(data_dir), *always]
    return [*of_user(data_dir), *of_files(data_dir), *always]

"""Prepare an external PostgreSQL for Parley, or bring the tables of a database to the newest state."""

from __future__ import annotations

import argparse
import asyncio
import os

from parley.app.cli.acting import as_owner, database, external
from parley.app.cli.options import add_database_options, settings_of
from parley.core.errors import ConfigurationError
from parley.core.settings import Settings
from parley.storage.migrator import migrate
from parley.storage.prepare import PASSWORD_FILE, prepare

ADMIN_VARIABLE = "PARLEY_DATABASE_ADMIN_URL"


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the steps and their options."""
    steps = parser.add_subparsers(dest="step", required=True, metavar="STEP")
    text = "make the duties' roles, their grants and the database; safe to repeat, with new passwords each time"
    step = steps.add_parser("prepare", help=text, description=text)
    add_database_options(step)
    step.add_argument("--admin-url", help=f"a superuser's URL (default: ${ADMIN_VARIABLE})")
    text = "run the migrations that are new; `parley serve` does the same at its start"
    add_database_options(steps.add_parser("migrate", help=text, description=text))


def run(arguments: argparse.Namespace) -> int:
    """Do one step."""
    settings = settings_of(arguments)
    if arguments.step == "migrate":
        return as_owner(settings.data_dir, lambda: asyncio.run(_migrate(settings)))
    admin_url = arguments.admin_url or os.environ.get(ADMIN_VARIABLE)
    if not admin_url or not settings.database_url:
        raise ConfigurationError(f"--database-url, and --admin-url or ${ADMIN_VARIABLE}, are needed")
    return as_owner(settings.data_dir, lambda: asyncio.run(_prepare(settings, admin_url)))


async def _prepare(settings: Settings, admin_url: str) -> int:
    target = external(settings)
    assert target is not None, "checked before"
    await prepare(admin_url, target, settings.data_dir)
    print(f"prepared {target.database}; the duties' passwords are in {settings.data_dir / PASSWORD_FILE}")
    return 0


async def _migrate(settings: Settings) -> int:
    async with database(settings, migrated=False) as target:
        done = await migrate(target)
    for migration in done:
        print(f"{migration.number:04}_{migration.name}")
    print(f"{len(done)} migrations ran" if done else "nothing to do: the tables are up to date")
    return 0

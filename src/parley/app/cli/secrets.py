"""List the secrets of this server (never their values), or change one of them."""

from __future__ import annotations

import argparse
import asyncio
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from parley.app import dividing, layout
from parley.app.cli import new_log
from parley.app.cli.acting import as_owner, external, on_database
from parley.app.cli.database import ADMIN_VARIABLE
from parley.app.cli.options import add_database_options, settings_of
from parley.app.rotation import catalogue, windows
from parley.app.rotation.catalogue import Secret
from parley.app.rotation.rotating import ACTIONS, Change
from parley.core.clock import SystemClock
from parley.core.errors import ConfigurationError
from parley.core.settings import Settings
from parley.staff.service import OPERATOR
from parley.storage import audit
from parley.storage.pools import Pools
from parley.storage.prepare import prepare

_WINDOW_DAYS = 30
_LONGEST_DAYS = 366


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the steps and their options."""
    steps = parser.add_subparsers(dest="step", required=True, metavar="STEP")
    text = "show every secret: where it lies, how old it is, whose duty it is, what its loss and its theft mean"
    add_database_options(steps.add_parser("list", help=text, description=text))
    text = "change one secret; run it again if it was cut off"
    step = steps.add_parser("rotate", help=text, description=text)
    add_database_options(step)
    step.add_argument("name", choices=catalogue.NAMES, metavar="NAME", help=", ".join(catalogue.NAMES))
    step.add_argument("--days", type=int, default=_WINDOW_DAYS, help="how long the old value counts, where both do")
    step.add_argument("--admin-url", help=f"database: a superuser's URL (default: ${ADMIN_VARIABLE})")
    step.add_argument("--reason", help="log: what happened; it is published with the new log")


def run(arguments: argparse.Namespace) -> int:
    """Do one step."""
    settings = settings_of(arguments)
    if arguments.step == "list":
        return as_owner(settings.data_dir, lambda: _list(settings.data_dir))
    if not 1 <= arguments.days <= _LONGEST_DAYS:
        raise ConfigurationError(f"--days is 1 to {_LONGEST_DAYS}")
    if arguments.name == "log":
        if not arguments.reason:
            raise ConfigurationError("a new log says why: give --reason")
        return new_log.run(arguments)
    divided = layout.is_divided(settings.data_dir)
    if arguments.name == "database":
        code = _database(settings, arguments.admin_url or os.environ.get(ADMIN_VARIABLE))
    else:
        code = on_database(settings, lambda pools: _change(settings, pools, arguments))
    if divided:
        dividing.settle(settings.data_dir)
    return code


async def _change(settings: Settings, pools: Pools, arguments: argparse.Namespace) -> int:
    """On record before and after: a change that was cut off is seen too."""
    now, name = SystemClock().now(), str(arguments.name)
    await audit.record(pools.of("staff"), now, OPERATOR, "secrets.change_begun", name)
    told = ACTIONS[name](Change(settings.data_dir, now, timedelta(days=arguments.days)))
    await audit.record(pools.of("staff"), SystemClock().now(), OPERATOR, "secrets.changed", name)
    print(told)
    return 0


def _database(settings: Settings, admin_url: str | None) -> int:
    if not admin_url or not settings.database_url:
        raise ConfigurationError(
            "the embedded database has no passwords; for another one --database-url, and --admin-url or"
            f" ${ADMIN_VARIABLE}, are needed"
        )

    async def work() -> None:
        target = external(settings)
        assert target is not None, "checked before"
        await prepare(admin_url, target, settings.data_dir)

    code = as_owner(settings.data_dir, lambda: asyncio.run(work()) or 0)
    if code:
        return code
    return on_database(settings, _database_changed)


async def _database_changed(pools: Pools) -> int:
    await audit.record(pools.of("staff"), SystemClock().now(), OPERATOR, "secrets.changed", "database")
    print("The duties have new passwords. Start the server again: it still has the old ones.")
    return 0


def _list(data_dir: Path) -> int:
    now = SystemClock().now()
    for secret in catalogue.SECRETS:
        print(f"{secret.name}: {secret.file}, {_age(data_dir / secret.file, now)}")
        for label, text in _lines(secret, data_dir, now):
            print(f"    {label:<8} {text}")
    return 0


def _lines(secret: Secret, data_dir: Path, now: datetime) -> list[tuple[str, str]]:
    lines = [("duty of", secret.duty), ("lost", secret.lost), ("stolen", secret.stolen)]
    command = f"parley secrets rotate {secret.name}: " if secret.rotates else ""
    lines.append(("change", command + secret.change))
    path = data_dir / secret.file
    if secret.rotates and windows.under_way(path, now):
        until = windows.until_of(path)
        end = f"until {until:%Y-%m-%d}" if until else "until nothing lies under it"
        lines.append(("now", f"a change is under way; the old value counts {end}"))
    return lines


def _age(path: Path, now: datetime) -> str:
    """The age of a file, by the time of its last change."""
    if path.is_dir():
        return f"{sum(1 for _ in path.iterdir())} files"
    if not path.is_file():
        return "not there (made when it is first needed)" if path.parent.is_dir() else "not on this machine"
    made = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    return f"{(now - made).days} days old (of {made:%Y-%m-%d})"

"""A part of a divided server looks at its own rights, and does not start with rights that it must not have.

What it tries is what somebody would try who has taken it over: to log in as the other parts' duties, and to read
their files.
"""

from __future__ import annotations

import os
from pathlib import Path

import asyncpg

from parley.app import layout
from parley.core.errors import ParleyError
from parley.core.parts import Part
from parley.storage.part_duties import PART_DUTIES
from parley.storage.roles import DUTIES, SUPERUSER, role_name
from parley.storage.target import Target


class WallsDown(ParleyError):
    """A part has rights that it must not have, so it does not start."""


def check_user(part: Part, uid: int | None = None) -> None:
    """Refuse to run as root.

    Raises:
        WallsDown: the process is root.
    """
    if (os.geteuid() if uid is None else uid) == 0:
        raise WallsDown(f"the part {part} must not run as root: run it as the user {part.user}")


async def check(data_dir: Path, target: Target, part: Part) -> None:
    """Refuse to start with the rights of another part.

    Raises:
        WallsDown: names each right that is too much.
    """
    found = [*readable(data_dir, part), *await logins(target, part)]
    if found:
        raise WallsDown(f"the part {part} does not start: {'; '.join(found)}. See `parley doctor`")


def readable(data_dir: Path, part: Part) -> list[str]:
    """The secret files of other parts that this process can read."""
    return [
        f"this user can read {path.relative_to(data_dir)}"
        for path in layout.secrets_of_others(data_dir, part)
        if os.access(path, os.R_OK)
    ]


async def logins(target: Target, part: Part) -> list[str]:
    """The roles of other parts that this process can log in as."""
    others = [role_name(duty) for duty in DUTIES if duty not in PART_DUTIES[part]]
    return [f"this user can log in as {role}" for role in (*others, SUPERUSER) if await _enters(target, role)]


async def _enters(target: Target, role: str) -> bool:
    try:
        conn = await asyncpg.connect(**target.arguments_for(role))
    except (asyncpg.PostgresError, OSError):
        return False
    await conn.close()
    return True

"""The passwords of the duty roles on an external PostgreSQL: drawn by `database prepare`, or given by variables."""

from __future__ import annotations

import os
from pathlib import Path

from parley.core.parts import Part
from parley.storage.prepare import PASSWORD_FILE, read_passwords

#: `PARLEY_DATABASE_PASSWORD_<DUTY>` goes before what `database prepare` drew.
VARIABLE = "PARLEY_DATABASE_PASSWORD_"


def passwords(data_dir: Path, part: Part | None = None) -> dict[str, str]:
    """Give the duties' passwords by role; for a part those of its own duties, from a file of its own."""
    given = {
        f"parley_{name.removeprefix(VARIABLE).lower()}": value
        for name, value in os.environ.items()
        if name.startswith(VARIABLE)
    }
    return {**read_passwords(data_dir, part_file(part)), **given}


def part_file(part: Part | None) -> Path:
    """Where the passwords lie in the data directory."""
    return PASSWORD_FILE if part is None else PASSWORD_FILE.with_name(f"database.{part}.json")

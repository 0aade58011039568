"""The passwords of the duty roles on an external PostgreSQL: drawn by `database prepare`, or given by variables."""

from __future__ import annotations

import os
from pathlib import Path

from parley.storage.prepare import read_passwords

#: `PARLEY_DATABASE_PASSWORD_<DUTY>` goes before what `database prepare` drew.
VARIABLE = "PARLEY_DATABASE_PASSWORD_"


def passwords(data_dir: Path) -> dict[str, str]:
    """Give the duties' passwords by role."""
    given = {
        f"parley_{name.removeprefix(VARIABLE).lower()}": value
        for name, value in os.environ.items()
        if name.startswith(VARIABLE)
    }
    return {**read_passwords(data_dir), **given}

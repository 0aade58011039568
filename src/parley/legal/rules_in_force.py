"""The hashes of the data files that orders are examined by, as the public log states them."""

from __future__ import annotations

import hashlib
from importlib import resources

from parley.legal.analysis.catalogue import Catalogue

_SHIPPED = {
    "clocks": ("parley.legal.clocks", "clocks.toml"),
    "holidays": ("parley.legal.clocks", "holidays.toml"),
    "notices": ("parley.legal.notices", "notices.toml"),
}


def hashes(catalogue: Catalogue) -> dict[str, str]:
    """Give name → SHA-256 in hexadecimal digits of every file that is in force."""
    shipped = {
        name: hashlib.sha256(resources.files(package).joinpath(file).read_bytes()).hexdigest()
        for name, (package, file) in _SHIPPED.items()
    }
    return {**catalogue.sha256, **shipped}

"""Reads hash lists: one SHA-256 in hexadecimal digits a line, with an optional comma or tab and more columns."""

from __future__ import annotations

import re
from collections.abc import Iterable

from parley.safety.errors import HashListInvalid

_HEX = re.compile(r"^[0-9a-fA-F]{64}$")


def read_list(lines: Iterable[str]) -> list[bytes]:
    """The hashes of a list, each once, in order; `#` starts a comment. Raises HashListInvalid with the line."""
    found: dict[bytes, None] = {}
    for number, line in enumerate(lines, start=1):
        first = re.split(r"[,;\t]", line.partition("#")[0].strip())[0].strip()
        if not first:
            continue
        if not _HEX.match(first):
            raise HashListInvalid(f"line {number} is not a SHA-256")
        found[bytes.fromhex(first)] = None
    return list(found)

"""Telegram's error names and codes, read from `error_codes.tsv`: the code of an answer comes from there alone.

A name has one usual code; some clients know it with others too. A name that is not in the table is none that a
client could understand, so raising it is a fault of the program.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib import resources

_NUMBER = re.compile(r"\d+$")


@cache
def known_codes() -> Mapping[str, tuple[int, ...]]:
    """Give the codes of each name, the usual one first; a number at a name's end is written `%d`."""
    lines = resources.files(__package__).joinpath("error_codes.tsv").read_text("utf-8").splitlines()
    rows = (line.split("\t") for line in lines[1:])
    return {name: tuple(map(int, (code, *filter(None, others.split(","))))) for name, code, others in rows}


def code_of(name: str, wished: int) -> int:
    """Give the code with which an error is answered: the wished one where clients know it, else the usual one.

    Raises:
        LookupError: no client knows this name.
    """
    codes = known_codes().get(_NUMBER.sub("%d", name)) or known_codes().get(name)
    if codes is None:
        raise LookupError(f"{name} is no error of Telegram's")
    return wished if wished in codes else codes[0]

"""Names of countries and their codes (ISO 3166-1), from the list that comes with the time zone data."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from parley.legal.reporting.errors import CountryUnknown

#: Member states of the European Union.
EU = frozenset(
    {
        "AT",
        "BE",
        "BG",
        "CY",
        "CZ",
        "DE",
        "DK",
        "EE",
        "ES",
        "FI",
        "FR",
        "GR",
        "HR",
        "HU",
        "IE",
        "IT",
        "LT",
        "LU",
        "LV",
        "MT",
        "NL",
        "PL",
        "PT",
        "RO",
        "SE",
        "SI",
        "SK",
    }
)
_ALSO = {
    "UK": "GB",
    "GREAT BRITAIN": "GB",
    "UNITED KINGDOM": "GB",
    "UNITED STATES OF AMERICA": "US",
    "USA": "US",
    "SOUTH KOREA": "KR",
    "NORTH KOREA": "KP",
    "CZECHIA": "CZ",
    "TURKIYE": "TR",
    "CHINA": "CN",
}


@cache
def names() -> dict[str, str]:
    """Every country's name by its code."""
    text = (files("tzdata") / "zoneinfo" / "iso3166.tab").read_text("utf-8")
    pairs = (line.split("\t", 1) for line in text.splitlines() if line and not line.startswith("#"))
    return {code: name.strip() for code, name in pairs}


def name_of(code: str) -> str:
    """The name of a country, or its code where the list has none."""
    return names().get(code, code)


def code_of(text: str) -> str:
    """The code that somebody meant by a code or a name, in any case.

    Raises:
        CountryUnknown: no country has this name or code.
    """
    wanted = " ".join(text.upper().split()).rstrip(".?!")
    if wanted in names():
        return wanted
    if wanted in _ALSO:
        return _ALSO[wanted]
    for code, name in names().items():
        if name.upper() == wanted:
            return code
    starting = [code for code, name in names().items() if len(wanted) > 3 and name.upper().startswith(wanted)]
    if len(starting) == 1:
        return starting[0]
    raise CountryUnknown("no country has this name; try its English name or its two letters")

"""Which duties each part of a divided server logs in as. A part opens no connection as any other."""

from typing import Final

from parley.core.parts import Part
from parley.storage.roles import PROFILES, Duty

PART_DUTIES: Final[dict[Part, tuple[Duty, ...]]] = {
    Part.DATABASE: ("owner", "audit"),
    Part.MTPROTO: ("messenger", "seal", "safety", "economy", "public"),
    Part.HTTP: ("staff", "safety", "public"),
    Part.LEGAL: ("legal", "staff"),
    Part.WORKER: ("log",),
}

CARRIERS: Final[dict[Part, Duty]] = {
    Part.MTPROTO: "messenger",
    Part.LEGAL: "legal",
    Part.WORKER: "log",
}
"""As whom a part takes its items out of the outbox and holds its leases. Pages carry nothing."""


def logins_of(server: str, root: str = "root") -> dict[str, tuple[Duty, ...]]:
    """Which duties each system user has when ``server`` runs the database of a divided server.

    Under its own user each part gets its own, and root, who types commands, gets all. Under any other user there
    are no walls: that user has all, as in development.
    """
    if server != Part.DATABASE.user:
        return {server: tuple(PROFILES)}
    return {**{part.user: duties for part, duties in PART_DUTIES.items()}, root: tuple(PROFILES)}


def duties_of(part: Part | None) -> tuple[Duty, ...]:
    """The duties of a part; of an undivided server, which has no part, all."""
    return tuple(PROFILES) if part is None else PART_DUTIES[part]


def carrier_of(part: Part | None) -> Duty | None:
    """Who carries effects in a process: the duty for it in an undivided server, a part's own otherwise."""
    return "outbox" if part is None else CARRIERS.get(part)

"""A quarter's openings as a public file: its form, and the check of it against the log's leaves."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from parley.legal.translog.errors import Malformed, ProofInvalid
from parley.legal.translog.openings import Leaf, Opening, parse_object, verify_opening

VERSION = 1
#: More than a thousand leaves an hour make in fifteen years; no file can make a reader take more memory.
_MOST_LEAVES = 2**27


@dataclass(frozen=True, slots=True)
class Opened:
    """One opened leaf."""

    index: int
    salt: bytes
    opening: Opening


@dataclass(frozen=True, slots=True)
class LogPart:
    """What one log's file part says: its quarter's leaves run from `first_index` to `last_index`, `closed` of
    them stay closed; `late` are leaves of earlier quarters that are opened only now."""

    origin: str
    first_index: int | None
    last_index: int | None
    closed: int
    checkpoint: str
    openings: tuple[Opened, ...]
    late: tuple[Opened, ...]


@dataclass(frozen=True, slots=True)
class Publication:
    """A quarter's file."""

    quarter: str
    opened_at: datetime
    logs: tuple[LogPart, ...]

    def to_json(self) -> dict[str, Any]:
        """Give the file's JSON object."""
        return {
            "v": VERSION,
            "quarter": self.quarter,
            "opened_at": self.opened_at.isoformat(),
            "logs": [_part_json(part) for part in self.logs],
        }

    @classmethod
    def parse(cls, data: bytes | str) -> Publication:
        """Read a file.

        Raises:
            Malformed: not a quarter's file.
        """
        raw = parse_object(data)
        try:
            parts = tuple(_read_part(item) for item in raw["logs"])
            return cls(raw["quarter"], datetime.fromisoformat(raw["opened_at"]), parts)
        except (KeyError, TypeError, ValueError, AttributeError, binascii.Error) as error:
            raise Malformed("not a file of openings") from error

    def entries(self) -> list[Opened]:
        """Everything that this file opens, the late ones too."""
        return [item for part in self.logs for item in (*part.openings, *part.late)]


def check_part(part: LogPart, read_leaf: Callable[[int], Leaf]) -> None:
    """Check one log's part: every opening fits its leaf, none twice, and the closed ones are as many as it says.

    Raises:
        ProofInvalid: something does not fit.
    """
    for item in (*part.openings, *part.late):
        verify_opening(read_leaf(item.index), item.salt, item.opening)
    indexes = [item.index for item in part.openings]
    span = 0 if part.first_index is None or part.last_index is None else part.last_index - part.first_index + 1
    inside = all(part.first_index is not None and part.first_index <= i <= (part.last_index or 0) for i in indexes)
    if not inside or len(set(indexes)) != len(indexes) or len(indexes) + part.closed != span:
        raise ProofInvalid(f"{part.origin}: the openings do not cover the quarter's leaves")


def check_publications(publications: Sequence[Publication]) -> None:
    """Check that no leaf is opened in two files, and that the quarters leave out no leaf between them.

    Raises:
        ProofInvalid: one is opened twice, or passed over.
    """
    sequence = QuarterSequence()
    for publication in sorted(publications, key=lambda item: item.quarter):
        sequence.take(publication)


class QuarterSequence:
    """Takes the quarters' files one after the other, the oldest first, and remembers one bit for each leaf.

    Each log's quarters follow one another from leaf 0 on, and only what an earlier quarter closed comes late.
    """

    def __init__(self) -> None:
        self._following: dict[str, int] = {}
        self._opened: dict[str, bytearray] = {}
        self._closed: dict[str, list[_Closed]] = {}

    def take(self, publication: Publication) -> None:
        """Check the next file.

        Raises:
            ProofInvalid: a leaf is opened twice, passed over, or late without having been closed.
        """
        for part in publication.logs:
            self._take_part(publication.quarter, part)

    def still_closed(self, origin: str) -> tuple[tuple[str, int], ...]:
        """How many leaves of each quarter of a log are not opened yet; quarters without any are left out."""
        return tuple((item.quarter, item.left) for item in self._closed.get(origin, ()) if item.left)

    def _take_part(self, quarter: str, part: LogPart) -> None:
        begins = self._following.get(part.origin, 0)
        if any(item.index >= begins for item in part.late):
            raise ProofInvalid(f"{part.origin}: a leaf is opened late that no earlier quarter holds")
        for item in (*part.openings, *part.late):
            self._open(part.origin, item.index)
        for item in part.late:
            for closed in self._closed.get(part.origin, ()):
                closed.left -= closed.first <= item.index <= closed.last
        if part.first_index is None or part.last_index is None:
            return
        if part.first_index != begins:
            raise ProofInvalid(f"{part.origin}: {quarter} does not go on at leaf {begins}")
        self._following[part.origin] = part.last_index + 1
        kept = _Closed(quarter, part.first_index, part.last_index, part.closed)
        self._closed.setdefault(part.origin, []).append(kept)

    def _open(self, origin: str, index: int) -> None:
        if not 0 <= index < _MOST_LEAVES:
            raise ProofInvalid(f"{origin}: no log has a leaf {index}")
        bits = self._opened.setdefault(origin, bytearray())
        place, bit = index >> 3, 1 << (index & 7)
        if place >= len(bits):
            bits.extend(bytes(place + 1 - len(bits)))
        if bits[place] & bit:
            raise ProofInvalid(f"{origin}: a leaf is opened twice")
        bits[place] |= bit


@dataclass(slots=True)
class _Closed:
    """A quarter of a log, and how many of its leaves are left closed."""

    quarter: str
    first: int
    last: int
    left: int


def _part_json(part: LogPart) -> dict[str, Any]:
    return {
        "origin": part.origin,
        "first_index": part.first_index,
        "last_index": part.last_index,
        "closed": part.closed,
        "checkpoint": part.checkpoint,
        "openings": _items_json(part.openings),
        "late": _items_json(part.late),
    }


def _items_json(items: Iterable[Opened]) -> list[dict[str, Any]]:
    return [
        {"index": item.index, "salt": base64.b64encode(item.salt).decode(), "opening": item.opening.to_json()}
        for item in items
    ]


def _read_part(raw: dict[str, Any]) -> LogPart:
    return LogPart(
        str(raw["origin"]),
        raw["first_index"],
        raw["last_index"],
        int(raw["closed"]),
        str(raw["checkpoint"]),
        tuple(map(_read_item, raw["openings"])),
        tuple(map(_read_item, raw["late"])),
    )


def _read_item(raw: dict[str, Any]) -> Opened:
    salt = base64.b64decode(raw["salt"], validate=True)
    return Opened(int(raw["index"]), salt, Opening.from_json(raw["opening"]))

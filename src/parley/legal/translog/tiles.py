"""Tiles of C2SP tlog-tiles: where hashes and leaves stand under a log's URL, and trees read from tiles.

Tiles have height 8. The path of a tile is relative to the log's prefix, for example `tile/0/x001/x234/067.p/16`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from parley.legal.translog.errors import Malformed
from parley.legal.translog.merkle import HASH_BYTES, node_hash

HEIGHT = 8
WIDTH = 1 << HEIGHT
#: A leaf is length-prefixed with 16 bits in an entry bundle.
MAX_LEAF_BYTES = 0xFFFF
_ENTRIES = "entries"
_PATH = re.compile(
    r"tile/(?P<level>entries|\d|[1-5]\d|6[0-3])/(?P<number>(?:x\d{3}/)*\d{3})(?:\.p/(?P<width>\d{1,3}))?"
)


@dataclass(frozen=True, slots=True)
class Tile:
    """One tile: `level` counts in steps of 8 tree levels; None stands for a bundle of entries."""

    level: int | None
    number: int
    width: int = WIDTH

    @property
    def path(self) -> str:
        """The path under the log's prefix."""
        level = _ENTRIES if self.level is None else str(self.level)
        partial = "" if self.width == WIDTH else f".p/{self.width}"
        return f"tile/{level}/{_number_path(self.number)}{partial}"

    @property
    def start(self) -> int:
        """The index, within its level, of the first hash or entry."""
        return self.number * WIDTH


def parse_path(path: str) -> Tile:
    """Read a tile's path.

    Raises:
        Malformed: the path is not one that tlog-tiles allows, or not in its one spelling.
    """
    match = _PATH.fullmatch(path)
    if match is None:
        raise Malformed("not the path of a tile")
    level = None if match["level"] == _ENTRIES else int(match["level"])
    number = int(match["number"].replace("/", "").replace("x", ""))
    tile = Tile(level, number, WIDTH if match["width"] is None else int(match["width"]))
    if not 1 <= tile.width <= WIDTH or tile.path != path:
        raise Malformed("not the path of a tile")
    return tile


def tile_width(level: int | None, number: int, size: int) -> int:
    """How many hashes (or entries) tile `number` of `level` has in a tree of `size` leaves: 0 to 256."""
    available = size >> (HEIGHT * (level or 0))
    return max(0, min(WIDTH, available - number * WIDTH))


def tiles_of(size: int) -> list[Tile]:
    """List every hash tile of a tree of `size` leaves, lowest level first."""
    found: list[Tile] = []
    level = 0
    while size >> (HEIGHT * level):
        count = -(-(size >> (HEIGHT * level)) // WIDTH)
        found += [Tile(level, number, tile_width(level, number, size)) for number in range(count)]
        level += 1
    return found


def bundles_of(size: int, start: int = 0) -> list[Tile]:
    """List the entry bundles that hold the leaves from `start` on of a tree of `size` leaves."""
    numbers = range(start // WIDTH, -(-size // WIDTH))
    return [Tile(None, number, tile_width(None, number, size)) for number in numbers]


def tile_holding(level: int, index: int, size: int) -> Tile:
    """Name the tile, as a tree of `size` leaves has it, from which the subtree (level, index) can be computed."""
    tile_level, height = divmod(level, HEIGHT)
    number = (index << height) // WIDTH
    return Tile(tile_level, number, tile_width(tile_level, number, size))


def tiles_for(subtrees: Iterable[tuple[int, int]], size: int) -> list[Tile]:
    """List, without repetition, the tiles that hold these subtrees."""
    return list(dict.fromkeys(tile_holding(level, index, size) for level, index in subtrees))


class TileTree:
    """A `SubtreeReader` over tiles that were fetched; what is missing raises `Malformed`."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._tiles: dict[tuple[int, int], list[bytes]] = {}

    def add(self, tile: Tile, data: bytes) -> None:
        """Take in a hash tile.

        Raises:
            Malformed: the data has another length than the tile's width says.
        """
        if tile.level is None or len(data) != tile.width * HASH_BYTES:
            raise Malformed(f"{tile.path} does not hold {tile.width} hashes")
        self._tiles[tile.level, tile.number] = split_hashes(data)

    def __call__(self, level: int, index: int) -> bytes:
        """Compute one complete subtree from the tile that holds it."""
        tile = tile_holding(level, index, self._size)
        assert tile.level is not None
        hashes = self._tiles.get((tile.level, tile.number))
        height = level % HEIGHT
        first = (index << height) - tile.start
        if hashes is None or len(hashes) < first + (1 << height):
            raise Malformed(f"{tile.path} is missing or too short")
        return complete_hash(hashes[first : first + (1 << height)])


def complete_hash(hashes: Sequence[bytes]) -> bytes:
    """Fold 2**n sibling hashes into the one above them."""
    row = list(hashes)
    while len(row) > 1:
        row = [node_hash(row[i], row[i + 1]) for i in range(0, len(row), 2)]
    return row[0]


def split_hashes(data: bytes) -> list[bytes]:
    """Cut a tile's bytes into its hashes."""
    return [data[i : i + HASH_BYTES] for i in range(0, len(data), HASH_BYTES)]


def encode_bundle(leaves: Iterable[bytes]) -> bytes:
    """Write leaves as an entry bundle: each with its length as a big-endian 16-bit number before it."""
    return b"".join(len(leaf).to_bytes(2, "big") + leaf for leaf in leaves)


def decode_bundle(data: bytes, width: int) -> list[bytes]:
    """Read exactly `width` leaves from an entry bundle.

    Raises:
        Malformed: the bundle is cut off or holds more or fewer leaves.
    """
    leaves: list[bytes] = []
    position = 0
    while position < len(data):
        end = position + 2 + int.from_bytes(data[position : position + 2], "big")
        if end > len(data):
            raise Malformed("an entry bundle is cut off")
        leaves.append(data[position + 2 : end])
        position = end
    if len(leaves) != width:
        raise Malformed(f"an entry bundle holds {len(leaves)} entries instead of {width}")
    return leaves


def _number_path(number: int) -> str:
    groups = [f"{number % 1000:03d}"]
    while number := number // 1000:
        groups.append(f"x{number % 1000:03d}")
    return "/".join(reversed(groups))

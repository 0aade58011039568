"""Checks a whole log from its public files, one tile after the other, so that its length costs little memory.

What is kept of each leaf is its commitment, 32 bytes, against which openings are checked afterwards.
"""

from __future__ import annotations

import hmac
from array import array
from bisect import bisect_right
from collections.abc import Sequence

from parley.legal.translog import merkle
from parley.legal.translog.checkpoints import Checkpoint
from parley.legal.translog.errors import Malformed, ProofInvalid
from parley.legal.translog.following import Fetch, fetch_tile
from parley.legal.translog.openings import Leaf
from parley.legal.translog.tiles import (
    WIDTH,
    Tile,
    bundles_of,
    complete_hash,
    decode_bundle,
    split_hashes,
    tile_width,
)

_COMMITMENT_BYTES = 32


class Survey:
    """What a whole log looks like from outside; `tiles` is how many tiles of hashes it has."""

    def __init__(self) -> None:
        self._commitments = bytearray()
        self._starts = array("Q")
        self.tiles = 0

    @property
    def size(self) -> int:
        """The number of leaves."""
        return len(self._commitments) // _COMMITMENT_BYTES

    @property
    def batches(self) -> int:
        """The number of batches."""
        return len(self._starts)

    def leaf(self, index: int) -> Leaf:
        """Give one leaf that was checked.

        Raises:
            ProofInvalid: the log has no such leaf.
        """
        if not 0 <= index < self.size:
            raise ProofInvalid(f"leaf {index} is opened and not in the log")
        start = index * _COMMITMENT_BYTES
        commitment = bytes(self._commitments[start : start + _COMMITMENT_BYTES])
        return Leaf(index, bisect_right(self._starts, index), commitment)

    def add(self, leaf: Leaf) -> None:
        """Take the next leaf.

        Raises:
            ProofInvalid: it names another place.
            Malformed: its batch neither is the newest one nor follows it.
        """
        if leaf.seq != self.size:
            raise ProofInvalid(f"leaf {self.size} names another place in the log")
        if leaf.batch == self.batches + 1:
            self._starts.append(leaf.seq)
        elif leaf.batch != self.batches or not self.batches:
            raise Malformed("the batches are not in order")
        self._commitments += leaf.commitment


def check_everything(fetch: Fetch, head: Checkpoint) -> Survey:
    """Fetch every tile and leaf and check that they make up the signed root, that each leaf stands in its
    place, and that batches follow one another.

    Raises:
        Malformed, ProofInvalid: what does not hold.
    """
    survey, climb = Survey(), _Climb(fetch, head.size)
    for bundle in bundles_of(head.size):
        hashes = climb.take(bundle.number)
        for leaf in _check_bundle(fetch, bundle, hashes):
            survey.add(leaf)
    if not hmac.compare_digest(climb.root(), head.root):
        raise ProofInvalid("the tiles do not make up the signed root")
    survey.tiles = climb.tiles
    return survey


class _Climb:
    """Takes the tiles of level 0 in order and checks each tile above as soon as its row is complete."""

    def __init__(self, fetch: Fetch, size: int) -> None:
        self._fetch = fetch
        self._size = size
        self._rows: list[list[bytes]] = [[]]
        self._numbers = [0]
        self.tiles = 0

    def take(self, number: int) -> list[bytes]:
        """Fetch the next tile of level 0; gives its hashes."""
        hashes = self._read(0, number)
        if len(hashes) == WIDTH:
            self._push(1, complete_hash(hashes))
        else:
            self._rows[0] = hashes
        return hashes

    def root(self) -> bytes:
        """Check the partial tiles that are left, and compute the root over everything.

        Raises:
            ProofInvalid: a tile contradicts those below it.
        """
        for level in range(1, len(self._rows)):
            if self._rows[level]:
                self._compare(level)
        peaks = [peak for row in reversed(self._rows) for peak in _peaks(row)]
        if not peaks:
            return merkle.EMPTY_ROOT
        whole = peaks.pop()
        while peaks:
            whole = merkle.node_hash(peaks.pop(), whole)
        return whole

    def _push(self, level: int, value: bytes) -> None:
        if level == len(self._rows):
            self._rows.append([])
            self._numbers.append(0)
        self._rows[level].append(value)
        if len(self._rows[level]) == WIDTH:
            self._compare(level)
            above = complete_hash(self._rows[level])
            self._rows[level] = []
            self._numbers[level] += 1
            self._push(level + 1, above)

    def _compare(self, level: int) -> None:
        number = self._numbers[level]
        if self._read(level, number) != self._rows[level]:
            raise ProofInvalid(f"{Tile(level, number).path} contradicts the tiles below it")

    def _read(self, level: int, number: int) -> list[bytes]:
        self.tiles += 1
        return split_hashes(fetch_tile(self._fetch, Tile(level, number, tile_width(level, number, self._size))))


def _peaks(row: Sequence[bytes]) -> list[bytes]:
    """Fold a row into the complete subtrees that it consists of, the largest first."""
    found: list[bytes] = []
    start, width = 0, WIDTH
    while width:
        if len(row) - start >= width:
            found.append(complete_hash(row[start : start + width]))
            start += width
        width //= 2
    return found


def _check_bundle(fetch: Fetch, bundle: Tile, hashes: Sequence[bytes]) -> list[Leaf]:
    raw = decode_bundle(fetch(bundle.path), bundle.width)
    if [merkle.leaf_hash(item) for item in raw] != hashes:
        raise ProofInvalid(f"{bundle.path} contradicts its tile of hashes")
    return [Leaf.decode(item) for item in raw]

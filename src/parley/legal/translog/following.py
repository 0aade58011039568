"""Following a log from outside, by its public files alone: what witnesses, custodians and strangers check.

A caller gives `Fetch`, which gets a path under the log's prefix (`checkpoint`, `tile/0/000.p/16`, …); nothing
here opens a connection of its own.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from parley.legal.translog import merkle
from parley.legal.translog.checkpoints import Checkpoint, VerifiedCheckpoint, verify_checkpoint
from parley.legal.translog.errors import LogForked, Malformed, ProofInvalid
from parley.legal.translog.notes import VerifierKey
from parley.legal.translog.openings import Leaf
from parley.legal.translog.tiles import (
    Tile,
    TileTree,
    bundles_of,
    complete_hash,
    decode_bundle,
    split_hashes,
    tiles_for,
    tiles_of,
)

Fetch = Callable[[str], bytes]


def read_checkpoint(
    fetch: Fetch, log_key: VerifierKey, witnesses: Sequence[VerifierKey] = (), minimum: int = 0
) -> VerifiedCheckpoint:
    """Fetch and verify the newest checkpoint; the errors are those of `verify_checkpoint`."""
    return verify_checkpoint(fetch("checkpoint"), log_key, witnesses, minimum)


def check_continues(fetch: Fetch, old: Checkpoint, new: Checkpoint) -> None:
    """Check from the tiles of the new tree that it continues the old one.

    Raises:
        LogForked: it is smaller, of another log, or has another past.
        ProofInvalid: the served tiles do not make up the new root.
    """
    if old.origin != new.origin or new.size < old.size:
        raise LogForked(f"{old.origin} had {old.size} leaves; now {new.origin} shows {new.size}")
    tree = _fetch_tree(fetch, new.size, lambda read: _roots(read, old.size, new.size))
    old_root, new_root = _roots(tree, old.size, new.size)
    if not hmac.compare_digest(new_root, new.root):
        raise ProofInvalid("the tiles do not make up the signed root")
    if not hmac.compare_digest(old_root, old.root):
        raise LogForked(f"the log's first {old.size} leaves are not those that were seen before")


def fetch_leaf(fetch: Fetch, index: int, head: Checkpoint) -> Leaf:
    """Fetch one leaf and check that it is in the tree.

    Raises:
        ProofInvalid: it is not, or it names another place.
    """
    if not 0 <= index < head.size:
        raise ProofInvalid(f"leaf {index} is not in a log of {head.size} leaves")
    bundle = bundles_of(head.size, index)[0]
    raw = decode_bundle(fetch(bundle.path), bundle.width)[index - bundle.start]
    proof = inclusion(fetch, index, head)
    merkle.verify_inclusion(merkle.leaf_hash(raw), index, head.size, proof, head.root)
    leaf = Leaf.decode(raw)
    if leaf.seq != index:
        raise ProofInvalid("the leaf names another place in the log")
    return leaf


def inclusion(fetch: Fetch, index: int, head: Checkpoint) -> list[bytes]:
    """Compute an inclusion proof from the served tiles."""

    def build(read: merkle.SubtreeReader) -> list[bytes]:
        return merkle.inclusion_proof(index, head.size, read)

    return build(_fetch_tree(fetch, head.size, build))


@dataclass(frozen=True, slots=True)
class Survey:
    """What a whole log looks like from outside."""

    leaves: tuple[Leaf, ...]
    tiles: int

    @property
    def batches(self) -> int:
        """How many batches there are."""
        return self.leaves[-1].batch if self.leaves else 0


def check_everything(fetch: Fetch, head: Checkpoint) -> Survey:
    """Fetch every tile and leaf and check that they make up the signed root, that each leaf stands in its
    place, and that batches follow one another.

    Raises:
        Malformed, ProofInvalid: what does not hold.
    """
    hashes = {tile: split_hashes(_fetch_tile(fetch, tile)) for tile in tiles_of(head.size)}
    _check_levels(hashes)
    tree = TileTree(head.size)
    for tile, row in hashes.items():
        tree.add(tile, b"".join(row))
    if merkle.tree_root(head.size, tree) != head.root:
        raise ProofInvalid("the tiles do not make up the signed root")
    leaves = [leaf for bundle in bundles_of(head.size) for leaf in _check_bundle(fetch, bundle, hashes)]
    _check_batches(leaves)
    return Survey(tuple(leaves), len(hashes))


def _check_levels(hashes: dict[Tile, list[bytes]]) -> None:
    for tile, row in hashes.items():
        assert tile.level is not None
        if tile.level:
            for offset, value in enumerate(row):
                below = hashes[Tile(tile.level - 1, tile.start + offset)]
                if complete_hash(below) != value:
                    raise ProofInvalid(f"{tile.path} contradicts the tiles below it")


def _check_bundle(fetch: Fetch, bundle: Tile, hashes: dict[Tile, list[bytes]]) -> list[Leaf]:
    raw = decode_bundle(fetch(bundle.path), bundle.width)
    if [merkle.leaf_hash(item) for item in raw] != hashes[Tile(0, bundle.number, bundle.width)]:
        raise ProofInvalid(f"{bundle.path} contradicts its tile of hashes")
    leaves = [Leaf.decode(item) for item in raw]
    for offset, leaf in enumerate(leaves):
        if leaf.seq != bundle.start + offset:
            raise ProofInvalid(f"leaf {bundle.start + offset} names another place in the log")
    return leaves


def _check_batches(leaves: Sequence[Leaf]) -> None:
    numbers = [leaf.batch for leaf in leaves]
    if numbers != sorted(numbers) or set(numbers) != set(range(1, (numbers[-1] if numbers else 0) + 1)):
        raise Malformed("the batches are not in order")


def _roots(read: merkle.SubtreeReader, old: int, new: int) -> tuple[bytes, bytes]:
    return merkle.tree_root(old, read), merkle.tree_root(new, read)


def _fetch_tree(fetch: Fetch, size: int, compute: Callable[[merkle.SubtreeReader], object]) -> TileTree:
    tree = TileTree(size)
    for tile in tiles_for(merkle.needed_subtrees(compute), size):
        tree.add(tile, _fetch_tile(fetch, tile))
    return tree


def _fetch_tile(fetch: Fetch, tile: Tile) -> bytes:
    data = fetch(tile.path)
    if len(data) != tile.width * 32:
        raise Malformed(f"{tile.path} does not hold {tile.width} hashes")
    return data

"""Following a log from outside, by its public files alone: what witnesses, custodians and strangers check.

A caller gives `Fetch`, which gets a path under the log's prefix (`checkpoint`, `tile/0/000.p/16`, …); nothing
here opens a connection of its own.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Sequence

from parley.legal.translog import merkle
from parley.legal.translog.checkpoints import Checkpoint, VerifiedCheckpoint, verify_checkpoint
from parley.legal.translog.errors import LogForked, Malformed, ProofInvalid
from parley.legal.translog.notes import VerifierKey
from parley.legal.translog.openings import Leaf
from parley.legal.translog.tiles import Tile, TileTree, bundles_of, decode_bundle, tiles_for

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


def _roots(read: merkle.SubtreeReader, old: int, new: int) -> tuple[bytes, bytes]:
    return merkle.tree_root(old, read), merkle.tree_root(new, read)


def _fetch_tree(fetch: Fetch, size: int, compute: Callable[[merkle.SubtreeReader], object]) -> TileTree:
    tree = TileTree(size)
    for tile in tiles_for(merkle.needed_subtrees(compute), size):
        tree.add(tile, fetch_tile(fetch, tile))
    return tree


def fetch_tile(fetch: Fetch, tile: Tile) -> bytes:
    """Fetch a tile of hashes.

    Raises:
        Malformed: it is not as wide as it should be.
    """
    data = fetch(tile.path)
    if len(data) != tile.width * 32:
        raise Malformed(f"{tile.path} does not hold {tile.width} hashes")
    return data

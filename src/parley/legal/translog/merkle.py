"""Merkle tree hashing and proofs of RFC 6962 section 2.1, over any source of complete subtrees.

A verifier needs only the two `verify_` functions; a log or a client that reads tiles gives a `SubtreeReader`.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Protocol

from parley.legal.translog.errors import ProofInvalid

EMPTY_ROOT = sha256(b"").digest()
HASH_BYTES = 32


class SubtreeReader(Protocol):
    """Gives the hash of the complete subtree over leaves `index * 2**level` to `(index + 1) * 2**level - 1`."""

    def __call__(self, level: int, index: int) -> bytes: ...


def leaf_hash(leaf: bytes) -> bytes:
    """Hash a leaf's bytes (RFC 6962 section 2.1: prefix 0x00)."""
    return sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash two children into their parent (RFC 6962 section 2.1: prefix 0x01)."""
    return sha256(b"\x01" + left + right).digest()


class MemoryTree:
    """A whole tree in memory, level by level; for batches, tools and tests."""

    def __init__(self, leaf_hashes: Sequence[bytes] = ()) -> None:
        self._levels: list[list[bytes]] = [[]]
        for item in leaf_hashes:
            self.append(item)

    @property
    def size(self) -> int:
        """The number of leaves."""
        return len(self._levels[0])

    def append(self, hashed_leaf: bytes) -> None:
        """Add one leaf hash and every subtree that it completes."""
        self._levels[0].append(hashed_leaf)
        level = 0
        while len(self._levels[level]) % 2 == 0:
            if len(self._levels) == level + 1:
                self._levels.append([])
            left, right = self._levels[level][-2:]
            self._levels[level + 1].append(node_hash(left, right))
            level += 1

    def __call__(self, level: int, index: int) -> bytes:
        """Read one complete subtree."""
        return self._levels[level][index]

    def root(self) -> bytes:
        """The root over all leaves."""
        return tree_root(self.size, self)


def tree_root(size: int, read: SubtreeReader) -> bytes:
    """Compute the root of the first `size` leaves; for none it is the hash of the empty string."""
    return EMPTY_ROOT if size == 0 else _range_hash(0, size, read)


def inclusion_proof(index: int, size: int, read: SubtreeReader) -> list[bytes]:
    """Prove that leaf `index` is in the tree of `size` leaves (RFC 6962 section 2.1.1).

    Raises:
        ProofInvalid: the index lies outside of the tree.
    """
    if not 0 <= index < size:
        raise ProofInvalid(f"leaf {index} is not in a log of {size} leaves")
    proof: list[bytes] = []
    low, high = 0, size
    while high - low > 1:
        middle = low + _split(high - low)
        if index < middle:
            proof.append(_range_hash(middle, high, read))
            high = middle
        else:
            proof.append(_range_hash(low, middle, read))
            low = middle
    return proof[::-1]


def consistency_proof(old: int, new: int, read: SubtreeReader) -> list[bytes]:
    """Prove that the first `old` leaves of the tree of `new` leaves are unchanged (RFC 6962 section 2.1.2).

    From 0, or between equal sizes, the proof is empty (C2SP tlog-witness).

    Raises:
        ProofInvalid: `old` is larger than `new`.
    """
    if not 0 <= old <= new:
        raise ProofInvalid(f"a log of {new} leaves cannot follow one of {old}")
    if old in (0, new):
        return []
    proof: list[bytes] = []
    low, high, whole = 0, new, True
    while high != old:
        middle = low + _split(high - low)
        if old <= middle:
            proof.append(_range_hash(middle, high, read))
            high = middle
        else:
            proof.append(_range_hash(low, middle, read))
            low, whole = middle, False
    if not whole:
        proof.append(_range_hash(low, high, read))
    return proof[::-1]


def verify_inclusion(hashed_leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Check an inclusion proof with the algorithm of RFC 9162 section 2.1.3.2.

    Raises:
        ProofInvalid: the leaf is not at `index` of the tree that has this size and root.
    """
    if not 0 <= index < size:
        raise ProofInvalid(f"leaf {index} is not in a log of {size} leaves")
    position, last, running = index, size - 1, hashed_leaf
    for sibling in proof:
        if last == 0:
            raise ProofInvalid("the inclusion proof is too long")
        if position & 1 or position == last:
            running = node_hash(sibling, running)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            running = node_hash(running, sibling)
        position, last = position >> 1, last >> 1
    if last:
        raise ProofInvalid("the inclusion proof is too short")
    _same(running, root, "the inclusion proof does not lead to the root")


def verify_consistency(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> None:
    """Check a consistency proof with the algorithm of RFC 9162 section 2.1.4.2.

    From an empty tree everything is consistent; between equal sizes the roots must be equal.

    Raises:
        ProofInvalid: the larger tree does not continue the smaller one.
    """
    if not 0 <= old <= new:
        raise ProofInvalid(f"a log of {new} leaves cannot follow one of {old}")
    if old in (0, new):
        if proof:
            raise ProofInvalid("the consistency proof is too long")
        _same(old_root, new_root if old == new else EMPTY_ROOT, "the roots of two trees of one size differ")
        _same(new_root, new_root if new else EMPTY_ROOT, "an empty tree has another root")
        return
    _fold_consistency(old, new, old_root, new_root, list(proof))


def _fold_consistency(old: int, new: int, old_root: bytes, new_root: bytes, path: list[bytes]) -> None:
    if old & (old - 1) == 0:
        path.insert(0, old_root)
    if not path:
        raise ProofInvalid("the consistency proof is too short")
    position, last = old - 1, new - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    first = second = path[0]
    for sibling in path[1:]:
        if last == 0:
            raise ProofInvalid("the consistency proof is too long")
        if position & 1 or position == last:
            first, second = node_hash(sibling, first), node_hash(sibling, second)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            second = node_hash(second, sibling)
        position, last = position >> 1, last >> 1
    if last:
        raise ProofInvalid("the consistency proof is too short")
    _same(first, old_root, "the consistency proof does not lead to the older root")
    _same(second, new_root, "the consistency proof does not lead to the newer root")


def needed_subtrees(compute: Callable[[SubtreeReader], object]) -> list[tuple[int, int]]:
    """List the complete subtrees that a computation reads, so that a client can fetch their tiles first."""
    asked: list[tuple[int, int]] = []

    def record(level: int, index: int) -> bytes:
        asked.append((level, index))
        return EMPTY_ROOT

    compute(record)
    return asked


def _range_hash(low: int, high: int, read: SubtreeReader) -> bytes:
    width = high - low
    if width & (width - 1) == 0 and low % width == 0:
        level = width.bit_length() - 1
        return read(level, low >> level)
    middle = low + _split(width)
    return node_hash(_range_hash(low, middle, read), _range_hash(middle, high, read))


def _split(width: int) -> int:
    """The largest power of two smaller than `width`."""
    return 1 << ((width - 1).bit_length() - 1)


def _same(computed: bytes, claimed: bytes, complaint: str) -> None:
    if not hmac.compare_digest(computed, claimed):
        raise ProofInvalid(complaint)

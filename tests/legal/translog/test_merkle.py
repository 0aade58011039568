"""Whoever checks our proofs with any RFC 6962 program comes to the same result as we do."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parley.legal.translog.errors import ProofInvalid
from parley.legal.translog.merkle import (
    EMPTY_ROOT,
    MemoryTree,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    tree_root,
    verify_consistency,
    verify_inclusion,
)

# The leaves and roots with which Certificate Transparency implementations test RFC 6962.
LEAVES = [
    bytes.fromhex(item)
    for item in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
_TREE = MemoryTree([leaf_hash(item) for item in LEAVES])


@pytest.mark.parametrize("size", range(9))
def test_a_tree_has_the_root_that_the_standard_says(size: int) -> None:
    assert tree_root(size, _TREE).hex() == ROOTS[size]


@pytest.mark.parametrize(
    ("index", "size", "proof"),
    [
        (0, 1, []),
        (
            0,
            8,
            [
                "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
            ],
        ),
        (2, 3, ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]),
    ],
)
def test_inclusion_proofs_are_those_of_the_reference_vectors(index: int, size: int, proof: list[str]) -> None:
    assert [item.hex() for item in inclusion_proof(index, size, _TREE)] == proof


def test_consistency_proofs_are_those_of_the_reference_vectors() -> None:
    assert [item.hex() for item in consistency_proof(6, 8, _TREE)] == [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]
    assert consistency_proof(0, 8, _TREE) == consistency_proof(8, 8, _TREE) == []


def _by_definition(hashes: list[bytes]) -> bytes:
    """RFC 6962's recursive definition, word by word."""
    if not hashes:
        return sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    split = 1
    while split * 2 < len(hashes):
        split *= 2
    return node_hash(_by_definition(hashes[:split]), _by_definition(hashes[split:]))


_HASHES = [leaf_hash(str(number).encode()) for number in range(130)]
_BIG = MemoryTree(_HASHES)


@settings(max_examples=200)
@given(st.data())
def test_every_honest_proof_verifies_and_no_altered_one(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 130))
    index = data.draw(st.integers(0, size - 1))
    root = tree_root(size, _BIG)
    assert root == _by_definition(_HASHES[:size])
    proof = inclusion_proof(index, size, _BIG)
    verify_inclusion(_HASHES[index], index, size, proof, root)
    for altered in _altered(proof):
        with pytest.raises(ProofInvalid):
            verify_inclusion(_HASHES[index], index, size, altered, root)
    for elsewhere in {(index + 1) % size, 0} - {index}:
        with pytest.raises(ProofInvalid):
            verify_inclusion(_HASHES[index], elsewhere, size, proof, root)


@settings(max_examples=200)
@given(st.data())
def test_a_log_that_changed_its_past_is_found(data: st.DataObject) -> None:
    new = data.draw(st.integers(1, 130))
    old = data.draw(st.integers(0, new))
    old_root, new_root = tree_root(old, _BIG), tree_root(new, _BIG)
    proof = consistency_proof(old, new, _BIG)
    verify_consistency(old, new, old_root, new_root, proof)
    for altered in _altered(proof):
        with pytest.raises(ProofInvalid):
            verify_consistency(old, new, old_root, new_root, altered)
    if old:
        other = MemoryTree([leaf_hash(b"another past"), *_HASHES[1:new]])
        with pytest.raises(ProofInvalid):
            verify_consistency(old, new, old_root, tree_root(new, other), consistency_proof(old, new, other))


def test_what_lies_outside_of_the_tree_is_refused() -> None:
    with pytest.raises(ProofInvalid):
        inclusion_proof(8, 8, _TREE)
    with pytest.raises(ProofInvalid):
        consistency_proof(9, 8, _TREE)
    with pytest.raises(ProofInvalid):
        verify_inclusion(_HASHES[0], 1, 1, [], _HASHES[0])
    with pytest.raises(ProofInvalid):
        verify_consistency(2, 1, EMPTY_ROOT, EMPTY_ROOT, [])
    with pytest.raises(ProofInvalid):
        verify_consistency(0, 1, _HASHES[0], _HASHES[0], [])


def _altered(proof: list[bytes]) -> list[list[bytes]]:
    flipped = [[*proof[:i], bytes(32), *proof[i + 1 :]] for i in range(len(proof))]
    return [*flipped, [*proof, bytes(32)], *([proof[:-1]] if proof else [])]

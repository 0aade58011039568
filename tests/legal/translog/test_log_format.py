"""The test vectors of docs/log-format.md are true, so that a second implementation can rely on them."""

from __future__ import annotations

import base64
import json
import re
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from parley.legal import rules_in_force
from parley.legal.translog.checkpoints import verify_checkpoint
from parley.legal.translog.merkle import MemoryTree, consistency_proof, tree_root
from parley.legal.translog.notes import SignerKey, VerifierKey
from parley.legal.translog.openings import LEAF_BYTES, Leaf, Opening, verify_opening
from parley.legal.translog.receipts import Receipt, verify_receipt
from parley.legal.translog.tiles import encode_bundle

PAGE = Path(__file__).parents[3] / "docs" / "log-format.md"


@pytest.fixture(scope="module")
def vectors() -> dict[str, Any]:
    page = PAGE.read_text("utf-8")
    found: dict[str, Any] = json.loads(page.rpartition("```json\n")[2].partition("```")[0])
    return found


def test_what_every_hash_of_rules_is_of_stands_there_once() -> None:
    """Whoever finds an entry `rules` in the log learns which file to compare it with."""
    rows = [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| `rules`, ")]
    subjects = [word for row in rows for word in re.findall(r"`(\w+)`", row.split("|")[1])[1:]]
    assert sorted(subjects) == sorted([*rules_in_force.load().hashes, "retention", "new_origin"])


def test_keys(vectors: dict[str, Any]) -> None:
    for who in ("log", "witness"):
        assert str(SignerKey.parse(vectors[f"{who}_private_key"]).verifier) == vectors[f"{who}_vkey"]


def test_leaves_and_openings(vectors: dict[str, Any]) -> None:
    for index, item in enumerate(vectors["leaves"]):
        leaf = Leaf.decode(item["leaf"].encode())
        opening = Opening.from_json(json.loads(item["opening_jcs"]))
        assert opening.canonical().decode() == item["opening_jcs"]
        verify_opening(leaf, base64.b64decode(item["salt"]), opening)
        assert (leaf.seq, leaf.hash.hex(), len(item["leaf"])) == (index, item["leaf_hash"], LEAF_BYTES)


def test_tree_and_files(vectors: dict[str, Any]) -> None:
    tree = MemoryTree([bytes.fromhex(item["leaf_hash"]) for item in vectors["leaves"]])
    assert {str(size): tree_root(size, tree).hex() for size in range(6)} == vectors["roots"]
    assert [item.hex() for item in consistency_proof(2, 5, tree)] == vectors["consistency_2_5"]
    bundle = encode_bundle(item["leaf"].encode() for item in vectors["leaves"])
    assert sha256(bundle).hexdigest() == vectors["entry_bundle_sha256"]
    assert "".join(item["leaf_hash"] for item in vectors["leaves"]) == vectors["tile_0_000_p_5"]


def test_checkpoint_and_receipt(vectors: dict[str, Any]) -> None:
    log, witness = VerifierKey.parse(vectors["log_vkey"]), VerifierKey.parse(vectors["witness_vkey"])
    head = verify_checkpoint(vectors["checkpoint"], log, [witness], 1).checkpoint
    assert (head.size, head.root.hex()) == (5, vectors["roots"]["5"])
    receipt = Receipt.from_json(vectors["receipt"])
    assert verify_receipt(receipt, log, [witness], 1).checkpoint == head

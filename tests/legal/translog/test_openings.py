"""A leaf tells nothing before it is opened, and only one thing afterwards."""

from __future__ import annotations

import hmac
from datetime import UTC, datetime
from typing import Any

import pytest

from parley.legal.translog.checkpoints import Checkpoint, sign_checkpoint
from parley.legal.translog.cosignatures import cosign
from parley.legal.translog.errors import CosignaturesMissing, Malformed, ProofInvalid, SignatureInvalid
from parley.legal.translog.merkle import MemoryTree, inclusion_proof
from parley.legal.translog.notes import COSIGNATURE_V1, ED25519, SignerKey
from parley.legal.translog.openings import (
    LEAF_BYTES,
    PADDING,
    Leaf,
    Opening,
    Stage,
    commitment,
    verify_opening,
)
from parley.legal.translog.receipts import Receipt, verify_receipt

_SALT = bytes(range(32))
_KEY = SignerKey("parley.example/log", ED25519, bytes(32))
_DECIDED = Opening(
    Stage.DECIDED,
    order_ref="4f1c",
    country="XX",
    instrument="national_court",
    result="disclose",
    users=1,
    fields=("phone", "ip"),
    release_sha256="ab" * 32,
)


def test_a_commitment_can_be_computed_by_hand() -> None:
    assert PADDING.canonical() == b'{"stage":"padding"}'
    assert (
        commitment(_SALT, PADDING).hex()
        == hmac.new(_SALT, b'{"stage":"padding"}', "sha256").hexdigest()
        == "57c259b961e06c618c79e94a61263948343d6a397d854b9cdc9a663fe72659d6"
    )
    assert commitment(_SALT, _DECIDED) != commitment(bytes(32), _DECIDED)


def test_every_leaf_is_equally_long() -> None:
    for seq, batch in ((0, 0), (7, 1), (999_999_999_999, 123_456)):
        leaf = Leaf(seq, batch, commitment(_SALT, _DECIDED))
        assert len(leaf.encode()) == LEAF_BYTES == 131
        assert Leaf.decode(leaf.encode()) == leaf


def test_a_leaf_opens_to_one_thing_only() -> None:
    leaf = Leaf(3, 1, commitment(_SALT, _DECIDED))
    verify_opening(leaf, _SALT, _DECIDED)
    with pytest.raises(ProofInvalid):
        verify_opening(leaf, _SALT, PADDING)


def test_an_opening_is_read_back_as_it_was_written() -> None:
    assert Opening.from_json(_DECIDED.to_json()) == _DECIDED
    assert Opening.from_json({"stage": "padding"}) == PADDING


@pytest.mark.parametrize(
    "raw",
    [
        {},
        {"stage": "unheard"},
        {"stage": "padding", "users": 1},
        {"stage": "received", "country": "XX", "instrument": "national_court"},
        {**_DECIDED.to_json(), "phone": "1"},
        {**_DECIDED.to_json(), "country": "xx"},
        {**_DECIDED.to_json(), "users": -1},
        {**_DECIDED.to_json(), "users": True},
        {**_DECIDED.to_json(), "fields": ["message"]},
        {**_DECIDED.to_json(), "result": "maybe"},
        {**_DECIDED.to_json(), "reason": "a whole sentence about somebody"},
        {**_DECIDED.to_json(), "release_sha256": "AB" * 32},
        {"stage": "audit_head", "order_ref": "4f1c", "sha256": "ab" * 32},
        {"stage": "audit_head"},
    ],
)
def test_an_opening_with_more_or_other_than_the_log_may_say_is_refused(raw: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        Opening.from_json(raw)


def _receipt(*, seq: int = 1) -> Receipt:
    leaf = Leaf(seq, 1, commitment(_SALT, _DECIDED))
    tree = MemoryTree([Leaf(0, 1, bytes(32)).hash, leaf.hash, Leaf(2, 1, bytes(32)).hash])
    note = sign_checkpoint(Checkpoint(_KEY.name, 3, tree.root()), _KEY)
    return Receipt(leaf.encode(), _SALT, _DECIDED, 1, tuple(inclusion_proof(1, 3, tree)), str(note))


def test_a_receipt_verifies_from_the_logs_key_alone() -> None:
    receipt = Receipt.parse(_receipt().serialize())
    assert receipt == _receipt()
    assert verify_receipt(receipt, _KEY.verifier).checkpoint.size == 3


def test_a_receipt_can_demand_a_witness() -> None:
    witness = SignerKey("w.example", COSIGNATURE_V1, bytes(32))
    with pytest.raises(CosignaturesMissing):
        verify_receipt(_receipt(), _KEY.verifier, [witness.verifier], 1)
    line = str(cosign(_receipt().checkpoint.split("\n\n")[0] + "\n", witness, datetime(2026, 1, 1, tzinfo=UTC)))
    raw = _receipt().to_json()
    verify_receipt(
        Receipt.from_json({**raw, "checkpoint": raw["checkpoint"] + line}), _KEY.verifier, [witness.verifier], 1
    )


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"index": 0}, ProofInvalid),
        ({"opening": {"stage": "padding"}}, ProofInvalid),
        ({"salt": "A" * 43 + "="}, ProofInvalid),
        ({"inclusion_proof": []}, ProofInvalid),
        ({"index": "1"}, Malformed),
        ({"leaf": 1}, Malformed),
        ({"salt": "?"}, Malformed),
        ({"inclusion_proof": "abcd"}, Malformed),
        ({"inclusion_proof": ["AAAA"] * 64}, Malformed),
    ],
)
def test_a_doctored_receipt_is_refused(change: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        verify_receipt(Receipt.from_json({**_receipt().to_json(), **change}), _KEY.verifier)


def test_a_receipt_of_a_leaf_that_names_another_place_is_refused() -> None:
    with pytest.raises(ProofInvalid):
        verify_receipt(_receipt(seq=2), _KEY.verifier)
    with pytest.raises(SignatureInvalid):
        verify_receipt(_receipt(), SignerKey(_KEY.name, ED25519, bytes([1] * 32)).verifier)

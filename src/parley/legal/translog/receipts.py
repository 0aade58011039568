"""Receipts: what a person keeps to prove, alone and offline, that their disclosure stands in the public log."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from parley.legal.translog.checkpoints import Checkpoint, VerifiedCheckpoint, verify_checkpoint
from parley.legal.translog.errors import Malformed, ProofInvalid
from parley.legal.translog.merkle import leaf_hash, verify_inclusion
from parley.legal.translog.notes import Note, VerifierKey
from parley.legal.translog.openings import Leaf, Opening, parse_object, verify_opening

#: More sibling hashes than a log of 2**63 leaves needs.
_MAX_PROOF = 63


@dataclass(frozen=True, slots=True)
class Receipt:
    """An opened leaf with its proof. `leaf` holds the leaf's bytes, `checkpoint` a whole signed note."""

    leaf: bytes
    salt: bytes
    opening: Opening
    index: int
    inclusion_proof: tuple[bytes, ...]
    checkpoint: str

    def to_json(self) -> dict[str, Any]:
        """Give the receipt as JSON: bytes in base64, the leaf and the checkpoint as text."""
        return {
            "leaf": self.leaf.decode(),
            "salt": _b64(self.salt),
            "opening": self.opening.to_json(),
            "index": self.index,
            "inclusion_proof": [_b64(item) for item in self.inclusion_proof],
            "checkpoint": self.checkpoint,
        }

    def serialize(self) -> str:
        """Write the receipt as a person's file."""
        return json.dumps(self.to_json(), indent=2, ensure_ascii=False) + "\n"

    @classmethod
    def parse(cls, data: bytes | str) -> Receipt:
        """Read a receipt; nothing is verified yet.

        Raises:
            Malformed: not a receipt.
        """
        return cls.from_json(parse_object(data))

    @classmethod
    def from_file(cls, data: bytes) -> Receipt:
        """Read a receipt as a person saved it; a chat may have put the file's name before it.

        Raises:
            Malformed: not a receipt.
        """
        return cls.parse(data[max(0, data.find(b"{")) :])

    @classmethod
    def from_json(cls, raw: dict[str, Any]) -> Receipt:
        """Read a receipt from its JSON object.

        Raises:
            Malformed: not a receipt.
        """
        try:
            proof = tuple(_unb64(item) for item in raw["inclusion_proof"])
            index, leaf, checkpoint = raw["index"], raw["leaf"], raw["checkpoint"]
            opening = Opening.from_json(raw["opening"])
            salt = _unb64(raw["salt"])
        except (KeyError, TypeError, AttributeError):
            raise Malformed("not a receipt") from None
        texts = isinstance(leaf, str) and isinstance(checkpoint, str)
        if not texts or type(index) is not int or len(proof) > _MAX_PROOF:
            raise Malformed("not a receipt")
        return cls(leaf.encode(), salt, opening, index, proof, checkpoint)

    def stated_head(self) -> Checkpoint:
        """The checkpoint that the receipt states; nothing of it is verified.

        Raises:
            Malformed: its text is no note with a checkpoint.
        """
        return Checkpoint.parse(Note.parse(self.checkpoint).text)


def verify_receipt(
    receipt: Receipt, log_key: VerifierKey, witnesses: Sequence[VerifierKey] = (), minimum: int = 0
) -> VerifiedCheckpoint:
    """Verify a receipt from the log's key alone: signature, inclusion, position and commitment.

    Raises:
        Malformed, SignatureInvalid, CosignaturesMissing, ProofInvalid: what of it does not hold.
    """
    verified = verify_checkpoint(receipt.checkpoint, log_key, witnesses, minimum)
    head = verified.checkpoint
    verify_inclusion(leaf_hash(receipt.leaf), receipt.index, head.size, receipt.inclusion_proof, head.root)
    leaf = Leaf.decode(receipt.leaf)
    if leaf.seq != receipt.index:
        raise ProofInvalid("the leaf names another place in the log")
    verify_opening(leaf, receipt.salt, receipt.opening)
    return verified


def _b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _unb64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Malformed("not base64") from None

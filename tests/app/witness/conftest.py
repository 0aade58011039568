"""A log in memory that asks a witness, honest or not."""

from __future__ import annotations

from hashlib import sha256

from parley.legal.translog.checkpoints import Checkpoint, sign_checkpoint
from parley.legal.translog.merkle import MemoryTree, consistency_proof, tree_root
from parley.legal.translog.notes import ED25519, Note, SignerKey
from parley.legal.translog.submission import Submission


class AskingLog:
    """Signs any prefix of its leaves; two with one key and other leaves are two views."""

    def __init__(self, name: str = "log.example/one", *, seed: int = 1, leaves: str = "true") -> None:
        self.key = SignerKey(name, ED25519, bytes([seed]) * 32)
        hashes = [
            sha256(f"{leaves if number > 2 else 'shared'} {number}".encode()).digest() for number in range(40)
        ]
        self.tree = MemoryTree(hashes)

    def note(self, size: int) -> Note:
        return sign_checkpoint(Checkpoint(self.key.name, size, tree_root(size, self.tree)), self.key)

    def ask(self, old: int, size: int) -> bytes:
        proof = consistency_proof(old, size, self.tree) if old <= size else []
        return str(Submission(old, tuple(proof), self.note(size))).encode()

"""Checkpoints of C2SP tlog-checkpoint: the signed size and root of the log, and whom to believe about them."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass

from parley.legal.translog import cosignatures
from parley.legal.translog.errors import CosignaturesMissing, Malformed, SignatureInvalid
from parley.legal.translog.notes import Note, SignerKey, VerifierKey, sign_text

_SIZE = re.compile(r"0|[1-9]\d{0,18}")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A tree head: which log, how many leaves, which root."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """The note text: three lines."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """Read a note text; extension lines are refused, as our logs have none and nobody could audit them.

        Raises:
            Malformed: not the text of a checkpoint.
        """
        lines = text.split("\n")
        if len(lines) != 4 or lines[3] or not lines[0] or not _SIZE.fullmatch(lines[1]):
            raise Malformed("not a checkpoint")
        try:
            root = base64.b64decode(lines[2], validate=True)
        except (binascii.Error, ValueError):
            raise Malformed("not a checkpoint") from None
        checkpoint = cls(lines[0], int(lines[1]), root)
        if len(root) != 32 or checkpoint.text() != text:
            raise Malformed("not a checkpoint")
        return checkpoint


@dataclass(frozen=True, slots=True)
class VerifiedCheckpoint:
    """A checkpoint whose log signature and cosignatures have been verified."""

    checkpoint: Checkpoint
    note: Note
    cosigners: tuple[cosignatures.Cosignature, ...]


def sign_checkpoint(checkpoint: Checkpoint, key: SignerKey) -> Note:
    """Sign as the log. Only `signer.Signer` calls this, since it alone remembers what was signed before."""
    return sign_text(checkpoint.text(), key)


def verify_checkpoint(
    data: bytes | str | Note, log_key: VerifierKey, witnesses: Sequence[VerifierKey] = (), minimum: int = 0
) -> VerifiedCheckpoint:
    """Verify a checkpoint: the log's signature, its origin, and at least `minimum` different witnesses.

    Raises:
        Malformed: not a checkpoint.
        SignatureInvalid: the log's signature, or a line that claims to be of a given witness, does not verify.
        CosignaturesMissing: fewer than `minimum` of the given witnesses have cosigned.
    """
    note = data if isinstance(data, Note) else Note.parse(data)
    note.verify(log_key)
    checkpoint = Checkpoint.parse(note.text)
    if checkpoint.origin != log_key.name:
        raise SignatureInvalid("the checkpoint is of another log than the key")
    cosigners = cosignatures.verified(note, witnesses)
    if len({item.public for item in cosigners}) < minimum:
        raise CosignaturesMissing(f"{len(cosigners)} of {minimum} needed witnesses have cosigned")
    return VerifiedCheckpoint(checkpoint, note, cosigners)

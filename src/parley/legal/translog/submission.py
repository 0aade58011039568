"""What a log sends to a witness and what comes back: `add-checkpoint` of C2SP tlog-witness, as text.

Both sides use it: the log that asks for cosignatures, and `parley witness serve`, which gives them.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from hashlib import sha256

from parley.legal.translog.cosignatures import verify_cosignature
from parley.legal.translog.errors import Malformed, SignatureInvalid
from parley.legal.translog.merkle import HASH_BYTES
from parley.legal.translog.notes import (
    MAX_NOTE_BYTES,
    Note,
    Signature,
    VerifierKey,
    decode_base64,
    parse_signature,
)

PATH = "add-checkpoint"
#: The media type of a refusal that names the size which the witness cosigned last.
SIZE_TYPE = "text/x.tlog.size"
MAX_PROOF = 63
#: No body of a submission is longer.
MAX_BYTES = MAX_NOTE_BYTES + 32 + 45 * MAX_PROOF
_OLD = re.compile(r"old (0|[1-9]\d{0,18})")
_SIZE = re.compile(r"(0|[1-9]\d{0,18})\n")


@dataclass(frozen=True, slots=True)
class Submission:
    """A checkpoint with the proof that it continues the one of `old` leaves."""

    old: int
    proof: tuple[bytes, ...]
    note: Note

    def __str__(self) -> str:
        lines = [f"old {self.old}", *(base64.b64encode(item).decode() for item in self.proof)]
        return "".join(f"{line}\n" for line in lines) + "\n" + str(self.note)

    @classmethod
    def parse(cls, body: bytes) -> Submission:
        """Read a request's body; nothing is verified yet.

        Raises:
            Malformed: not what the protocol allows.
        """
        try:
            head, empty, note = body.decode("utf-8", "strict").partition("\n\n")
        except UnicodeDecodeError:
            raise Malformed("a submission is UTF-8 text") from None
        first, *rest = head.split("\n")
        match = _OLD.fullmatch(first)
        if match is None or not empty or len(rest) > MAX_PROOF:
            raise Malformed("a submission has an old size, at most 63 hashes, an empty line and a checkpoint")
        proof = tuple(decode_base64(line) for line in rest)
        if any(len(item) != HASH_BYTES for item in proof):
            raise Malformed("a line of the proof is no hash")
        return cls(int(match[1]), proof, Note.parse(note))


def name_of(origin: str) -> str:
    """The name under which a witness keeps and serves a checkpoint: the SHA-256 of its origin in hexadecimal."""
    return sha256(origin.encode()).hexdigest()


def parse_size(body: bytes) -> int:
    """Read the size in a witness's refusal.

    Raises:
        Malformed: not one decimal number on one line.
    """
    match = _SIZE.fullmatch(body.decode("ascii", "replace"))
    if match is None:
        raise Malformed("not a size")
    return int(match[1])


def cosignatures_in(body: bytes, note: Note, key: VerifierKey) -> list[Signature]:
    """Give the lines of a witness's answer that are its own cosignatures of the note; others are passed over.

    Raises:
        Malformed: the answer is no list of signature lines.
        SignatureInvalid: none is of this witness, or one that claims to be does not verify.
    """
    if len(body) > MAX_NOTE_BYTES or not body.endswith(b"\n"):
        raise Malformed("a witness answers with signature lines")
    lines = [parse_signature(line) for line in body.decode("utf-8", "replace")[:-1].split("\n")]
    own = [line for line in lines if line.is_by(key)]
    for line in own:
        verify_cosignature(note.text, line, key)
    if not own:
        raise SignatureInvalid(f"no cosignature by {key.name} came back")
    return own

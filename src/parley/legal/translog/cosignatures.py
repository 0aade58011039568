"""Cosignatures of C2SP tlog-cosignature (`cosignature/v1`): a witness's dated word that it saw one history.

Custodians' tools and `parley witness` make them with the same function after they checked consistency.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from parley.legal.translog.errors import Malformed, SignatureInvalid
from parley.legal.translog.notes import COSIGNATURE_V1, Note, Signature, SignerKey, VerifierKey

_TIME_BYTES = 8
_SIGNATURE_BYTES = 64
_MAX_TIME = 253_402_300_799  # the last second of the year 9999, the largest that a datetime holds


@dataclass(frozen=True, slots=True)
class Cosignature:
    """Who cosigned, and when by their own clock."""

    name: str
    public: bytes
    at: datetime


def cosign(checkpoint_text: str, key: SignerKey, now: datetime) -> Signature:
    """Cosign a checkpoint's note text; the caller has checked the log's signature and consistency first.

    Raises:
        Malformed: the key is not a witness's.
    """
    if key.kind != COSIGNATURE_V1:
        raise Malformed("a checkpoint is cosigned with a witness's key")
    seconds = int(now.timestamp())
    signature = key.sign(_message(checkpoint_text, seconds))
    return Signature(key.name, key.verifier.key_id, seconds.to_bytes(_TIME_BYTES, "big") + signature)


def verify_cosignature(text: str, line: Signature, key: VerifierKey) -> Cosignature:
    """Verify one line against the witness's key.

    Raises:
        SignatureInvalid: the line is not this witness's cosignature of this text.
    """
    body = line.signature
    if key.kind != COSIGNATURE_V1 or not line.is_by(key) or len(body) != _TIME_BYTES + _SIGNATURE_BYTES:
        raise SignatureInvalid(f"not a cosignature by {key.name}")
    seconds = int.from_bytes(body[:_TIME_BYTES], "big")
    if seconds > _MAX_TIME:
        raise SignatureInvalid("a cosignature has an impossible time")
    key.check(_message(text, seconds), body[_TIME_BYTES:])
    return Cosignature(key.name, key.public, datetime.fromtimestamp(seconds, UTC))


def verified(note: Note, witnesses: Sequence[VerifierKey]) -> tuple[Cosignature, ...]:
    """Verify every line that claims to be of one of these witnesses; one cosignature each, the newest.

    Raises:
        SignatureInvalid: a line claims to be of a known witness and does not verify.
    """
    newest: dict[bytes, Cosignature] = {}
    for key in witnesses:
        for line in note.signatures:
            if line.is_by(key):
                item = verify_cosignature(note.text, line, key)
                if key.public not in newest or newest[key.public].at < item.at:
                    newest[key.public] = item
    return tuple(newest.values())


def _message(text: str, seconds: int) -> bytes:
    return f"cosignature/v1\ntime {seconds}\n{text}".encode()

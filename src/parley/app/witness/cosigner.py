"""The rules of C2SP tlog-witness: whether a submitted checkpoint is cosigned, and what is answered if not."""

from __future__ import annotations

import hmac
import threading
from collections.abc import Sequence
from dataclasses import dataclass

from parley.app.witness.memory import Memory
from parley.core.clock import Clock
from parley.legal.translog.checkpoints import Checkpoint
from parley.legal.translog.cosignatures import cosign
from parley.legal.translog.errors import Malformed, ProofInvalid, SignatureInvalid
from parley.legal.translog.merkle import EMPTY_ROOT, verify_consistency
from parley.legal.translog.notes import COSIGNATURE_V1, ED25519, Note, SignerKey, VerifierKey
from parley.legal.translog.submission import SIZE_TYPE, Submission, name_of

_TEXT = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Verdict:
    """An HTTP answer: status, body and media type. `cosigned` names the checkpoint if there is one."""

    status: int
    body: str
    media_type: str = _TEXT
    cosigned: Checkpoint | None = None


class Cosigner:
    """Cosigns the checkpoints of the logs that it knows, each a continuation of the one before.

    What is remembered belongs to the log and not to a key: with a new key a witness goes on where it was.
    """

    def __init__(
        self, keys: Sequence[SignerKey], logs: Sequence[VerifierKey], memory: Memory, clock: Clock
    ) -> None:
        if not keys or any(key.kind != COSIGNATURE_V1 for key in keys):
            raise Malformed("a witness has a key for cosignatures (type 0x04)")
        if any(log.kind != ED25519 for log in logs):
            raise Malformed("a log has a key of type 0x01")
        self._keys = tuple(keys)
        self._logs = tuple(logs)
        self._memory = memory
        self._clock = clock
        self._one_at_a_time = threading.Lock()

    @property
    def keys(self) -> list[VerifierKey]:
        """The public keys with which it cosigns."""
        return [key.verifier for key in self._keys]

    def submit(self, body: bytes) -> Verdict:
        """Judge one `add-checkpoint` request. What is cosigned is on the disk before this returns.

        Raises:
            StateDamaged: the memory of this log cannot be read; nothing is cosigned then.
        """
        try:
            asked = Submission.parse(body)
            head = Checkpoint.parse(asked.note.text)
        except Malformed as error:
            return Verdict(400, f"{error}\n")
        trusted = [log for log in self._logs if log.name == head.origin]
        if not trusted:
            return Verdict(404, "this witness does not know the log\n")
        if not _signed_by_any(asked.note, trusted):
            return Verdict(403, "no key that this witness trusts has signed the checkpoint\n")
        if asked.old > head.size:
            return Verdict(400, "the old size is larger than the checkpoint's\n")
        with self._one_at_a_time:
            return self._compare(asked, head)

    def latest(self, origin_name: str) -> Note | None:
        """The newest cosigned checkpoint of a log, by the hexadecimal SHA-256 of its origin."""
        origins = {log.name for log in self._logs if name_of(log.name) == origin_name}
        return self._memory.last(origins.pop()) if origins else None

    def _compare(self, asked: Submission, head: Checkpoint) -> Verdict:
        kept = self._memory.last(head.origin)
        last = Checkpoint.parse(kept.text) if kept else Checkpoint(head.origin, 0, EMPTY_ROOT)
        if asked.old != last.size:
            return Verdict(409, f"{last.size}\n", SIZE_TYPE)
        if head.size == last.size and not hmac.compare_digest(head.root, last.root):
            return Verdict(409, "another root of this size was cosigned before\n")
        try:
            verify_consistency(last.size, head.size, last.root, head.root, asked.proof)
        except ProofInvalid as error:
            return Verdict(422, f"{error}\n")
        return self._cosign(asked.note, head)

    def _cosign(self, note: Note, head: Checkpoint) -> Verdict:
        now = self._clock.now()
        lines = [cosign(note.text, key, now) for key in self._keys]
        logs = [item for item in note.signatures if any(item.is_by(log) for log in self._logs)]
        self._memory.keep(head.origin, Note(note.text, (*logs, *lines)))
        return Verdict(200, "".join(map(str, lines)), cosigned=head)


def _signed_by_any(note: Note, keys: Sequence[VerifierKey]) -> bool:
    """Whether a trusted key signed; a line that claims to be of one and does not verify spoils the whole note."""
    claimed = [key for key in keys if any(line.is_by(key) for line in note.signatures)]
    try:
        for key in claimed:
            note.verify(key)
    except SignatureInvalid:
        return False
    return bool(claimed)

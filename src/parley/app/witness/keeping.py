"""A witness's work on one log: fetch, demand consistency, remember, cosign, hand in (after C2SP tlog-witness)."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from parley.app.log_verify import pinned
from parley.app.log_verify.fetching import LogClient
from parley.app.log_verify.pinned import Pinned
from parley.app.log_verify.verifying import pin
from parley.core.files import replace_durably
from parley.legal.translog.checkpoints import Checkpoint
from parley.legal.translog.cosignatures import cosign
from parley.legal.translog.following import check_continues, read_checkpoint
from parley.legal.translog.merkle import EMPTY_ROOT
from parley.legal.translog.notes import COSIGNATURE_V1, Note, SignerKey


def witness_once(log: LogClient, key: SignerKey, state: Path, vkey: str | None, now: datetime) -> Checkpoint:
    """Check that the log continues what was seen before and cosign it. What is cosigned is remembered first.

    Raises:
        TranslogError: the log contradicts itself or what was seen; nothing is cosigned then.
        LogUnreachable: it does not answer, or does not take the cosignature.
    """
    known, _ = pin(log, state, vkey)
    verified = read_checkpoint(log, known.log_key)
    head = verified.checkpoint
    check_continues(log, known.checkpoint or Checkpoint(head.origin, 0, EMPTY_ROOT), head)
    pinned.save(state, Pinned(known.log_key, head))
    line = cosign(verified.note.text, key, now)
    log.post("cosignatures", str(Note(verified.note.text, (line,))))
    return head


def make_key(path: Path, name: str) -> SignerKey:
    """Make a witness's key file, readable by its owner alone; an existing one is never replaced.

    Raises:
        FileExistsError: there is one already.
        Malformed: the name has spaces or plus signs.
    """
    if path.exists():
        raise FileExistsError(f"{path} exists already")
    key = SignerKey.generate(name, COSIGNATURE_V1)
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_durably(path, key.serialize().encode() + b"\n")
    return key


def read_key(path: Path) -> SignerKey:
    """Read a witness's key file.

    Raises:
        Malformed: not a key.
        OSError: it cannot be read.
    """
    return SignerKey.parse(path.read_text("utf-8"))

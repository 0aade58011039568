"""The log's signer: the key, and outside of the database the memory of what it signed last.

A database that was restored from an old backup can therefore never make it sign a shorter log or another past.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from parley.core.files import replace_durably
from parley.legal.translog.checkpoints import Checkpoint, sign_checkpoint
from parley.legal.translog.errors import LogForked, ProofInvalid
from parley.legal.translog.merkle import EMPTY_ROOT, verify_consistency
from parley.legal.translog.notes import ED25519, Note, SignerKey, VerifierKey

_KEY_FILE = "key"
_DRAWN_FILE = "key.drawn"
_STATE_FILE = "signed.json"
_FIRST_SUFFIX = 2


@dataclass(frozen=True, slots=True)
class Signed:
    """What was signed last for one origin."""

    size: int
    root: bytes


class Signer:
    """Signs checkpoints of one log, each a continuation of the one before. The folder is `<data-dir>/log`."""

    def __init__(self, folder: Path, key: SignerKey) -> None:
        self._folder = folder
        self._key = key

    @property
    def origin(self) -> str:
        """The log's origin, which is the key's name."""
        return self._key.name

    @property
    def verifier(self) -> VerifierKey:
        """The public key that goes out as `vkey`."""
        return self._key.verifier

    def last(self) -> Signed | None:
        """What was signed last, or None before the first signature."""
        return read_state(self._folder / _STATE_FILE).get(self.origin)

    def sign(self, checkpoint: Checkpoint, proof: Sequence[bytes]) -> Note:
        """Sign a checkpoint that continues the last one; remember it durably before the signature exists.

        `proof` is the consistency proof from the last signed size. The same checkpoint may be signed again.

        Raises:
            LogForked: it is smaller, it changes the past, it is of another log, or the memory is gone.
        """
        if checkpoint.origin != self.origin:
            raise LogForked("the signer's key is of another log")
        with _locked(self._folder):
            self._check(checkpoint, proof)
            _remember(self._folder / _STATE_FILE, checkpoint)
        return sign_checkpoint(checkpoint, self._key)

    def _check(self, checkpoint: Checkpoint, proof: Sequence[bytes]) -> None:
        last = self.last()
        if last is None:  # also for an empty log: its database may be one from before the first batch
            raise LogForked("the signer's memory of this log is gone: start a new origin and say why")
        try:
            verify_consistency(last.size, checkpoint.size, last.root, checkpoint.root, proof)
        except ProofInvalid as error:
            raise LogForked(
                f"{last.size} leaves were signed before, and this is no continuation: {error}"
            ) from error


def open_signer(folder: Path) -> Signer | None:
    """Read the signer of the current log, or None when no log was ever started here.

    Raises:
        Malformed: the key file is damaged.
    """
    try:
        text = (folder / _KEY_FILE).read_text("utf-8")
    except FileNotFoundError:
        return None
    return Signer(folder, SignerKey.parse(text))


def create_signer(folder: Path, base: str) -> Signer:
    """Make a key for a new log. The first has the origin `base`, later ones `base/2`, `base/3`, …

    The key before is kept under its key id, so that nothing that it signed becomes a riddle. A key exists only
    after the memory of its log does: a key without memory has lost it. After a crash in between, a name is passed
    over.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    before = open_signer(folder)
    used = set(read_state(folder / _STATE_FILE)) | ({before.origin} if before else set())
    origin, suffix = base, _FIRST_SUFFIX
    while origin in used:
        origin, suffix = f"{base}/{suffix}", suffix + 1
    key = SignerKey.generate(origin, ED25519)
    replace_durably(folder / _DRAWN_FILE, key.serialize().encode() + b"\n")
    _remember(folder / _STATE_FILE, Checkpoint(origin, 0, EMPTY_ROOT))
    if before is not None:
        (folder / _KEY_FILE).rename(folder / f"{_KEY_FILE}.{before.verifier.key_id.hex()}")
    (folder / _DRAWN_FILE).replace(folder / _KEY_FILE)
    return Signer(folder, key)


def read_state(path: Path) -> dict[str, Signed]:
    """Read what was signed last, per origin.

    Raises:
        LogForked: the file is there and cannot be understood; guessing would risk a fork.
    """
    try:
        raw = json.loads(path.read_text("utf-8"))
        return {
            origin: Signed(int(item["size"]), base64.b64decode(item["root"], validate=True))
            for origin, item in raw.items()
        }
    except FileNotFoundError:
        return {}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise LogForked(f"the signer's memory {path.name} is damaged") from error


def _remember(path: Path, checkpoint: Checkpoint) -> None:
    state = read_state(path)
    now = Signed(checkpoint.size, checkpoint.root)
    if state.get(checkpoint.origin) == now:
        return
    state[checkpoint.origin] = now
    raw = {
        origin: {"size": item.size, "root": base64.b64encode(item.root).decode()} for origin, item in state.items()
    }
    replace_durably(path, json.dumps(raw, indent=1, sort_keys=True).encode() + b"\n")


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    descriptor = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)

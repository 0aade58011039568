"""What a person's machine remembers of a log: its key and the newest checkpoint that was checked."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from pathlib import Path

from parley.app.log_verify.errors import StateDamaged
from parley.core.files import replace_durably
from parley.legal.translog.checkpoints import Checkpoint
from parley.legal.translog.notes import VerifierKey


@dataclass(frozen=True, slots=True)
class Pinned:
    """The memory of one log."""

    log_key: VerifierKey
    checkpoint: Checkpoint | None = None


def load(path: Path | None) -> Pinned | None:
    """Read the memory, or None when there is none yet.

    Raises:
        StateDamaged: the file is there and cannot be understood.
    """
    if path is None or not path.exists():
        return None
    try:
        raw = json.loads(path.read_text("utf-8"))
        key = VerifierKey.parse(raw["vkey"])
        seen = raw.get("checkpoint")
        head = Checkpoint(key.name, int(seen["size"]), base64.b64decode(seen["root"])) if seen else None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StateDamaged(f"{path} cannot be read as the memory of a log") from error
    return Pinned(key, head)


def save(path: Path | None, pinned: Pinned) -> None:
    """Write the memory for good, before anybody is told that the checkpoint is fine."""
    if path is None:
        return
    raw: dict[str, object] = {"vkey": str(pinned.log_key)}
    if pinned.checkpoint is not None:
        root = base64.b64encode(pinned.checkpoint.root).decode()
        raw["checkpoint"] = {"size": pinned.checkpoint.size, "root": root}
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_durably(path.resolve(), json.dumps(raw, indent=1).encode() + b"\n")

"""What a custodian's tool remembers between runs: the last checkpoint that it saw, and every nonce that it used.

It is a file beside the key file. Whoever loses it loses the protection against a second opening, so the tool
refuses to work without it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from parley.app.custodian.errors import KeyFileInvalid, Refused
from parley.core.files import replace_durably
from parley.legal.disclosure.errors import PackageInvalid
from parley.legal.disclosure.package import reading, text
from parley.legal.translog.checkpoints import Checkpoint


@dataclass(frozen=True, slots=True)
class UsedNonce:
    """A release that this tool worked on. `upload` is what must reach the server; None once it has."""

    release_sha256: str
    path: str
    upload: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class State:
    """The tool's memory. `seen` is the text of the newest checkpoint that was verified."""

    seen: str | None
    nonces: dict[str, UsedNonce]

    @property
    def checkpoint(self) -> Checkpoint | None:
        """The newest checkpoint that was seen."""
        return None if self.seen is None else Checkpoint.parse(self.seen)

    def pending(self, nonce: str, release_sha256: str) -> UsedNonce | None:
        """What of this very release was made and has not reached the server; None when the nonce is fresh.

        Raises:
            Refused: the nonce was used before, for this release or another.
        """
        used = self.nonces.get(nonce)
        if used is None:
            return None
        if used.release_sha256 != release_sha256:
            raise Refused("this nonce was used before for another release: somebody replays an old decision")
        if used.upload is None:
            raise Refused("this release was opened with this key before; it is never opened twice")
        return used

    def with_nonce(self, nonce: str, used: UsedNonce) -> State:
        """The memory with a nonce added."""
        return replace(self, nonces={**self.nonces, nonce: used})

    def uploaded(self, nonce: str) -> State:
        """The memory once the upload has arrived."""
        return self.with_nonce(nonce, replace(self.nonces[nonce], upload=None))


class StateFile:
    """The memory as a file, replaced whole."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @classmethod
    def beside(cls, key_file: Path) -> StateFile:
        """The state file that belongs to a key file."""
        return cls(key_file.with_name(key_file.name + ".state"))

    def create(self) -> State:
        """Begin an empty memory; only enrolment does."""
        state = State(None, {})
        self.save(state)
        return state

    def load(self) -> State:
        """Read the memory.

        Raises:
            KeyFileInvalid: it is missing or damaged.
        """
        try:
            return reading(lambda: _state(json.loads(self._path.read_bytes())))
        except FileNotFoundError:
            raise KeyFileInvalid(
                f"{self._path} is missing: without it this tool cannot tell whether a release was opened before."
                " Bring it back, or enrol anew"
            ) from None
        except PackageInvalid:
            raise KeyFileInvalid(f"{self._path} is damaged") from None

    def save(self, state: State) -> None:
        """Write the memory whole or not at all."""
        used = {
            nonce: {"release_sha256": one.release_sha256, "path": one.path, "upload": one.upload}
            for nonce, one in state.nonces.items()
        }
        document = {"v": 1, "seen": state.seen, "nonces": used}
        replace_durably(self._path, json.dumps(document, indent=1).encode() + b"\n")


def _state(raw: dict[str, Any]) -> State:
    if raw["v"] != 1:
        raise ValueError("another version")
    seen = raw["seen"]
    nonces = {
        nonce: UsedNonce(text(one["release_sha256"]), text(one["path"]), one["upload"])
        for nonce, one in raw["nonces"].items()
    }
    return State(None if seen is None else text(seen), nonces)

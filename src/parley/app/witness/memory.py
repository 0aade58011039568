"""What a witness that serves has cosigned last, log by log, in files; nothing of it is ever shown smaller again."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import Self

from parley.app.log_verify.errors import StateDamaged
from parley.core.files import replace_durably
from parley.legal.translog.checkpoints import Checkpoint
from parley.legal.translog.errors import Malformed
from parley.legal.translog.notes import Note
from parley.legal.translog.submission import name_of


class Memory:
    """A folder with one note for each log. One process at a time: a second one could cosign another history."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = folder
        self._lock = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._lock)
            raise StateDamaged(f"another witness works with {folder}") from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._lock)

    def last(self, origin: str) -> Note | None:
        """The newest checkpoint that was cosigned, with the cosignatures, or None before the first.

        Raises:
            StateDamaged: it is there and cannot be understood; guessing would risk a second history.
        """
        path = self._folder / name_of(origin)
        try:
            note = Note.parse(path.read_bytes())
            if Checkpoint.parse(note.text).origin != origin:
                raise Malformed("of another log")
        except FileNotFoundError:
            return None
        except (Malformed, OSError) as error:
            raise StateDamaged(f"{path} cannot be read as a checkpoint") from error
        return note

    def keep(self, origin: str, note: Note) -> None:
        """Remember a checkpoint for good; when this returns it is on the disk."""
        replace_durably(self._folder / name_of(origin), str(note).encode())

"""Compares what witnesses saw of a log with what it shows here, and names who was shown something else."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from parley.app.log_verify.errors import LogUnreachable
from parley.legal.translog.checkpoints import Checkpoint, VerifiedCheckpoint, verify_checkpoint
from parley.legal.translog.errors import LogForked, Malformed
from parley.legal.translog.following import Fetch, check_continues
from parley.legal.translog.notes import VerifierKey
from parley.legal.translog.submission import name_of

Open = Callable[[str], Fetch]


@dataclass(frozen=True, slots=True)
class View:
    """What one witness saw: the newest checkpoint that it cosigned, or None when it saw none of this log."""

    url: str
    seen: VerifiedCheckpoint | None

    def __str__(self) -> str:
        if self.seen is None:
            return f"{self.url} has not seen this log"
        return f"{self.url} saw the same log at {self.seen.checkpoint.size} leaves"


class SplitView(LogForked):
    """Different people were shown different histories; the message holds the proof of it."""


def ask(url: str, open_url: Open, log_key: VerifierKey, witnesses: Sequence[VerifierKey]) -> View:
    """Fetch what a witness saw. It counts by the log's own signature, so that no witness can invent a split.

    Raises:
        LogUnreachable: no answer.
        SignatureInvalid, Malformed: it shows what this log never signed.
    """
    try:
        note = open_url(url)(f"{name_of(log_key.name)}/checkpoint")
    except LogUnreachable as error:
        if error.status == 404:
            return View(url, None)
        raise
    return View(url, verify_checkpoint(note, log_key, witnesses))


def listed(data: bytes) -> list[str]:
    """Read the addresses in the log's own `witnesses.json`.

    Raises:
        Malformed: it is not that.
    """
    try:
        return [str(item["url"]) for item in json.loads(data)["witnesses"]]
    except (ValueError, KeyError, TypeError) as error:
        raise Malformed("witnesses.json lists no witnesses") from error


def compare(fetch: Fetch, head: VerifiedCheckpoint, views: Sequence[View]) -> None:
    """Demand that everything that witnesses saw is a past of what is shown here. `views` were fetched before it.

    Raises:
        SplitView: it is not; the message names who saw what, with the notes that prove it.
        ProofInvalid: the tiles do not make up the signed root.
    """
    same: list[str] = []
    other: list[View] = []
    for view in views:
        if view.seen is None:
            continue
        try:
            check_continues(fetch, view.seen.checkpoint, head.checkpoint)
        except LogForked:
            other.append(view)
        else:
            same.append(view.url)
    if other:
        raise SplitView(_accusation(head, same, other))


def _accusation(head: VerifiedCheckpoint, same: Sequence[str], other: Sequence[View]) -> str:
    lines = [f"split view of {head.checkpoint.origin}", _saw("here", head.checkpoint)]
    lines += [f"  {url} saw a past of what is shown here" for url in same]
    notes = [str(head.note)]
    for view in other:
        assert view.seen is not None
        what = "more than is shown here" if view.seen.checkpoint.size > head.checkpoint.size else "something else"
        lines.append(f"{_saw(view.url, view.seen.checkpoint)}: {what}")
        notes.append(str(view.seen.note))
    proof = "\n".join(dict.fromkeys(notes))
    return "\n".join([*lines, "Keep these notes, all signed by the log itself: they are the proof.", "", proof])


def _saw(who: str, head: Checkpoint) -> str:
    return f"  {who} saw {head.size} leaves with the root {head.root.hex()[:16]}…"

"""What `parley log verify` checks: signature, tiles, leaves, openings, a receipt, and one history over time."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from parley.app.log_verify import pinned
from parley.app.log_verify.comparing import Open, View, ask, compare, listed
from parley.app.log_verify.errors import LogUnreachable, OtherKey
from parley.app.log_verify.pinned import Pinned
from parley.legal.translog.checkpoints import Checkpoint, VerifiedCheckpoint, verify_checkpoint
from parley.legal.translog.errors import Malformed, ProofInvalid
from parley.legal.translog.following import (
    Fetch,
    Survey,
    check_continues,
    check_everything,
    read_checkpoint,
)
from parley.legal.translog.notes import Note, VerifierKey
from parley.legal.translog.openings import Leaf
from parley.legal.translog.origins import Origin, read_origins, trace
from parley.legal.translog.publication import Publication, check_part, check_publications
from parley.legal.translog.receipts import Receipt, verify_receipt
from parley.legal.translog.rules import Quarter


@dataclass(frozen=True, slots=True)
class Policy:
    """Which witnesses are trusted, and how many of them must have cosigned."""

    witnesses: tuple[VerifierKey, ...] = ()
    minimum: int = 0


@dataclass(frozen=True, slots=True)
class Asked:
    """Which witnesses are asked what they saw: those at `urls`, with `listed` also those that the log lists."""

    open_url: Open
    urls: tuple[str, ...] = ()
    listed: bool = False


@dataclass(frozen=True, slots=True)
class Verified:
    """What was found, for the person who asked."""

    head: VerifiedCheckpoint
    survey: Survey
    quarters: tuple[str, ...]
    openings: int
    closed: tuple[tuple[str, int], ...]
    receipt: Receipt | None
    first_time: bool
    old_log: str | None = None
    """What is to be said of the log that the receipt is of, when that is not the one of today."""
    views: tuple[View, ...] = ()
    """What witnesses saw that were asked."""


def pin(fetch: Fetch, state: Path | None, vkey: str | None) -> tuple[Pinned, bool]:
    """Give the log's key and what was seen before: remembered, or given, or (the first time) as served.

    Raises:
        OtherKey: the given key is not the remembered one.
    """
    known = pinned.load(state)
    given = VerifierKey.parse(vkey) if vkey else None
    if known is not None:
        if given is not None and given != known.log_key:
            raise OtherKey(f"{state} remembers another key of this log")
        return known, False
    return Pinned(given or VerifierKey.parse(fetch("vkey").decode("utf-8", "replace"))), given is None


def verify(
    fetch: Fetch, *, state: Path | None, vkey: str | None, policy: Policy,
    receipt: bytes | None = None, seen: Sequence[bytes] = (), asked: Asked | None = None,
) -> Verified:  # fmt: skip
    """Verify the whole log, remember its checkpoint, and verify a receipt if there is one.

    `seen` are checkpoints that other people were shown: each has to be a past of what is served here, or the log
    shows different people different histories.

    Raises:
        TranslogError, VerifyError: the first thing that does not hold; nothing is remembered then.
    """
    known, first_time = pin(fetch, state, vkey)
    views = _views(fetch, asked, known, policy)
    head = read_checkpoint(fetch, known.log_key, policy.witnesses, policy.minimum)
    if known.checkpoint is not None:
        check_continues(fetch, known.checkpoint, head.checkpoint)
    compare(fetch, head, views)
    for note in seen:
        check_continues(fetch, verify_checkpoint(note, known.log_key).checkpoint, head.checkpoint)
    survey = check_everything(fetch, head.checkpoint)
    publications = _publications(fetch)
    openings = _check_openings(publications, head.checkpoint.origin, survey)
    read = None if receipt is None else _read_receipt(receipt)
    old_log = None if read is None else _check_receipt(fetch, read, known, head, policy)
    pinned.save(state, Pinned(known.log_key, head.checkpoint))
    quarters = tuple(item.quarter for item in publications)
    closed = still_closed(publications, head.checkpoint.origin)
    return Verified(head, survey, quarters, openings, closed, read, first_time, old_log, views)


def _views(fetch: Fetch, asked: Asked | None, known: Pinned, policy: Policy) -> tuple[View, ...]:
    """Ask the witnesses before the log: what they saw then lies in the past of what it shows now."""
    if asked is None:
        return ()
    urls = [*asked.urls, *(listed(fetch("witnesses.json")) if asked.listed else ())]
    return tuple(ask(url, asked.open_url, known.log_key, policy.witnesses) for url in dict.fromkeys(urls))


def still_closed(publications: Sequence[Publication], origin: str) -> tuple[tuple[str, int], ...]:
    """How many leaves of each opened quarter nobody has been shown yet; quarters without any are left out."""
    parts = [(item.quarter, part) for item in publications for part in item.logs if part.origin == origin]
    late = [item.index for _, part in parts for item in part.late]
    left = []
    for quarter, part in parts:
        if part.first_index is not None and part.last_index is not None:
            opened = sum(part.first_index <= index <= part.last_index for index in late)
            left.append((quarter, part.closed - opened))
    return tuple(item for item in left if item[1])


def _read_receipt(data: bytes) -> Receipt:
    """A receipt may have been saved out of a chat, with the name of the file before it."""
    return Receipt.parse(data[max(0, data.find(b"{")) :])


def _publications(fetch: Fetch) -> list[Publication]:
    try:
        raw = json.loads(fetch("openings.json"))
        names = [str(Quarter.parse(item["quarter"])) for item in raw["quarters"]]
    except (ValueError, KeyError, TypeError) as error:
        raise Malformed("openings.json is not a list of quarters") from error
    found = [Publication.parse(fetch(f"openings/{name}.json")) for name in names]
    for name, publication in zip(names, found, strict=True):
        if publication.quarter != name:
            raise Malformed(f"openings/{name}.json is of another quarter")
    return found


def _check_openings(publications: Sequence[Publication], origin: str, survey: Survey) -> int:
    check_publications(publications)
    parts = [part for item in publications for part in item.logs if part.origin == origin]
    for part in parts:
        check_part(part, _leaves(survey))
    return sum(len(part.openings) + len(part.late) for part in parts)


def _leaves(survey: Survey) -> Callable[[int], Leaf]:
    def read(index: int) -> Leaf:
        if not 0 <= index < len(survey.leaves):
            raise ProofInvalid(f"leaf {index} is opened and not in the log")
        return survey.leaves[index]

    return read


def _check_receipt(
    fetch: Fetch, receipt: Receipt, known: Pinned, head: VerifiedCheckpoint, policy: Policy
) -> str | None:
    """A receipt holds by itself; that its checkpoint is a past of the log shows that there is one history.

    The receipt of a log that has ended is verified with that log's key, which the chain of announcements gives.
    Gives what is to be said about such a log.
    """
    origin = Checkpoint.parse(Note.parse(receipt.checkpoint).text).origin
    if origin == known.log_key.name:
        seen = verify_receipt(receipt, known.log_key, policy.witnesses, policy.minimum).checkpoint
        check_continues(fetch, seen, head.checkpoint)
        return None
    old, key = trace(read_origins(fetch("origins.json")), known.log_key, origin)
    seen = verify_receipt(receipt, key, policy.witnesses, policy.minimum).checkpoint
    return _compare_with_old_log(fetch, old, key, seen)


def _compare_with_old_log(fetch: Fetch, old: Origin, key: VerifierKey, seen: Checkpoint) -> str:
    """Check that a receipt of an ended log is a past of what is left of it.

    Raises:
        LogForked, ProofInvalid: what is left contradicts the receipt.
    """

    def under(path: str) -> bytes:
        return fetch(f"{old.path}/{path}")

    try:
        last = read_checkpoint(under, key).checkpoint
        if last.size < seen.size:
            return f"{old.origin} ended; what is left of it is older than the receipt, so nothing can be compared"
        check_continues(under, seen, last)
    except LogUnreachable:
        return f"{old.origin} ended and its tiles are lost: the receipt holds by itself, nothing can be compared"
    return f"{old.origin} ended; the receipt is a past of what it showed last"

"""What `parley log verify` checks: signature, tiles, leaves, openings, a receipt, and one history over time."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from parley.app.log_verify import pinned
from parley.app.log_verify.comparing import Open, View, ask, compare, listed
from parley.app.log_verify.ended import compare_with_ended, follow
from parley.app.log_verify.errors import OtherKey
from parley.app.log_verify.pinned import Pinned
from parley.legal.translog.checkpoints import VerifiedCheckpoint, verify_checkpoint
from parley.legal.translog.errors import Malformed
from parley.legal.translog.following import Fetch, check_continues, read_checkpoint
from parley.legal.translog.notes import VerifierKey
from parley.legal.translog.origins import read_origins, trace
from parley.legal.translog.publication import Publication, QuarterSequence, check_part
from parley.legal.translog.receipts import Receipt, verify_receipt
from parley.legal.translog.rules import Quarter
from parley.legal.translog.survey import Survey, check_everything


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
    followed: str | None = None
    """What is to be said when the log that was remembered has ended and this one follows it."""


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
    accept_new_log: bool = False,
) -> Verified:  # fmt: skip
    """Verify the whole log, remember its checkpoint, and verify a receipt if there is one.

    `seen` are checkpoints that other people were shown: each has to be a past of what is served here, or the log
    shows different people different histories. When the remembered log has ended, `accept_new_log` goes on with the
    one that proves to have followed it.

    Raises:
        TranslogError, VerifyError: the first thing that does not hold; nothing is remembered then.
    """
    known, first_time = pin(fetch, state, vkey)
    known, followed = follow(fetch, known, accepted=accept_new_log)
    views = _views(fetch, asked, known, policy)
    head = read_checkpoint(fetch, known.log_key, policy.witnesses, policy.minimum)
    if known.checkpoint is not None:
        check_continues(fetch, known.checkpoint, head.checkpoint)
    compare(fetch, head, views)
    for note in seen:
        check_continues(fetch, verify_checkpoint(note, known.log_key).checkpoint, head.checkpoint)
    survey = check_everything(fetch, head.checkpoint)
    opened = _check_openings(fetch, head.checkpoint.origin, survey)
    read = None if receipt is None else Receipt.from_file(receipt)
    old_log = None if read is None else _check_receipt(fetch, read, known, head, policy)
    pinned.save(state, Pinned(known.log_key, head.checkpoint))
    return Verified(
        head, survey, opened.quarters, opened.openings, opened.closed, read, first_time, old_log, views, followed
    )


def _views(fetch: Fetch, asked: Asked | None, known: Pinned, policy: Policy) -> tuple[View, ...]:
    """Ask the witnesses before the log: what they saw then lies in the past of what it shows now."""
    if asked is None:
        return ()
    urls = [*asked.urls, *(listed(fetch("witnesses.json")) if asked.listed else ())]
    return tuple(ask(url, asked.open_url, known.log_key, policy.witnesses) for url in dict.fromkeys(urls))


@dataclass(frozen=True, slots=True)
class _Opened:
    """What the quarters' files open of a log."""

    quarters: tuple[str, ...]
    openings: int
    closed: tuple[tuple[str, int], ...]


def _quarters(fetch: Fetch) -> list[str]:
    try:
        raw = json.loads(fetch("openings.json"))
        return sorted(str(Quarter.parse(item["quarter"])) for item in raw["quarters"])
    except (ValueError, KeyError, TypeError) as error:
        raise Malformed("openings.json is not a list of quarters") from error


def _publication(fetch: Fetch, quarter: str) -> Publication:
    found = Publication.parse(fetch(f"openings/{quarter}.json"))
    if found.quarter != quarter:
        raise Malformed(f"openings/{quarter}.json is of another quarter")
    return found


def _check_openings(fetch: Fetch, origin: str, survey: Survey) -> _Opened:
    """Check the quarters' files one after the other, so that one of them at a time is in memory."""
    quarters, sequence, count = _quarters(fetch), QuarterSequence(), 0
    for quarter in quarters:
        publication = _publication(fetch, quarter)
        sequence.take(publication)
        for part in (part for part in publication.logs if part.origin == origin):
            check_part(part, survey.leaf)
            count += len(part.openings) + len(part.late)
    return _Opened(tuple(quarters), count, sequence.still_closed(origin))


def _check_receipt(
    fetch: Fetch, receipt: Receipt, known: Pinned, head: VerifiedCheckpoint, policy: Policy
) -> str | None:
    """A receipt holds by itself; that its checkpoint is a past of the log shows that there is one history.

    The receipt of a log that has ended is verified with that log's key, which the chain of announcements gives.
    Gives what is to be said about such a log.
    """
    origin = receipt.stated_head().origin
    if origin == known.log_key.name:
        seen = verify_receipt(receipt, known.log_key, policy.witnesses, policy.minimum).checkpoint
        check_continues(fetch, seen, head.checkpoint)
        return None
    old, key = trace(read_origins(fetch("origins.json")), known.log_key, origin)
    seen = verify_receipt(receipt, key, policy.witnesses, policy.minimum).checkpoint
    return compare_with_ended(fetch, old, key, seen)

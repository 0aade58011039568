"""Logs that have ended: what somebody holds of them is compared with what is left, and the next log is followed."""

from __future__ import annotations

from parley.app.log_verify.errors import LogUnreachable, OtherKey
from parley.app.log_verify.pinned import Pinned
from parley.legal.translog.checkpoints import Checkpoint
from parley.legal.translog.following import Fetch, check_continues, read_checkpoint
from parley.legal.translog.notes import VerifierKey
from parley.legal.translog.origins import Origin, read_origins, trace


def follow(fetch: Fetch, known: Pinned, *, accepted: bool) -> tuple[Pinned, str | None]:
    """Go on with the log that is served now when it proves to have followed the remembered one.

    Gives what to go on with, and what is to be said about it.

    Raises:
        OtherKey: the remembered log has ended and nobody has accepted the new one yet; or the new one names
            another key for it.
        TranslogError: the new log does not prove that it followed, or what is left of the old one contradicts
            what was seen of it.
    """
    served = VerifierKey.parse(fetch("vkey").decode("utf-8", "replace"))
    if served.name == known.log_key.name:
        return known, None  # another key under one name is found by the signature
    origins = read_origins(fetch("origins.json"))
    old, key = trace(origins, served, known.log_key.name)
    if key != known.log_key:
        raise OtherKey(f"{served.name} names another key of {old.origin} than the one that is remembered")
    said = f"{old.origin} ended"
    if known.checkpoint is not None:
        said = compare_with_ended(fetch, old, key, known.checkpoint)
    reasons = "; ".join(item.announcement.reason for item in origins if item.announcement is not None)
    said = f"{said}; it goes on as {served.name}, because: {reasons}"
    if not accepted:
        raise OtherKey(
            f"{said}. Compare the new key {served} with a copy that came another way; then use --accept-new-log"
        )
    return Pinned(served), said


def compare_with_ended(fetch: Fetch, old: Origin, key: VerifierKey, seen: Checkpoint) -> str:
    """Check that what somebody saw of an ended log is a past of what is left of it; gives what is to be said.

    Raises:
        LogForked, ProofInvalid: what is left contradicts it.
        LogUnreachable: the server did not say that anything is lost; it gave no answer now.
    """

    def under(path: str) -> bytes:
        return fetch(f"{old.path}/{path}")

    try:
        last = read_checkpoint(under, key).checkpoint
        if last.size < seen.size:
            return f"{old.origin} ended; what is left of it is older than what you have, so nothing can be compared"
        check_continues(under, seen, last)
    except LogUnreachable as error:
        if error.status != 404:
            raise
        return f"{old.origin} ended and its tiles are lost: what you have holds by itself, nothing can be compared"
    return f"{old.origin} ended; what you have is a past of what it showed last"

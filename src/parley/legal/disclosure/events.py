"""What a release tells other duties through the outbox: the log's entries and the fact of a disclosure."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from parley.legal.disclosure.model import Release
from parley.legal.translog.openings import Opening, Stage

#: Payload: `release_id, order_id, task_id, delivery_id, account, fields, records, log_entry, disclosed_at`.
DISCLOSED_TOPIC: Final = "legal.disclosed"
UNRECOVERABLE_TOPIC: Final = "legal.unrecoverable"


def decided_opening(release: Release) -> Opening:
    """The log entry of the decision, bound to what was signed."""
    return replace(
        release.opening,
        users=1,
        fields=tuple(str(field) for field in release.signed.request.fields),
        release_sha256=release.signed.sha256.hex(),
    )


def disclosed_opening(release: Release) -> Opening:
    """The log entry of the disclosure: the same release, one stage later."""
    return replace(decided_opening(release), stage=Stage.DISCLOSED)


def log_payload(entry_id: str, opening: Opening) -> dict[str, Any]:
    """An outbox item for `translog.append`."""
    emergency = bool(opening.emergency)
    return {"entry_id": entry_id, "opening": opening.to_json(), "emergency": emergency}

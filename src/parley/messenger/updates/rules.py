"""How much of a difference is told at once, and when it is too long to be told."""

from __future__ import annotations

from parley.messenger.updates.model import Reach

#: A slice of an account's difference, in events; a client asks on from there.
SLICE_EVENTS = 500
#: Behind by more than this, fetching the dialogs anew is cheaper for both sides.
ACCOUNT_GAP = 20_000
CHANNEL_GAP = 5_000


def slice_limit(asked: int | None) -> int:
    """How many events to tell at once: what a client asks for, within bounds; 0 and nothing leave it to us."""
    return max(1, min(asked or SLICE_EVENTS, SLICE_EVENTS))


def reach(client_pts: int, box_pts: int, kept_after: int, gap: int) -> Reach | None:
    """What is known before reading any event; None when the events have to be read.

    A client that claims to be ahead of the box is told the box's state.
    """
    if client_pts >= box_pts:
        return Reach.EMPTY
    if client_pts < kept_after or box_pts - client_pts > gap:
        return Reach.TOO_LONG
    return None

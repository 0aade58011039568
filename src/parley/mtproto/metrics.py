"""Counters of the protocol's edge, for the metrics page; they count events and never hold who caused them."""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(slots=True)
class Counters:
    """Numbers since the process started, and gauges (`*_open`, `*_running`) of the present."""

    connections: int = 0
    connections_open: int = 0
    connections_refused: int = 0
    handshakes: int = 0
    handshakes_failed: int = 0
    frames_in: int = 0
    frames_out: int = 0
    bytes_in: int = 0
    bytes_out: int = 0
    malformed: int = 0
    unknown_keys: int = 0
    undecryptable: int = 0
    bad_messages: int = 0
    bad_salts: int = 0
    duplicates: int = 0
    calls: int = 0
    calls_running: int = 0
    rpc_errors: int = 0
    internal_errors: int = 0
    pushes: int = 0
    push_overflows: int = 0
    resent: int = 0
    sessions: int = 0
    sessions_open: int = 0

    def snapshot(self) -> dict[str, int]:
        """Give name and value of every counter."""
        return asdict(self)

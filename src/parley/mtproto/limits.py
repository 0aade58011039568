"""Every bound of the protocol's edge in one place, so that an operator can see and change what a peer may use."""

from __future__ import annotations

from dataclasses import dataclass

KIB = 1024
MIB = 1024 * KIB


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on sizes (bytes), counts and times (seconds)."""

    #: A file part is 512 KiB at most and a container 1 MiB; the rest is headers and padding.
    frame_bytes: int = MIB + 64 * KIB
    #: What a gzip_packed object may grow to.
    unpacked_bytes: int = 4 * MIB
    container_messages: int = 1024
    #: Frames that may wait while a key is loaded or a key exchange step is computed.
    waiting_frames: int = 16

    connections: int = 100_000
    connections_per_address: int = 2_000
    handshakes_at_once: int = 32
    handshakes_waiting: int = 512
    handshake_starts: int = 12
    handshake_s: float = 60.0
    idle_s: float = 15 * 60.0
    drain_s: float = 10.0

    calls_in_flight: int = 64
    sessions_per_key: int = 64
    session_idle_s: float = 60 * 60.0
    received_ids: int = 1024
    #: Content messages, stored answers among them, that are kept until the client acknowledges them.
    unacknowledged: int = 512
    unacknowledged_bytes: int = 4 * MIB
    #: Messages that wait for a connection, or for a slow one; beyond it pushes collapse.
    queued: int = 256
    queued_bytes: int = 2 * MIB
    write_buffer_bytes: int = 512 * KIB
    wait_for_call_s: float = 20.0

    cached_keys: int = 100_000

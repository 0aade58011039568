"""The parts that a server can be divided into, each a process of a system user of its own."""

from __future__ import annotations

from enum import StrEnum


class Part(StrEnum):
    """What `parley serve --only` takes. docs/security-model.md says what somebody gets who takes over each."""

    DATABASE = "database"
    """The embedded PostgreSQL, and migrations."""
    MTPROTO = "mtproto"
    """Clients and all that follows their messages: MTProto over TCP and WebSocket, search, bots, upkeep."""
    HTTP = "http"
    """Pages for everybody, the public log, moderation."""
    LEGAL = "legal"
    """The legal desk, the authorities' portal, the custodians' interface, notices and erasure."""
    WORKER = "worker"
    """The public log's signer."""

    @property
    def user(self) -> str:
        """The system user that this part runs as where parts are kept apart."""
        return f"parley-{self}"

"""What can go wrong while measuring."""

from __future__ import annotations

from parley.core.errors import ParleyError


class BenchError(ParleyError):
    """Root of the benchmarks' errors."""


class ServerFailed(BenchError):
    """The measured server did not start or ended by itself."""


class CallFailed(BenchError):
    """The measured server refused a call; `args[0]` is Telegram's name of the error."""

"""Why a log could not be verified, beside what `legal.translog.errors` tells."""

from __future__ import annotations

from parley.core.errors import ParleyError


class VerifyError(ParleyError):
    """The root of this tool's refusals."""


class LogUnreachable(VerifyError):
    """The log did not answer, or not with what was asked for; `status` is that of an HTTP refusal."""

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class StateDamaged(VerifyError):
    """The file in which this machine remembers the log cannot be read."""


class OtherKey(VerifyError):
    """The key that was given is not the one that this machine remembers."""

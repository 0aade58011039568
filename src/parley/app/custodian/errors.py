"""Why a custodian's tool stops, and the exit code that says so; the codes are part of the tool's interface."""

from __future__ import annotations

from typing import ClassVar, Final

from parley.core.errors import ParleyError

DONE: Final = 0


class ToolError(ParleyError):
    """Root of the tool's errors."""

    exit_code: ClassVar[int] = 1


class KeyFileInvalid(ToolError):
    """A key file that is missing, damaged or does not open with this passphrase."""

    exit_code = 3


class Refused(ToolError):
    """A check failed: somebody made a mistake or is attacking. Nothing was opened."""

    exit_code = 4


class PolicyImpossible(ToolError):
    """A policy that no release could ever fulfil, or that names somebody who is not pinned."""


class NotYet(ToolError):
    """Nothing is wrong and nothing was opened: a batch, a cosignature or another custodian is missing."""

    exit_code = 5


class ServerFailed(ToolError):
    """The server cannot be reached, or answered with an error."""

    exit_code = 6


class ServerRefused(ServerFailed):
    """The server understood and said no."""


class Declined(ToolError):
    """The person at the keyboard said no."""

    exit_code = 7

"""The root of every error that a room raises on purpose.

Each room has one `errors.py` whose classes descend from `ParleyError`. What does not descend from it is a
fault of the program: the edge answers it with an incident id and tells the caller nothing else.
"""

from __future__ import annotations


class ParleyError(Exception):
    """An expected refusal; its message may be shown to the person who caused it and carries no personal data."""


class NotFound(ParleyError):
    """The named thing does not exist, or the caller may not know that it does: both look alike."""


class Forbidden(ParleyError):
    """The caller is known and may not do this."""


class Conflict(ParleyError):
    """The thing has changed since the caller read it, or a second person is needed who is not the first."""


class Invalid(ParleyError):
    """The input breaks a rule that the message names."""


class ConfigurationError(ParleyError):
    """The operator's settings contradict each other or the machine."""

"""What can go wrong in the legal room, under one root; the edge maps each to a page or an HTTP problem."""

from __future__ import annotations

from parley.core.errors import ParleyError


class LegalError(ParleyError):
    """Root of the legal room's errors."""

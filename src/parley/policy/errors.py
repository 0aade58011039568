"""Refusals of the policy room."""

from __future__ import annotations

from parley.core.errors import ConfigurationError, NotFound, ParleyError


class PolicyError(ParleyError):
    """Root of the policy room's refusals."""


class DocumentNotFound(PolicyError, NotFound):
    """There is no such document, or no such version of it."""


class DocumentBroken(PolicyError, ConfigurationError):
    """A document's file has no proper head or two files claim the same version."""

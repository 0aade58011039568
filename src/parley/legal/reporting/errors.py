"""What can be wrong with a request for a report."""

from __future__ import annotations

from parley.core.errors import Invalid
from parley.legal.errors import LegalError


class ReportError(LegalError):
    """The root of this room's refusals."""


class CountryUnknown(ReportError, Invalid):
    """No country has this name or code."""

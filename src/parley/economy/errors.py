"""The economy's refusals."""

from __future__ import annotations

from parley.core.errors import Conflict, Invalid


class Unbalanced(Invalid):
    """The postings of an entry do not sum to zero, or name a holder twice."""


class BalanceTooLow(Conflict):
    """A holder would fall below zero."""

"""The analysis's refusals."""

from __future__ import annotations

from parley.core.errors import Conflict, Invalid, NotFound
from parley.legal.errors import LegalError


class CheckNotFound(LegalError, NotFound):
    """No such check applies to this order."""


class AnswerInvalid(LegalError, Invalid):
    """An answer without what it needs; the message says what."""


class SamePerson(LegalError, Conflict):
    """The second person's word must come from a second person."""


class RulesInvalid(LegalError, Invalid):
    """A data file of rules breaks its own form; the message says where."""

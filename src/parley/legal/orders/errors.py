"""The refusals at the door of the portal and at the desk."""

from __future__ import annotations

from parley.core.errors import Conflict, Invalid, NotFound
from parley.legal.errors import LegalError


class OrderNotFound(LegalError, NotFound):
    """There is no such order, or it is another officer's: both look alike."""


class FilingInvalid(LegalError, Invalid):
    """A field of a filing breaks the rule that the message names."""


class RefusedAtTheDoor(LegalError, Invalid):
    """What is asked for is never given: interception, bulk, keywords, places, whole groups."""


class DocumentInvalid(LegalError, Invalid):
    """The document is no PDF that can be read safely, or it is too large."""


class AlreadyFiled(LegalError, Conflict):
    """The same order was filed before."""


class SecondPersonNeeded(LegalError, Conflict):
    """The second person's word must come from a second person."""


class PreservationNotAllowed(LegalError, Conflict):
    """Nothing can be preserved so, or this preservation is settled."""


class DecisionNotAllowed(LegalError, Conflict):
    """The answers of the checks do not allow this decision now."""
